import { describe, expect, it, vi } from 'vitest';
import { stageOfAccount } from '#infra/aws/app-input.ts';
import { findAccountFault, STAGES } from '#infra/aws/stage-config.ts';
import { createApp } from '#infra/aws/suite.ts';
import { DEPLOYMENT_RIGHTS } from '#lib/adapters/deployment/part-failure.ts';
import { DEPLOY_TABLE_RIGHTS } from '#lib/cli/delivery/deploy-command.ts';
import { SMOKE_RIGHTS } from '#lib/cli/delivery/wire-smoke.ts';
import { LETTER_RIGHTS } from '#lib/cli/suite/open-letters.ts';
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

  it('is the one that a deployment has shown, whatever credentials CDK finds', () => {
    const stageWith = (context: object) => stageOfAccount(createApp({ context: { stage: 'paper', ...context } }));
    vi.stubEnv('CDK_DEFAULT_ACCOUNT', '011111111111');
    expect(stageWith({}).name).toBe('paper');
    expect(stageWith({ account: '011111111111' }).name).toBe('paper');
    expect(stageWith({ account: 11_111_111_111 }).name).toBe('paper');
    expect(() => stageWith({ account: other })).toThrow(
      `CDK has credentials of AWS account 011111111111, and ${other} was asked for`,
    );
    vi.unstubAllEnvs();
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

describe('the secret of the wallet', () => {
  it('pages when it is deleted, by whichever of its names', () => {
    const live = { signer: 'secret', mayApprove: false, polygonRpcUrl: 'parameter' } as const;
    const { EventPattern } = resourceOf(synthSuite('live', { live }).watch, 'AWS::Events::Rule', 'KeyGuard').Properties;
    expect(EventPattern).toMatchObject({
      source: ['aws.secretsmanager'],
      detail: {
        eventName: ['DeleteSecret'],
        requestParameters: { secretId: [{ wildcard: '*tminus/live/wallet-key*' }] },
      },
    });
  });
});

describe('the policy of operators', () => {
  const { Statement } = resourceOf(trading, 'AWS::IAM::ManagedPolicy', 'OperatorsPolicy').Properties.PolicyDocument;
  const allowed: readonly string[] = Statement.flatMap(({ Action }: { Action: string | string[] }) => Action);

  it('allows what doctor, smoke and deploy do, and what handles dead letters, limits and e-mail', () => {
    const others = [...LETTER_RIGHTS, 'dynamodb:DeleteItem', 'dynamodb:UpdateItem', 'sns:ConfirmSubscription'];
    const needed = new Set([...DEPLOYMENT_RIGHTS, ...SMOKE_RIGHTS, ...DEPLOY_TABLE_RIGHTS, ...others]);
    expect([...needed].filter((right) => !allowed.includes(right))).toEqual([]);
  });

  it('deletes no row of a position, reads no secret and signs nothing', () => {
    const deletes = Statement.filter(({ Action }: { Action: string | string[] }) =>
      Action.includes('dynamodb:DeleteItem'),
    );
    expect(deletes).toEqual([
      expect.objectContaining({
        Condition: { 'ForAllValues:StringEquals': { 'dynamodb:LeadingKeys': ['ACCOUNT#live'] } },
      }),
    ]);
    expect(allowed.filter((right) => /^(kms|secretsmanager|iam|sts):/.test(right))).toEqual([]);
  });

  it('fits into a managed policy of IAM, which may have 6,144 characters', () => {
    const arn =
      'arn:aws:sqs:eu-west-1:123456789012:tminus-live-trading-DiscordPathNoticesDeadLettersQueue12345678-123456789012';
    const text = JSON.stringify(Statement).replace(
      /\{"(Fn::GetAtt|Fn::ImportValue|Fn::Join|Ref)":[^{}]*\}/g,
      `"${arn}"`,
    );
    expect(text.length).toBeLessThan(6_144);
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
