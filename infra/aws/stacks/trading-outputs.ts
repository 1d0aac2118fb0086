import { CfnOutput, type Stack } from 'aws-cdk-lib';
import { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import type { DiscordPath } from '../constructs/discord-path.ts';
import type { ExitQueue } from '../constructs/exit-queue.ts';
import type { DeadLetterQueue } from '../constructs/guarded-queue.ts';
import type { NewsPath } from '../constructs/news-path.ts';
import type { OpenEndpoint } from '../constructs/open-endpoint.ts';
import type { OperatorPolicy } from '../constructs/operator-policy.ts';
import type { SettleQueue } from '../constructs/settle-queue.ts';
import type { SuiteFunction } from '../constructs/suite-function.ts';
import type { TimerGroup } from '../constructs/timer-group.ts';
import { OUTPUTS, type OutputName } from '../outputs.ts';
import { LIVE_ALIAS } from '../rollout.ts';
import type { StageConfig } from '../stage-config.ts';
import type { Environment } from './function-environments.ts';
import type { StateStack } from './state-stack.ts';

export type TradingParts = {
  readonly config: StageConfig;
  readonly state: StateStack;
  readonly live: Environment;
  readonly suite: {
    readonly functions: Readonly<Record<'open' | 'summary', SuiteFunction>>;
    readonly endpoint: OpenEndpoint;
    readonly operators: OperatorPolicy;
    readonly exits: ExitQueue;
    readonly settlements: SettleQueue;
    readonly timers: TimerGroup;
    readonly news: NewsPath;
    readonly failedEvents: DeadLetterQueue;
    readonly discord: { readonly path: DiscordPath } | null;
    readonly interactions: { readonly url: string } | null;
  };
};

type OutputValues = Partial<Record<OutputName, string>>;

/** Writes what the command line, the watch stack and the operator's other programs need to find a deployment. */
export function writeTradingOutputs(stack: Stack, parts: TradingParts): void {
  const { config, state, suite } = parts;
  const { functions, endpoint, exits, settlements, timers, news, failedEvents, discord } = suite;
  const values: OutputValues = {
    [OUTPUTS.stage]: config.name,
    [OUTPUTS.region]: stack.region,
    [OUTPUTS.tableName]: state.table.tableName,
    [OUTPUTS.exitQueueUrl]: exits.queue.queueUrl,
    [OUTPUTS.exitDeadLetterUrl]: exits.deadLetters.queue.queueUrl,
    [OUTPUTS.settleQueueUrl]: settlements.queue.queueUrl,
    [OUTPUTS.settleDeadLetterUrl]: settlements.deadLetters.queue.queueUrl,
    [OUTPUTS.timerDeadLetterUrl]: timers.deadLetters.queue.queueUrl,
    [OUTPUTS.newsDeadLetterUrl]: news.deadLetters.queue.queueUrl,
    [OUTPUTS.failedEventsUrl]: failedEvents.queue.queueUrl,
    ...(discord !== null && {
      [OUTPUTS.discordQueueUrl]: discord.path.notices.queue.queueUrl,
      [OUTPUTS.discordDeadLetterUrl]: discord.path.notices.deadLetters.queue.queueUrl,
    }),
    [OUTPUTS.summaryFunctionName]: functions.summary.lambda.functionName,
    [OUTPUTS.openFunctionName]: `${functions.open.lambda.functionName}:${LIVE_ALIAS}`,
    [OUTPUTS.openFunctionUrl]: endpoint.url,
    [OUTPUTS.openCallerPolicyArn]: endpoint.callerPolicyArn,
    [OUTPUTS.operatorPolicyArn]: suite.operators.arn,
    [OUTPUTS.schedulerGroupName]: timers.group.scheduleGroupName,
    [OUTPUTS.eventBusName]: news.bus.eventBusName,
    [OUTPUTS.newsTopicArn]: news.topic.topicArn,
    [OUTPUTS.clobHost]: config.hosts.CLOB_HOST,
    [OUTPUTS.gammaHost]: config.hosts.GAMMA_HOST,
    [OUTPUTS.binanceHost]: config.hosts.BINANCE_HOST,
    [OUTPUTS.dataHost]: config.hosts.DATA_HOST,
    ...(config.exits.maintenance.length > 0 && { [OUTPUTS.maintenanceWindows]: config.exits.maintenance.join(',') }),
    ...(state.webhook !== null && { [OUTPUTS.discordWebhookSecret]: state.webhook.secretName }),
    ...(suite.interactions !== null && { [OUTPUTS.interactionsUrl]: suite.interactions.url }),
    ...liveOutputs(parts.live),
  };
  for (const [name, value] of Object.entries(values)) new CfnOutput(stack, name, { value });
  exportNames(stack);
}

/** For `doctor`. The URL of the Polygon node is left out, because it may contain a provider's key. */
function liveOutputs(live: Environment): OutputValues {
  const pairs: readonly (readonly [OutputName, string | undefined])[] = [
    [OUTPUTS.liveKmsKeyId, live.LIVE_KMS_KEY_ID],
    [OUTPUTS.liveKeySecret, live.LIVE_KEY_SECRET],
    [OUTPUTS.liveCredentialsSecret, live.LIVE_CREDENTIALS_SECRET],
    [OUTPUTS.liveRelayerSecret, live.LIVE_RELAYER_SECRET],
    [OUTPUTS.liveWalletAddress, live.LIVE_WALLET_ADDRESS],
    [OUTPUTS.liveSignatureType, live.LIVE_SIGNATURE_TYPE],
  ];
  return Object.fromEntries(pairs.filter(([, value]) => value !== undefined));
}

/**
 * Every name that an alarm may watch, whether one does or not. CDK exports what the watch stack imports: a release with
 * fewer alarms would remove an export that the deployed watch stack still imports, which CloudFormation refuses.
 */
function exportNames(stack: Stack): void {
  for (const each of stack.node.findAll()) {
    if (each instanceof LambdaFunction) stack.exportValue(each.functionName);
    if (each instanceof Queue) stack.exportValue(each.queueName);
  }
}
