import { RemovalPolicy, Stack, type StackProps } from 'aws-cdk-lib';
import { AttributeType, Billing, ProjectionType, StreamViewType, TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import type { IGrantable } from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import {
  DUE_INDEX,
  EXPIRY_ATTRIBUTE,
  PARTITION_KEY,
  SORT_KEY,
  STREAM_VIEW_TYPE,
} from '#lib/adapters/dynamodb/table-schema.ts';
import { SigningKey } from '../constructs/signing-key.ts';
import { StageSecret } from '../constructs/stage-secret.ts';
import type { LiveTrading, StageConfig } from '../stage-config.ts';

/** What live trading signs and identifies itself with. */
export type LiveState = {
  readonly signer:
    | { readonly kind: 'kms'; readonly key: SigningKey }
    | { readonly kind: 'secret'; readonly secret: StageSecret };
  readonly credentials: StageSecret;
  readonly mayApprove: boolean;
};

export type StateStackProps = StackProps & { readonly config: StageConfig };

/** What outlives every deployment: the table, the secrets, the signing key. */
export class StateStack extends Stack {
  readonly table: TableV2;
  readonly webhook: StageSecret | null;
  readonly live: LiveState | null;

  constructor(scope: Construct, id: string, props: StateStackProps) {
    super(scope, id, { ...props, terminationProtection: true });
    const { config } = props;
    this.table = new TableV2(this, 'Table', {
      partitionKey: { name: PARTITION_KEY, type: AttributeType.STRING },
      sortKey: { name: SORT_KEY, type: AttributeType.STRING },
      billing: Billing.onDemand(),
      dynamoStream: StreamViewType[STREAM_VIEW_TYPE],
      timeToLiveAttribute: EXPIRY_ATTRIBUTE,
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      deletionProtection: true,
      removalPolicy: RemovalPolicy.RETAIN,
      globalSecondaryIndexes: [
        {
          indexName: DUE_INDEX.name,
          partitionKey: { name: DUE_INDEX.partitionAttribute, type: AttributeType.STRING },
          sortKey: { name: DUE_INDEX.sortAttribute, type: AttributeType.NUMBER },
          projectionType: ProjectionType.KEYS_ONLY,
        },
      ],
    });
    this.webhook = config.hasDiscord
      ? new StageSecret(this, 'DiscordWebhook', {
          stage: config.name,
          name: 'discord-webhook',
          description: 'Address of the Discord webhook that positions and alarms are told to',
          notRotatedBecause: 'Discord makes webhooks by hand only; a new one is put in when the old one is deleted.',
          isIrreplaceable: false,
        })
      : null;
    this.live = config.live === null ? null : this.createLiveState(config.name, config.live);
  }

  private createLiveState(stage: StageConfig['name'], { signer, mayApprove }: LiveTrading): LiveState {
    const credentials = new StageSecret(this, 'ApiCredentials', {
      stage,
      name: 'api-credentials',
      description: 'Polymarket API credentials as JSON: key, secret, passphrase',
      notRotatedBecause:
        'The venue derives them from a signature of the wallet; they are replaced by hand (OPERATE.md).',
      isIrreplaceable: true,
    });
    if (signer === 'kms')
      return { credentials, mayApprove, signer: { kind: 'kms', key: new SigningKey(this, 'SigningKey', { stage }) } };
    const secret = new StageSecret(this, 'WalletKey', {
      stage,
      name: 'wallet-key',
      description: "The wallet's private key, 0x and 64 digits",
      notRotatedBecause:
        'A wallet has one key for ever; another key is another wallet, and its shares have to be moved.',
      isIrreplaceable: true,
    });
    return { credentials, mayApprove, signer: { kind: 'secret', secret } };
  }
}

/** Key and credentials are for the functions that trade, and nobody else. */
export function grantLive(live: LiveState | null, grantee: IGrantable): void {
  if (live === null) return;
  live.credentials.grantRead(grantee);
  if (live.signer.kind === 'kms') live.signer.key.grantSign(grantee);
  else live.signer.secret.grantRead(grantee);
}
