import { Match } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import { STAGE_NAMES } from '#infra/aws/stage-config.ts';
import { createTableInput } from '#lib/adapters/dynamodb/table-schema.ts';
import { resourcesOf } from './read-template.ts';
import { synthSuite } from './stub-suite.ts';

const TABLE = 'AWS::DynamoDB::GlobalTable';
const SECRET = 'AWS::SecretsManager::Secret';
const secretNamesOf = (...parameters: Parameters<typeof synthSuite>) =>
  resourcesOf(synthSuite(...parameters).state, SECRET).map(({ Properties }) => Properties.Name);

describe.each(STAGE_NAMES)('the table of stage %s', (stage) => {
  const { state } = synthSuite(stage);

  it('outlives its stack, a mistaken deletion and a mistaken write', () => {
    state.hasResource(TABLE, {
      DeletionPolicy: 'Retain',
      UpdateReplacePolicy: 'Retain',
      Properties: Match.objectLike({
        Replicas: [
          Match.objectLike({
            DeletionProtectionEnabled: true,
            PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
          }),
        ],
      }),
    });
  });

  it('has the keys, the index and the stream the adapter works with on every machine', () => {
    const { KeySchema, AttributeDefinitions, GlobalSecondaryIndexes, StreamSpecification, BillingMode } =
      createTableInput('any');
    const [table] = resourcesOf(state, TABLE);
    expect(table?.Properties).toMatchObject({
      BillingMode,
      KeySchema,
      GlobalSecondaryIndexes,
      StreamSpecification: { StreamViewType: StreamSpecification?.StreamViewType },
    });
    expect(new Set(table?.Properties.AttributeDefinitions)).toEqual(new Set(AttributeDefinitions));
  });

  it('forgets the rows that say when', () => {
    state.hasResourceProperties(TABLE, {
      TimeToLiveSpecification: { AttributeName: 'expiresAtSeconds', Enabled: true },
    });
  });
});

describe('secrets', () => {
  it('are none but the webhook for a paper stage', () => {
    expect(secretNamesOf('paper')).toEqual(['tminus/paper/discord-webhook']);
  });

  it('are none at all for a paper stage that tells nobody', () => {
    expect(secretNamesOf('paper', { hasDiscord: false })).toEqual([]);
  });

  it('hold the wallet key only where no key service signs', () => {
    expect(secretNamesOf('live')).not.toContain('tminus/live/wallet-key');
    expect(secretNamesOf('live', { live: { signer: 'secret', mayApprove: false } })).toContain(
      'tminus/live/wallet-key',
    );
  });

  it('that cannot be had again are kept when the stack goes', () => {
    const kept = resourcesOf(synthSuite('live', { live: { signer: 'secret', mayApprove: false } }).state, SECRET)
      .filter(({ DeletionPolicy }) => DeletionPolicy === 'RetainExceptOnCreate')
      .map(({ Properties }) => Properties.Name);
    expect(kept.toSorted()).toEqual(['tminus/live/api-credentials', 'tminus/live/wallet-key']);
  });

  it('have no value in any template', () => {
    for (const stage of STAGE_NAMES) {
      for (const { Properties } of resourcesOf(synthSuite(stage).state, SECRET)) {
        expect(Properties).not.toHaveProperty('SecretString');
      }
    }
  });
});

describe('the signing key', () => {
  it('signs on the curve of the chain and is kept when the stack goes', () => {
    synthSuite('live').state.hasResource('AWS::KMS::Key', {
      DeletionPolicy: 'RetainExceptOnCreate',
      UpdateReplacePolicy: 'Retain',
      Properties: Match.objectLike({
        KeySpec: 'ECC_SECG_P256K1',
        KeyUsage: 'SIGN_VERIFY',
        PendingWindowInDays: 30,
      }),
    });
  });

  it('is not made for a paper stage, nor beside a key in the vault', () => {
    synthSuite('paper').state.resourceCountIs('AWS::KMS::Key', 0);
    synthSuite('live', { live: { signer: 'secret', mayApprove: false } }).state.resourceCountIs('AWS::KMS::Key', 0);
  });
});
