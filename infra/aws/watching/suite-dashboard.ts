import { Duration } from 'aws-cdk-lib';
import {
  type Alarm,
  AlarmStatusWidget,
  Dashboard,
  GraphWidget,
  type IMetric,
  type IWidget,
  SingleValueWidget,
  TextWidget,
} from 'aws-cdk-lib/aws-cloudwatch';
import { Construct } from 'constructs';
import { FIVE_MINUTES, ONE_MINUTE } from '../constructs/impact-alarm.ts';
import type { StateStack } from '../stacks/state-stack.ts';
import type { TradingStack } from '../stacks/trading-stack.ts';
import { listMoneyWidgets } from './money-widgets.ts';
import type { SuiteMetrics } from './suite-metrics.ts';

export type SuiteDashboardProps = {
  readonly stage: string;
  readonly metrics: SuiteMetrics;
  readonly state: StateStack;
  readonly trading: TradingStack;
  readonly alarms: readonly Alarm[];
};

const FULL_WIDTH = 24;
const THIRD = 8;
const HEIGHT = 6;

/** One page for an incident, from top to bottom: alarms, vital signs, money, exits, delivery, functions. */
export class SuiteDashboard extends Construct {
  constructor(scope: Construct, id: string, props: SuiteDashboardProps) {
    super(scope, id);
    const dashboard = new Dashboard(this, 'Dashboard', {
      dashboardName: `tminus-${props.stage}`,
      defaultInterval: Duration.hours(3),
    });
    dashboard.addWidgets(
      new TextWidget({
        width: FULL_WIDTH,
        height: 2,
        markdown:
          `# T-minus ${props.stage}\nThe text of a raised alarm says what is lost and which section of OPERATE.md to open. ` +
          'With no alarm raised and canaries ending, exits leave on time.',
      }),
    );
    dashboard.addWidgets(new AlarmStatusWidget({ title: 'Alarms', width: FULL_WIDTH, alarms: [...props.alarms] }));
    dashboard.addWidgets(...listVitalSigns(props));
    const { sweep, sell } = props.trading.functions;
    dashboard.addWidgets(...listMoneyWidgets({ sweep: sweep.logGroup, sell: sell.logGroup }));
    dashboard.addWidgets(...listExitGraphs(props));
    dashboard.addWidgets(...listDeliveryGraphs(props));
    dashboard.addWidgets(...listFunctionGraphs(props));
  }
}

function graph(title: string, left: readonly IMetric[]): IWidget {
  return new GraphWidget({ title, width: THIRD, height: HEIGHT, left: [...left], leftYAxis: { min: 0 } });
}

function listVitalSigns({ metrics }: SuiteDashboardProps): readonly IWidget[] {
  const worst = { statistic: 'Maximum', period: ONE_MINUTE } as const;
  const vital = (title: string, metric: IMetric): IWidget =>
    new SingleValueWidget({ title, width: 6, height: 3, metrics: [metric] });
  return [
    vital('Positions open past their market end', metrics.of('PositionOverdue', 'sweep', worst)),
    vital(
      'Sweeps in five minutes',
      metrics.of('PositionOverdue', 'sweep', { statistic: 'SampleCount', period: FIVE_MINUTES }),
    ),
    vital(
      'Last canary, ms late',
      metrics.of('CanaryLateness', 'canary', { statistic: 'Maximum', period: FIVE_MINUTES }),
    ),
    vital('Oldest order of unknown outcome, ms', metrics.of('UnknownOrderAge', 'sweep', worst)),
  ];
}

function listExitGraphs({ metrics }: SuiteDashboardProps): readonly IWidget[] {
  const sum = { statistic: 'Sum', period: ONE_MINUTE } as const;
  const p50 = { statistic: 'p50', period: FIVE_MINUTES } as const;
  const p99 = { statistic: 'p99', period: FIVE_MINUTES } as const;
  return [
    graph('Sells: posted, refused, unrecognised refusals', [
      metrics.of('ExitAttempt', 'sell', sum),
      metrics.of('ExitRefused', 'sell', sum),
      metrics.sum('RefusalUnrecognised', ONE_MINUTE),
    ]),
    graph('Lateness of first sells, ms (p50, p99)', [
      metrics.of('OrderLateness', 'sell', p50).with({ label: 'p50' }),
      metrics.of('OrderLateness', 'sell', p99).with({ label: 'p99' }),
    ]),
    graph('Differences between the venue and what is assumed of it', [metrics.of('VenueDrift', 'canary', sum)]),
    graph('Positions woken by the sweep', [metrics.of('WakeUpOverdue', 'sweep', sum)]),
  ];
}

function listDeliveryGraphs({ trading, metrics }: SuiteDashboardProps): readonly IWidget[] {
  const latest = { statistic: 'Maximum', period: ONE_MINUTE } as const;
  const { exits, timers, news, discord } = trading;
  const deadLetters = [exits.deadLetters, timers.deadLetters, news.deadLetters, ...trading.otherDeadLetters];
  return [
    graph('Exit queue: visible, delayed, in flight', [
      exits.queue.metricApproximateNumberOfMessagesVisible(latest),
      exits.queue.metricApproximateNumberOfMessagesDelayed(latest),
      exits.queue.metricApproximateNumberOfMessagesNotVisible(latest),
    ]),
    graph(
      'Dead letters',
      deadLetters.map(({ queue, node }) =>
        queue.metricApproximateNumberOfMessagesVisible({ ...latest, label: node.path.split('/').slice(1).join(' ') }),
      ),
    ),
    graph('Discord: undelivered, waiting', [
      metrics.of('NoticeUndelivered', 'discord', { statistic: 'Sum', period: ONE_MINUTE }),
      ...(discord === null ? [] : [discord.path.notices.queue.metricApproximateNumberOfMessagesVisible(latest)]),
    ]),
  ];
}

function listFunctionGraphs({ state, trading }: SuiteDashboardProps): readonly IWidget[] {
  const sum = { statistic: 'Sum', period: ONE_MINUTE } as const;
  const functions = Object.entries(trading.allFunctions);
  return [
    graph(
      'Functions: errors and throttles',
      functions.flatMap(([name, { lambda }]) => [
        lambda.metricErrors({ ...sum, label: `${name} errors` }),
        lambda.metricThrottles({ ...sum, label: `${name} throttles` }),
      ]),
    ),
    graph(
      'Functions: duration p99, ms',
      functions.map(([name, { lambda }]) =>
        lambda.metricDuration({ statistic: 'p99', period: FIVE_MINUTES, label: name }),
      ),
    ),
    graph('Table: throttled calls; age of the stream, ms', [
      state.table.metric('ReadThrottleEvents', sum),
      state.table.metric('WriteThrottleEvents', sum),
      trading.functions.announce.lambda.metric('IteratorAge', { statistic: 'Maximum', period: ONE_MINUTE }),
    ]),
  ];
}
