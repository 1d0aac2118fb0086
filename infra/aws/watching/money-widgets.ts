import { type IWidget, LogQueryVisualizationType, LogQueryWidget } from 'aws-cdk-lib/aws-cloudwatch';
import type { ILogGroup } from 'aws-cdk-lib/aws-logs';
import type { Mode } from '#lib/domain/position/position.ts';
import type { SavedQuery } from './saved-queries.ts';

type MoneyQuery = SavedQuery & { readonly view: LogQueryVisualizationType; readonly from: 'sweep' | 'sell' };

/**
 * What is open, and how the venue answers. Read from log lines: as metrics these would cost $0.30 a month each, and a
 * dashboard's reader asks for them now and then.
 */
export const MONEY_QUERIES: readonly MoneyQuery[] = [
  { id: 'OpenNow', title: 'Live: open positions, dollars in them, lost today', ...accountOf('live') },
  { id: 'OpenOnPaper', title: 'Paper: open positions, dollars in them, lost today', ...accountOf('paper') },
  {
    id: 'Halt',
    title: 'Halt and tightened limits, newest first',
    view: LogQueryVisualizationType.TABLE,
    from: 'sweep',
    text: `fields @timestamp, facts.live.halt as live, facts.paper.halt as paper, facts.tightened as tightened
| filter message = "Accounts"
| sort @timestamp desc
| limit 5`,
  },
  {
    id: 'VenueLatency',
    title: 'Answers of the venue to sells, ms: mean, p99 of the slowest call',
    view: LogQueryVisualizationType.LINE,
    from: 'sell',
    text: `filter message = "Calls of this invocation"
| stats sum(facts.sumMs) / sum(facts.callCount) as meanMs, pct(facts.slowestMs, 99) as slowestP99Ms by bin(5m)`,
  },
];

function accountOf(mode: Mode): Pick<MoneyQuery, 'view' | 'from' | 'text'> {
  const figures = ['openCount', 'exposureUsd', 'dayLossUsd'].map((name) => `latest(facts.${mode}.${name}) as ${name}`);
  return {
    view: LogQueryVisualizationType.LINE,
    from: 'sweep',
    text: `filter message = "Accounts"\n| stats ${figures.join(', ')} by bin(5m)`,
  };
}

export function listMoneyWidgets(logGroups: Readonly<Record<MoneyQuery['from'], ILogGroup>>): readonly IWidget[] {
  return MONEY_QUERIES.map(
    ({ title, view, from, text }) =>
      new LogQueryWidget({
        title,
        view,
        width: 12,
        height: 6,
        logGroupNames: [logGroups[from].logGroupName],
        queryString: text,
      }),
  );
}
