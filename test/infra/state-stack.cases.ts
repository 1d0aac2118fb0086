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

  it('is retained, protected from deletion, and restorable to a point in time', () => {
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

  it('has the keys, index and stream that the adapter expects', () => {
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

  it('expires rows that carry an expiry', () => {
    state.hasResourceProperties(TABLE, {
      TimeToLiveSpecification: { AttributeName: 'expiresAtSeconds', Enabled: true },
    });
  });
});

describe('secrets', () => {
  it('of a paper stage are the webhook only', () => {
    expect(secretNamesOf('paper')).toEqual(['tminus/paper/discord-webhook']);
  });

  it('do not exist in a paper stage without Discord', () => {
    expect(secretNamesOf('paper', { hasDiscord: false })).toEqual([]);
  });

  it('contain the wallet key only without a KMS signer', () => {
    expect(secretNamesOf('live')).not.toContain('tminus/live/wallet-key');
    expect(
      secretNamesOf('live', { live: { signer: 'secret', mayApprove: false, polygonRpcUrl: 'parameter' } }),
    ).toContain('tminus/live/wallet-key');
  });

  it('that cannot be replaced are retained', () => {
    const kept = resourcesOf(
      synthSuite('live', { live: { signer: 'secret', mayApprove: false, polygonRpcUrl: 'parameter' } }).state,
      SECRET,
    )
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
  it('uses the curve of the chain and is retained', () => {
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

  it('does not exist in a paper stage, or with a key in Secrets Manager', () => {
    synthSuite('paper').state.resourceCountIs('AWS::KMS::Key', 0);
    synthSuite('live', {
      live: { signer: 'secret', mayApprove: false, polygonRpcUrl: 'parameter' },
    }).state.resourceCountIs('AWS::KMS::Key', 0);
  });
});
