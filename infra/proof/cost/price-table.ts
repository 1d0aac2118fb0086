/** Prices of eu-west-1 (Ireland) in US dollars, without tax and without free allowances, which are per AWS account. */
export type Price = {
  /** Line of the bill. */
  readonly service: string;
  readonly usd: number;
  /** Number of units that cost `usd`. */
  readonly per: number;
  readonly unit: string;
  /** Usage type in AWS's price list, or the name on the pricing page. */
  readonly name: string;
  readonly source: string;
  /** Day of the publication, or of the reading of the page. */
  readonly date: string;
};

const list = (service: string) =>
  `https://pricing.us-east-1.amazonaws.com/offers/v1.0/aws/${service}/current/eu-west-1/index.json`;

const LAMBDA = { service: 'Lambda', source: list('AWSLambda'), date: '2026-10-01' } as const;
const DYNAMODB = { service: 'DynamoDB', source: list('AmazonDynamoDB'), date: '2026-09-11' } as const;
const SQS = { service: 'SQS', source: list('AWSQueueService'), date: '2026-09-11' } as const;
const SNS = { service: 'SNS', source: list('AmazonSNS'), date: '2026-09-15' } as const;
const CLOUDWATCH = { source: list('AmazonCloudWatch'), date: '2026-09-22' } as const;
const LOGS = { ...CLOUDWATCH, service: 'CloudWatch logs' } as const;
const SECRETS = { service: 'Secrets Manager', source: list('AWSSecretsManager'), date: '2026-09-11' } as const;
const KMS = { service: 'KMS', source: 'https://aws.amazon.com/kms/pricing/', date: '2026-06-13' } as const;
/** The page has one price for most regions. Ireland's own was not available. */
const EVENTBRIDGE = {
  service: 'EventBridge',
  source: 'https://aws.amazon.com/eventbridge/pricing/',
  date: '2026-06-13',
} as const;
const DASHBOARD = {
  service: 'CloudWatch dashboard',
  source: 'https://aws.amazon.com/cloudwatch/pricing/',
  date: '2026-06-13',
} as const;

const MILLION = 1_000_000;

export const PRICES = {
  invocations: { ...LAMBDA, usd: 0.2, per: MILLION, unit: 'invocations', name: 'EU-Request-ARM' },
  gbSeconds: { ...LAMBDA, usd: 13.3334, per: MILLION, unit: 'GB-seconds', name: 'EU-Lambda-GB-Second-ARM' },
  writeUnits: { ...DYNAMODB, usd: 0.705, per: MILLION, unit: 'write request units', name: 'EU-WriteRequestUnits' },
  readUnits: { ...DYNAMODB, usd: 0.1415, per: MILLION, unit: 'read request units', name: 'EU-ReadRequestUnits' },
  backupGbMonths: { ...DYNAMODB, usd: 0.22, per: 1, unit: 'GB-months', name: 'EU-TimedPITRStorage-ByteHrs' },
  /** The first 25 GB of an account are free. */
  tableGbMonths: { ...DYNAMODB, usd: 0.283, per: 1, unit: 'GB-months', name: 'EU-TimedStorage-ByteHrs' },
  queueRequests: { ...SQS, usd: 0.4, per: MILLION, unit: 'requests', name: 'EU-Requests-Tier1' },
  publishes: { ...SNS, usd: 0.5, per: MILLION, unit: 'publishes', name: 'EU-Requests-Tier1' },
  timers: { ...EVENTBRIDGE, usd: 1, per: MILLION, unit: 'timers fired', name: 'EventBridge Scheduler' },
  busEvents: { ...EVENTBRIDGE, usd: 1, per: MILLION, unit: 'custom events', name: 'EventBridge bus' },
  logBytes: { ...LOGS, usd: 0.57, per: 1e9, unit: 'bytes logged', name: 'EU-DataProcessing-Bytes' },
  logGbMonths: { ...LOGS, usd: 0.03, per: 1, unit: 'GB-months', name: 'EU-TimedStorage-ByteHrs' },
  alarmMetrics: {
    ...CLOUDWATCH,
    service: 'CloudWatch alarms',
    usd: 0.1,
    per: 1,
    unit: 'metrics in alarms',
    name: 'EU-CW:AlarmMonitorUsage',
  },
  customMetrics: {
    ...CLOUDWATCH,
    service: 'CloudWatch metrics',
    usd: 0.3,
    per: 1,
    unit: 'own metrics',
    name: 'EU-CW:MetricMonitorUsage',
  },
  dashboards: { ...DASHBOARD, usd: 3, per: 1, unit: 'dashboards', name: 'Dashboard' },
  secrets: { ...SECRETS, usd: 0.4, per: 1, unit: 'secrets', name: 'EU-AWSSecretsManager-Secrets' },
  secretReads: { ...SECRETS, usd: 0.05, per: 10_000, unit: 'reads', name: 'EU-AWSSecretsManager-APIRequests' },
  signingKeys: { ...KMS, usd: 1, per: 1, unit: 'keys', name: 'KMS key' },
  /** Elliptic curve signatures cost five times as much as symmetric requests. */
  signatures: { ...KMS, usd: 0.15, per: 10_000, unit: 'signatures', name: 'KMS asymmetric request' },
} as const satisfies Record<string, Price>;

export type Item = keyof typeof PRICES;
