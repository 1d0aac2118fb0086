/**
 * What AWS asks for in eu-west-1 (Ireland), in dollars and without tax. No free allowance is taken off anywhere: it belongs to the
 * account, and somebody else in it may have used it up.
 */
export type Price = {
  readonly usd: number;
  /** How many units the price is for. */
  readonly per: number;
  readonly unit: string;
  /** Usage type in AWS's price list, or what else names it. */
  readonly name: string;
  readonly source: string;
  /** Day the source published it, or was read. */
  readonly date: string;
};

const list = (service: string) =>
  `https://pricing.us-east-1.amazonaws.com/offers/v1.0/aws/${service}/current/eu-west-1/index.json`;

const DYNAMODB = { source: list('AmazonDynamoDB'), date: '2026-09-11' } as const;
const LAMBDA = { source: list('AWSLambda'), date: '2026-10-01' } as const;
const CLOUDWATCH = { source: list('AmazonCloudWatch'), date: '2026-09-22' } as const;
const SECRETS = { source: list('AWSSecretsManager'), date: '2026-09-11' } as const;
/** The page names one price for most regions; Ireland's own was not at hand. */
const EVENTBRIDGE = { source: 'https://aws.amazon.com/eventbridge/pricing/', date: '2026-06-13' } as const;
const KMS = { source: 'https://aws.amazon.com/kms/pricing/', date: '2026-06-13' } as const;

const MILLION = 1_000_000;

export const PRICES = {
  invocations: { ...LAMBDA, usd: 0.2, per: MILLION, unit: 'invocations', name: 'EU-Request-ARM' },
  gbSeconds: { ...LAMBDA, usd: 13.3334, per: MILLION, unit: 'GB-seconds', name: 'EU-Lambda-GB-Second-ARM' },
  writeUnits: { ...DYNAMODB, usd: 0.705, per: MILLION, unit: 'write request units', name: 'EU-WriteRequestUnits' },
  readUnits: { ...DYNAMODB, usd: 0.1415, per: MILLION, unit: 'read request units', name: 'EU-ReadRequestUnits' },
  backupGbMonths: { ...DYNAMODB, usd: 0.22, per: 1, unit: 'GB-months', name: 'EU-TimedPITRStorage-ByteHrs' },
  /** The price list gives the first 25 GB of an account away, every month. */
  tableGbMonths: { ...DYNAMODB, usd: 0.283, per: 1, unit: 'GB-months', name: 'EU-TimedStorage-ByteHrs' },
  queueRequests: {
    source: list('AWSQueueService'),
    date: '2026-09-11',
    usd: 0.4,
    per: MILLION,
    unit: 'requests',
    name: 'EU-Requests-Tier1',
  },
  publishes: {
    source: list('AmazonSNS'),
    date: '2026-09-15',
    usd: 0.5,
    per: MILLION,
    unit: 'publishes',
    name: 'EU-Requests-Tier1',
  },
  timers: { ...EVENTBRIDGE, usd: 1, per: MILLION, unit: 'timers fired', name: 'EventBridge Scheduler' },
  busEvents: { ...EVENTBRIDGE, usd: 1, per: MILLION, unit: 'custom events', name: 'EventBridge bus' },
  logBytes: { ...CLOUDWATCH, usd: 0.57, per: 1e9, unit: 'bytes logged', name: 'EU-DataProcessing-Bytes' },
  logGbMonths: { ...CLOUDWATCH, usd: 0.03, per: 1, unit: 'GB-months', name: 'EU-TimedStorage-ByteHrs' },
  alarmMetrics: { ...CLOUDWATCH, usd: 0.1, per: 1, unit: 'metrics in alarms', name: 'EU-CW:AlarmMonitorUsage' },
  customMetrics: { ...CLOUDWATCH, usd: 0.3, per: 1, unit: 'own metrics', name: 'EU-CW:MetricMonitorUsage' },
  dashboards: {
    source: 'https://aws.amazon.com/cloudwatch/pricing/',
    date: '2026-06-13',
    usd: 3,
    per: 1,
    unit: 'dashboards',
    name: 'Dashboard',
  },
  secrets: { ...SECRETS, usd: 0.4, per: 1, unit: 'secrets', name: 'EU-AWSSecretsManager-Secrets' },
  secretReads: { ...SECRETS, usd: 0.05, per: 10_000, unit: 'reads', name: 'EU-AWSSecretsManager-APIRequests' },
  signingKeys: { ...KMS, usd: 1, per: 1, unit: 'keys', name: 'KMS key' },
  /** Elliptic curves cost five times what symmetric keys do. */
  signatures: { ...KMS, usd: 0.15, per: 10_000, unit: 'signatures', name: 'KMS asymmetric request' },
} as const satisfies Record<string, Price>;

export type Item = keyof typeof PRICES;

/** Which line of the bill an item is on. */
export const SERVICE_OF: Readonly<Record<Item, string>> = {
  invocations: 'Lambda',
  gbSeconds: 'Lambda',
  writeUnits: 'DynamoDB',
  readUnits: 'DynamoDB',
  backupGbMonths: 'DynamoDB',
  tableGbMonths: 'DynamoDB',
  queueRequests: 'SQS',
  publishes: 'SNS',
  timers: 'EventBridge',
  busEvents: 'EventBridge',
  logBytes: 'CloudWatch logs',
  logGbMonths: 'CloudWatch logs',
  alarmMetrics: 'CloudWatch alarms',
  customMetrics: 'CloudWatch metrics',
  dashboards: 'CloudWatch dashboard',
  secrets: 'Secrets Manager',
  secretReads: 'Secrets Manager',
  signingKeys: 'KMS',
  signatures: 'KMS',
};
