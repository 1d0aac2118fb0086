import { Schedule } from 'aws-cdk-lib/aws-events';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { ScheduledCall } from '../constructs/scheduled-call.ts';
import { SuiteFunction, titleOf } from '../constructs/suite-function.ts';
import { grantTable } from '../constructs/table-grants.ts';
import {
  exitsEnvironment,
  storeEnvironment,
  timerEnvironment,
  venueEnvironment,
  type WalletParameters,
} from './function-environments.ts';
import type { TradingStack, TradingStackProps } from './trading-stack.ts';

/**
 * The function that looks for shares without a position: it knows wallet and node, but no key and no credentials. It
 * writes notices alone where the stage only tells, and rows of positions where it guards or redeems. Null where it is
 * switched off.
 */
export function addWalletWatch(
  stack: TradingStack,
  { config, release, state, codeOf }: TradingStackProps,
  { walletAddress, polygonRpcUrl }: WalletParameters,
  failedEvents: IQueue,
): SuiteFunction | null {
  const { walletWatch, redeemForeign, walletWatchPeriodMinutes: minutes, logRetentionDays } = config;
  if (walletWatch === 'off') return null;
  const { bus } = stack.news;
  const environment = {
    ...storeEnvironment({
      ...{ stage: config.name, tableName: state.table.tableName },
      ...{ exitQueueUrl: stack.exits.queue.queueUrl, settleQueueUrl: stack.settlements.queue.queueUrl },
    }),
    ...timerEnvironment(stack.timers, stack.exits.queue.queueArn),
    ...exitsEnvironment(config.exits),
    EVENT_BUS_NAME: bus.eventBusName,
    ...venueEnvironment(config.hosts, 'DATA_HOST'),
    ...{ WALLET_WATCH: walletWatch, REDEEM_FOREIGN: String(redeemForeign) },
    ...{ LIVE_WALLET_ADDRESS: walletAddress, POLYGON_RPC_URL: polygonRpcUrl },
  };
  const watch = new SuiteFunction(stack, titleOf('watch'), {
    ...{ name: 'watch', codeOf, environment, release, stage: config.name, logRetentionDays, failedEvents },
  });
  grantTable(state.table, watch.lambda, 'watch-wallet');
  grantTable(state.table, watch.lambda, 'keep-notices');
  if (walletWatch === 'guard' || redeemForeign) {
    grantTable(state.table, watch.lambda, 'open-positions');
    for (const { queue } of [stack.exits, stack.settlements]) queue.grant(watch.lambda, 'sqs:SendMessage');
    stack.timers.grantCreate(watch);
  }
  bus.grantPutEventsTo(watch.lambda);
  new ScheduledCall(stack, 'WatchEveryPeriod', {
    function: watch,
    schedule: Schedule.cron({ minute: minutes === 1 ? '*' : `0/${minutes}` }),
    description: 'Looks for shares without a position',
    failedEvents,
  });
  return watch;
}
