import { Duration, RemovalPolicy, Stack, type StackProps, Validations } from 'aws-cdk-lib';
import { AttributeType, Billing, ProjectionType, StreamViewType, TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import { Grant, type IGrantable } from 'aws-cdk-lib/aws-iam';
import { Key, KeySpec, KeyUsage } from 'aws-cdk-lib/aws-kms';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import {
  DUE_INDEX,
  EXPIRY_ATTRIBUTE,
  PARTITION_KEY,
  SORT_KEY,
  STREAM_VIEW_TYPE,
} from '#lib/adapters/dynamodb/table-schema.ts';
import type { SuiteTable } from '../constructs/table-grants.ts';
import type { LiveTrading, StageConfig, StageName } from '../stage-config.ts';

export type LiveState = {
  readonly signer:
    | { readonly kind: 'kms'; readonly key: SigningKey }
    | { readonly kind: 'secret'; readonly secret: StageSecret };
  readonly credentials: StageSecret;
  /** Of the relayer, for a deposit wallet. */
  readonly relayerKey: StageSecret;
  readonly mayApprove: boolean;
  readonly polygonRpcUrl: LiveTrading['polygonRpcUrl'];
  readonly relayerHost?: string;
};

export type StateStackProps = StackProps & { readonly config: StageConfig };

/** What outlives every deployment: table, secrets, signing key. */
export class StateStack extends Stack {
  /** The one that the functions use: the stage's own, or one restored from its backup. */
  readonly table: SuiteTable;
  readonly webhook: StageSecret | null;
  readonly live: LiveState | null;

  constructor(scope: Construct, id: string, props: StateStackProps) {
    super(scope, id, { ...props, terminationProtection: true });
    const { config } = props;
    const ownTable = new TableV2(this, 'Table', {
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
    this.table = this.chooseTable(ownTable, config);
    this.webhook = config.hasDiscord
      ? new StageSecret(this, 'DiscordWebhook', {
          stage: config.name,
          name: 'discord-webhook',
          description: 'URL of the Discord webhook for notices and alarms',
          notRotatedBecause: 'Discord webhooks can only be created by hand; replace the secret when you replace one.',
          isIrreplaceable: false,
        })
      : null;
    this.live = config.live === null ? null : this.createLiveState(config.name, config.live);
  }

  /**
   * The own table stays, and with it the exports that a trading stack of before imports: CloudFormation refuses to
   * remove them while it does.
   */
  private chooseTable(ownTable: TableV2, { restoredTable }: StageConfig): SuiteTable {
    if (restoredTable === null) return ownTable;
    for (const value of [ownTable.tableName, ownTable.tableArn, ownTable.tableStreamArn]) this.exportValue(value);
    return TableV2.fromTableAttributes(this, 'RestoredTable', {
      tableName: restoredTable.name,
      tableStreamArn: restoredTable.streamArn,
    });
  }

  private createLiveState(stage: StageName, { signer, ...settings }: LiveTrading): LiveState {
    const credentials = new StageSecret(this, 'ApiCredentials', {
      stage,
      name: 'api-credentials',
      description: 'Polymarket API credentials as JSON: key, secret, passphrase',
      notRotatedBecause: 'The venue derives them from a signature of the wallet; replace them by hand (OPERATE.md).',
      isIrreplaceable: true,
    });
    const relayerKey = new StageSecret(this, 'RelayerKey', {
      stage,
      name: 'relayer-key',
      description: "Key of Polymarket's relayer as JSON: key, address. Deposit wallets (signature type 3) only",
      notRotatedBecause: 'It is made on the website of the venue; replace it by hand (OPERATE.md).',
      isIrreplaceable: false,
    });
    if (signer === 'kms')
      return {
        credentials,
        relayerKey,
        ...settings,
        signer: { kind: 'kms', key: new SigningKey(this, 'SigningKey', { stage }) },
      };
    const secret = new StageSecret(this, 'WalletKey', {
      stage,
      name: 'wallet-key',
      description: "The wallet's private key, 0x and 64 digits",
      notRotatedBecause: 'Another key is another wallet, and the shares would have to be moved.',
      isIrreplaceable: true,
    });
    return { credentials, relayerKey, ...settings, signer: { kind: 'secret', secret } };
  }
}

export function grantLive(live: LiveState | null, grantee: IGrantable): void {
  if (live === null) return;
  live.credentials.grantRead(grantee);
  if (live.signer.kind === 'kms') live.signer.key.grantSign(grantee);
  else live.signer.secret.grantRead(grantee);
}

/** The relayer's key is for redemptions only. */
export function grantSettling(live: LiveState | null, grantee: IGrantable): void {
  grantLive(live, grantee);
  live?.relayerKey.grantRead(grantee);
}

type StageSecretProps = {
  readonly stage: StageName;
  /** Last part of the secret's name: `tminus/<stage>/<name>`. */
  readonly name: string;
  readonly description: string;
  /** Why AWS cannot rotate it. */
  readonly notRotatedBecause: string;
  /** Retained when the stack is deleted, unless its creation failed: the name would stay taken. */
  readonly isIrreplaceable: boolean;
};

/** A secret whose value the operator stores by hand; CDK never sees it. Until then it contains a random text. */
class StageSecret extends Construct {
  readonly secretName: string;
  private readonly secret: Secret;

  constructor(scope: Construct, id: string, props: StageSecretProps) {
    super(scope, id);
    this.secretName = `tminus/${props.stage}/${props.name}`;
    this.secret = new Secret(this, 'Secret', {
      secretName: this.secretName,
      description: props.description,
      removalPolicy: props.isIrreplaceable ? RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE : RemovalPolicy.DESTROY,
    });
    Validations.of(this.secret).acknowledge({ id: 'AwsSolutions-SMG4', reason: props.notRotatedBecause });
  }

  grantRead(grantee: IGrantable): void {
    const { secretArn } = this.secret;
    Grant.addToPrincipal({ grantee, actions: ['secretsmanager:GetSecretValue'], resourceArns: [secretArn] });
  }
}

/** The wallet's key, which never leaves KMS. Retained, because shares and cash of its wallet are lost with it. */
class SigningKey extends Construct {
  readonly keyId: string;
  readonly keyArn: string;
  private readonly key: Key;

  constructor(scope: Construct, id: string, props: { readonly stage: StageName }) {
    super(scope, id);
    this.key = new Key(this, 'Key', {
      description: `T-minus ${props.stage}: signs orders. Deleting it loses the wallet.`,
      alias: `tminus/${props.stage}/signing`,
      // The curve of Ethereum and Polygon.
      keySpec: KeySpec.ECC_SECG_P256K1,
      keyUsage: KeyUsage.SIGN_VERIFY,
      removalPolicy: RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
      // The maximum, so that a deletion can be cancelled.
      pendingWindow: Duration.days(30),
    });
    this.keyId = this.key.keyId;
    this.keyArn = this.key.keyArn;
  }

  /** Signing of 32-byte digests, and the public key from which the wallet's address is derived. */
  grantSign(grantee: IGrantable): void {
    Grant.addToPrincipal({
      grantee,
      actions: ['kms:Sign'],
      resourceArns: [this.key.keyArn],
      conditions: { StringEquals: { 'kms:SigningAlgorithm': 'ECDSA_SHA_256', 'kms:MessageType': 'DIGEST' } },
    });
    Grant.addToPrincipal({ grantee, actions: ['kms:GetPublicKey'], resourceArns: [this.key.keyArn] });
  }
}
