/**
 * Outputs of the trading stack; `Commit` is one of every stack. A renamed output breaks every `tminus --stage` older
 * than the deployment.
 */
export const OUTPUTS = {
  stage: 'Stage',
  /** What was deployed: the commit, with `-dirty` where files differed from it, or `unknown`. */
  commit: 'Commit',
  region: 'Region',
  tableName: 'TableName',
  exitQueueUrl: 'ExitQueueUrl',
  exitDeadLetterUrl: 'ExitDeadLetterUrl',
  settleQueueUrl: 'SettleQueueUrl',
  settleDeadLetterUrl: 'SettleDeadLetterUrl',
  timerDeadLetterUrl: 'TimerDeadLetterUrl',
  newsDeadLetterUrl: 'NewsDeadLetterUrl',
  failedEventsUrl: 'FailedEventsUrl',
  /** With its alias, as a call of it has to name it. */
  openFunctionName: 'OpenFunctionName',
  openFunctionUrl: 'OpenFunctionUrl',
  summaryFunctionName: 'SummaryFunctionName',
  /** Managed policy for the roles and users that open positions (OPERATE.md, Deploy from zero). */
  openCallerPolicyArn: 'OpenCallerPolicyArn',
  /** Managed policy for people and pipelines that operate the stage (OPERATE.md, Who may operate). */
  operatorPolicyArn: 'OperatorPolicyArn',
  schedulerGroupName: 'SchedulerGroupName',
  eventBusName: 'EventBusName',
  newsTopicArn: 'NewsTopicArn',
  clobHost: 'ClobHost',
  gammaHost: 'GammaHost',
  binanceHost: 'BinanceHost',
  dataHost: 'DataHost',
  /** Absent while no window is set. */
  maintenanceWindows: 'MaintenanceWindows',
  /** With Discord only. */
  discordQueueUrl: 'DiscordQueueUrl',
  discordDeadLetterUrl: 'DiscordDeadLetterUrl',
  discordWebhookSecret: 'DiscordWebhookSecret',
  /** With interactions only: the address that Discord is told. */
  interactionsUrl: 'InteractionsUrl',
  /** With live trading only, one of the two. */
  liveKmsKeyId: 'LiveKmsKeyId',
  liveKeySecret: 'LiveKeySecret',
  liveCredentialsSecret: 'LiveCredentialsSecret',
  liveRelayerSecret: 'LiveRelayerSecret',
  liveWalletAddress: 'LiveWalletAddress',
  liveSignatureType: 'LiveSignatureType',
} as const;

export type OutputName = (typeof OUTPUTS)[keyof typeof OUTPUTS];
