import { describe, expect, it } from 'vitest';
import { findAccountFault, STAGES } from '#infra/aws/stage-config.ts';
import { resourceOf, resourcesOf, targetOf } from './read-template.ts';
import { synthSuite } from './stub-suite.ts';

const { state, trading, watch } = synthSuite('live');

describe('the account of a stage', () => {
  const [mine, other] = ['111111111111', '222222222222'];

  it('is the only one that it is deployed to', () => {
    expect(findAccountFault({ name: 'paper', account: mine }, mine)).toBeNull();
    expect(findAccountFault({ name: 'paper', account: mine }, other)).toBe(
      `Stage paper belongs to AWS account ${mine}, these credentials to ${other}, and nothing was deployed: set AWS_PROFILE.`,
    );
  });

  it('is needed by live alone, and by no synthesis without credentials', () => {
    expect(findAccountFault(STAGES.live, undefined)).toBeNull();
    expect(findAccountFault({ name: 'paper', account: null }, mine)).toBeNull();
    expect(findAccountFault({ name: 'live', account: null }, mine)).toContain(`write account: '${mine}' into it`);
  });

  it('is refused unless it has twelve digits', () => {
    expect(() => synthSuite('paper', { account: '1234' })).toThrow(
      'account is "1234": use the twelve digits of an AWS account, or null',
    );
  });
});

describe('the key of the wallet', () => {
  it('pages when it is disabled or to be deleted', () => {
    const { EventPattern, Targets } = resourceOf(watch, 'AWS::Events::Rule', 'KeyGuard').Properties;
    expect(EventPattern.detail.eventName).toEqual(['DisableKey', 'ScheduleKeyDeletion']);
    expect(JSON.stringify(EventPattern.detail.resources.ARN)).toContain('SigningKey');
    expect(targetOf(Targets[0].Arn)).toMatch(/^Page/);
    expect(Targets[0].InputTransformer.InputTemplate).toContain('Signing key in danger');
  });
});

describe('a removal', () => {
  it('leaves the records, keys, policies and versions, and nothing else', () => {
    const kept = [state, trading, watch].flatMap((template) =>
      Object.values(template.toJSON().Resources as Record<string, { Type: string; DeletionPolicy?: string }>)
        .filter(({ DeletionPolicy }) => DeletionPolicy?.startsWith('Retain'))
        .map(({ Type }) => Type),
    );
    expect([...new Set(kept)].toSorted()).toEqual([
      'AWS::DynamoDB::GlobalTable',
      'AWS::IAM::ManagedPolicy',
      'AWS::KMS::Key',
      'AWS::Lambda::Version',
      'AWS::SecretsManager::Secret',
    ]);
    expect(resourcesOf(trading, 'AWS::IAM::ManagedPolicy')).toHaveLength(2);
  });
});
