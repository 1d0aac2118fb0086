import { Schedule } from 'aws-cdk-lib/aws-events';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { ScheduledCall } from '../constructs/scheduled-call.ts';
import { SuiteFunction, titleOf } from '../constructs/suite-function.ts';
import { grantTable } from '../constructs/table-grants.ts';
import type { TradingStack, TradingStackProps } from './trading-stack.ts';

/** The function that publishes the totals of a day. */
export function addDailySummary(
  stack: TradingStack,
  { config, release, state, codeOf }: TradingStackProps,
  failedEvents: IQueue,
): SuiteFunction {
  const { name: stage, logRetentionDays } = config;
  const { bus } = stack.news;
  const environment = { STAGE: stage, TABLE_NAME: state.table.tableName, EVENT_BUS_NAME: bus.eventBusName };
  const summary = new SuiteFunction(stack, titleOf('summary'), {
    ...{ name: 'summary', stage, release, codeOf, environment, logRetentionDays, failedEvents },
  });
  grantTable(state.table, summary.lambda, 'list-positions');
  // The notice ledger records that a day was published.
  grantTable(state.table, summary.lambda, 'keep-notices');
  bus.grantPutEventsTo(summary.lambda);
  new ScheduledCall(stack, 'SummaryEveryDay', {
    function: summary,
    // By then the last market of the day has settled.
    schedule: Schedule.cron({ hour: '0', minute: '10' }),
    description: 'Publishes the totals of the day that ended',
    failedEvents,
  });
  return summary;
}
