/**
 * Names of the trading stack's outputs. The command line reads them for `--stage`; a name that changes breaks every `tminus` that is older
 * than the deployment.
 */
export const OUTPUTS = {
  stage: 'Stage',
  region: 'Region',
  /** The account's counters and its halt live in this table as well. */
  tableName: 'TableName',
  exitQueueUrl: 'ExitQueueUrl',
  exitDeadLetterUrl: 'ExitDeadLetterUrl',
  openFunctionName: 'OpenFunctionName',
  openFunctionUrl: 'OpenFunctionUrl',
  /** To be attached to whoever opens positions. */
  openCallerPolicyArn: 'OpenCallerPolicyArn',
  schedulerGroupName: 'SchedulerGroupName',
  eventBusName: 'EventBusName',
  newsTopicArn: 'NewsTopicArn',
  clobHost: 'ClobHost',
  gammaHost: 'GammaHost',
  binanceHost: 'BinanceHost',
  /** With Discord only. */
  discordWebhookSecret: 'DiscordWebhookSecret',
  /** With live trading only, and of these two one. */
  liveKmsKeyId: 'LiveKmsKeyId',
  liveKeySecret: 'LiveKeySecret',
  liveCredentialsSecret: 'LiveCredentialsSecret',
  liveWalletAddress: 'LiveWalletAddress',
  liveSignatureType: 'LiveSignatureType',
} as const;

export type OutputName = (typeof OUTPUTS)[keyof typeof OUTPUTS];
