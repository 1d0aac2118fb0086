import { OUTPUTS, type OutputName } from '#infra/aws/outputs.ts';
import { type StageName, stackNameOf, stageConfigOf } from '#infra/aws/stage-config.ts';
import { findStack } from '#lib/adapters/deployment/find-stack.ts';
import { CliError, EXIT_CODES } from '#lib/cli/cli-error.ts';
import type { AwsLimits } from '#lib/runtime/aws-settings.ts';
import type { Env } from '#lib/runtime/parse-env.ts';
import { assertProfileExists } from './aws-profile.ts';

/** The functions' environment variables, and the stack outputs that hold their values. */
const VARIABLES = {
  STAGE: OUTPUTS.stage,
  COMMIT: OUTPUTS.commit,
  TABLE_NAME: OUTPUTS.tableName,
  EXIT_QUEUE_URL: OUTPUTS.exitQueueUrl,
  EXIT_DEAD_LETTER_URL: OUTPUTS.exitDeadLetterUrl,
  SETTLE_QUEUE_URL: OUTPUTS.settleQueueUrl,
  SETTLE_DEAD_LETTER_URL: OUTPUTS.settleDeadLetterUrl,
  TIMER_DEAD_LETTER_URL: OUTPUTS.timerDeadLetterUrl,
  NEWS_DEAD_LETTER_URL: OUTPUTS.newsDeadLetterUrl,
  DISCORD_QUEUE_URL: OUTPUTS.discordQueueUrl,
  DISCORD_DEAD_LETTER_URL: OUTPUTS.discordDeadLetterUrl,
  FAILED_EVENTS_URL: OUTPUTS.failedEventsUrl,
  NEWS_TOPIC_ARN: OUTPUTS.newsTopicArn,
  SUMMARY_FUNCTION_NAME: OUTPUTS.summaryFunctionName,
  OPEN_FUNCTION_NAME: OUTPUTS.openFunctionName,
  OPEN_FUNCTION_URL: OUTPUTS.openFunctionUrl,
  SCHEDULER_GROUP_NAME: OUTPUTS.schedulerGroupName,
  EVENT_BUS_NAME: OUTPUTS.eventBusName,
  CLOB_HOST: OUTPUTS.clobHost,
  GAMMA_HOST: OUTPUTS.gammaHost,
  BINANCE_HOST: OUTPUTS.binanceHost,
  DATA_HOST: OUTPUTS.dataHost,
  MAINTENANCE_WINDOWS: OUTPUTS.maintenanceWindows,
  DISCORD_WEBHOOK_SECRET: OUTPUTS.discordWebhookSecret,
  LIVE_KMS_KEY_ID: OUTPUTS.liveKmsKeyId,
  LIVE_KEY_SECRET: OUTPUTS.liveKeySecret,
  LIVE_CREDENTIALS_SECRET: OUTPUTS.liveCredentialsSecret,
  LIVE_RELAYER_SECRET: OUTPUTS.liveRelayerSecret,
  LIVE_WALLET_ADDRESS: OUTPUTS.liveWalletAddress,
  LIVE_SIGNATURE_TYPE: OUTPUTS.liveSignatureType,
} as const satisfies Record<string, OutputName>;

/** Every command needs these. */
const REQUIRED: readonly OutputName[] = [
  OUTPUTS.stage,
  OUTPUTS.tableName,
  OUTPUTS.exitQueueUrl,
  OUTPUTS.openFunctionName,
];

/** For callers on any network, far from the region. The functions' own limits are for AWS's network. */
export const REMOTE_LIMITS: AwsLimits = {
  attemptCountMax: 3,
  connectionDeadlineMs: 5_000,
  requestDeadlineMs: 10_000,
};

/**
 * The environment of a deployed stage's functions, from the outputs of its trading stack. A variable without an output
 * is removed, so that a local setting cannot replace it. Variables that no output describes stay (credentials,
 * `POLYGON_RPC_URL`).
 * @throws CliError 5 when the stage is not deployed, its stack is incomplete, or AWS_PROFILE names no profile
 * @throws ConfigError, UpstreamUnavailableError
 */
export async function readStage(stage: StageName, env: Env): Promise<Env> {
  assertProfileExists(env);
  const region = env.AWS_REGION || stageConfigOf(stage).region;
  const stackName = stackNameOf(stage, 'trading');
  const { createCloudformationClient } = await import('#lib/runtime/deployment-clients.ts');
  const client = createCloudformationClient({ ...env, AWS_REGION: region }, REMOTE_LIMITS);
  try {
    const stack = await findStack({ client }, stackName);
    if (stack === undefined) throw notDeployed(stage, `there is no stack ${stackName} in ${region}`);
    const { outputs, status } = stack;
    const missing = REQUIRED.filter((name) => !outputs[name]);
    if (missing.length > 0) throw notDeployed(stage, `${stackName} is ${status} and lacks ${missing.join(', ')}`);
    const named = Object.entries(VARIABLES).map(([variable, output]) => [variable, outputs[output]]);
    return { ...env, ...Object.fromEntries(named), DISCORD_WEBHOOK_URL: undefined, AWS_REGION: region };
  } finally {
    client.destroy();
  }
}

function notDeployed(stage: StageName, reason: string): CliError {
  return new CliError(
    EXIT_CODES.notRunning,
    'not-deployed',
    `Stage ${stage} is not deployed: ${reason}. Deploy it with \`npx cdk deploy -c stage=${stage} --all\`; ` +
      'if it is in another region or account, set AWS_REGION or AWS_PROFILE.',
  );
}
