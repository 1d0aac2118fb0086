import { Duration } from 'aws-cdk-lib';
import { MathExpression } from 'aws-cdk-lib/aws-cloudwatch';
import { OVERDUE_AFTER_MS } from '#lib/domain/plan/plan-wake-up.ts';
import { type AlarmSpec, FIVE_MINUTES, ONE_MINUTE } from '../constructs/impact-alarm.ts';
import { RUNBOOK_SECTIONS } from '../runbook.ts';
import type { StageConfig } from '../stage-config.ts';
import type { SuiteMetrics } from './suite-metrics.ts';

/** Orders of unknown outcome are looked up every few seconds: after a minute, the look-ups are failing. */
const UNKNOWN_ORDER_AGE_MS_MAX = 60_000;
/** The target of an exit with a cold start: from its due time until the venue has the order. */
const ORDER_LATENESS_MS_MAX = 2_500;
/** A canary has a timer only. If it fails, the sweep wakes the canary, after this time at the earliest. */
const CANARY_LATENESS_MS_MIN = OVERDUE_AFTER_MS;
/** With fewer attempts in a minute the share of refusals means little: one exit that takes three is normal. */
const EXIT_ATTEMPT_COUNT_MIN = 4;
const EXIT_REFUSED_PERCENT_MAX = 75;

/** Alarms on the suite's own metrics, except for undelivered notices, whose dead-letter queue has one. */
export function listSuiteAlarms(
  metrics: SuiteMetrics,
  { canaryPeriodMinutes, live, walletWatch }: Pick<StageConfig, 'canaryPeriodMinutes' | 'live' | 'walletWatch'>,
): readonly AlarmSpec[] {
  return [
    ...listSweepAlarms(metrics),
    ...listCanaryAlarms(metrics, canaryPeriodMinutes),
    ...listExitAlarms(metrics),
    ...(live === null ? [] : [gasAlarm(metrics)]),
    ...(live === null || walletWatch === 'off' ? [] : [blindAlarm(metrics)]),
  ];
}

/** One failed look is made up for by the next. Half an hour of them is more than a restart of index or node. */
function blindAlarm(metrics: SuiteMetrics): AlarmSpec {
  return {
    id: 'WalletUnread',
    errorImpact:
      'The wallet has not been read for half an hour, or not been compared with the table for longer: shares without a position, and cash that no row explains, are not told.',
    runbook: RUNBOOK_SECTIONS.walletUnread,
    metric: metrics.of('WalletUnread', 'watch', { statistic: 'Sum', period: FIVE_MINUTES }),
    threshold: 1,
    periodCount: 6,
    whenMissing: 'healthy',
  };
}

function gasAlarm(metrics: SuiteMetrics): AlarmSpec {
  return {
    id: 'GasLow',
    errorImpact:
      'The signing key has less than 0.3 POL for gas. Exits need none, but soon winnings cannot be redeemed.',
    runbook: RUNBOOK_SECTIONS.gasLow,
    metric: metrics.of('GasLow', 'settle', { statistic: 'Maximum', period: FIVE_MINUTES }),
    threshold: 1,
    // Written before a transaction only: raised once, and until a transaction finds enough.
    whenMissing: 'unchanged',
  };
}

function listSweepAlarms(metrics: SuiteMetrics): readonly AlarmSpec[] {
  const worst = { statistic: 'Maximum', period: ONE_MINUTE } as const;
  return [
    {
      id: 'PositionOverdue',
      errorImpact:
        "A position is still open a minute after its market ended, and the market's result decides; or no step of an exit was taken for five minutes after it was due.",
      runbook: RUNBOOK_SECTIONS.positionOverdue,
      metric: metrics.of('PositionOverdue', 'sweep', worst),
      threshold: 1,
      // Every run writes it; `SweepSilent` notices missing runs.
      whenMissing: 'healthy',
    },
    {
      id: 'SweepSilent',
      errorImpact:
        'The safety net is down: a position that loses both its timer and its message stays unsold unnoticed.',
      runbook: RUNBOOK_SECTIONS.sweepSilent,
      // Every complete run writes one value.
      metric: metrics.of('PositionOverdue', 'sweep', { statistic: 'SampleCount', period: ONE_MINUTE }),
      threshold: 1,
      raisedWhen: 'below',
      // One run may fall into the next minute, three cannot.
      periodCount: 3,
      whenMissing: 'failing',
    },
    {
      id: 'WakeUpFailed',
      errorImpact: 'The sweep could not wake an overdue position: it is not sold until a later sweep succeeds.',
      runbook: RUNBOOK_SECTIONS.exitQueueStuck,
      metric: metrics.of('WakeUpFailed', 'sweep', worst),
      threshold: 1,
      whenMissing: 'healthy',
    },
    {
      id: 'RowCorrupt',
      errorImpact: 'A position cannot be read and is not managed: sell it by hand.',
      runbook: RUNBOOK_SECTIONS.tableTrouble,
      metric: metrics.of('RowCorrupt', 'sweep', worst),
      threshold: 1,
      whenMissing: 'healthy',
    },
    {
      id: 'UnknownOrder',
      errorImpact:
        'An order may or may not have been filled: its position may be held or sold, and no new order is placed for it.',
      runbook: RUNBOOK_SECTIONS.unknownOrder,
      metric: metrics.of('UnknownOrderAge', 'sweep', worst),
      threshold: UNKNOWN_ORDER_AGE_MS_MAX,
      raisedWhen: 'above',
      whenMissing: 'healthy',
    },
  ];
}

function listCanaryAlarms(metrics: SuiteMetrics, canaryPeriodMinutes: number): readonly AlarmSpec[] {
  const period = Duration.minutes(canaryPeriodMinutes);
  return [
    {
      id: 'CanarySilent',
      errorImpact: 'Test positions do not complete: yours may not be sold, or you may not be notified.',
      runbook: RUNBOOK_SECTIONS.canary,
      metric: metrics.of('CanaryLateness', 'canary', { statistic: 'SampleCount', period }),
      threshold: 1,
      raisedWhen: 'below',
      // One can meet an empty book or a restart of the venue. Three in a row are our failure, or missing public data.
      periodCount: 3,
      whenMissing: 'failing',
    },
    {
      id: 'CanaryLate',
      errorImpact: 'Test positions are sold late: yours may not be sold before the end of their markets.',
      runbook: RUNBOOK_SECTIONS.canary,
      metric: metrics.of('CanaryLateness', 'canary', { statistic: 'Maximum', period }),
      threshold: CANARY_LATENESS_MS_MIN,
      periodCount: 3,
      badPeriodCount: 2,
      // `CanarySilent` notices missing canaries.
      whenMissing: 'healthy',
    },
    {
      id: 'VenueDrift',
      errorImpact:
        'The venue is not as this release assumes: orders may be refused, or costs and fees may be counted wrong.',
      runbook: RUNBOOK_SECTIONS.venueDrift,
      metric: metrics.of('VenueDrift', 'canary', { statistic: 'Maximum', period }),
      threshold: 1,
      periodCount: 3,
      badPeriodCount: 2,
      // The metric is written while something differs.
      whenMissing: 'healthy',
    },
  ];
}

function listExitAlarms(metrics: SuiteMetrics): readonly AlarmSpec[] {
  const sum = { statistic: 'Sum', period: ONE_MINUTE } as const;
  return [
    ...listRefusalAlarms(metrics),
    ...listLatenessAlarms(metrics),
    {
      // Lambda counts no failed records, and SQS may report their dead letters a quarter of an hour late.
      id: 'SellFailures',
      errorImpact:
        'A wake-up fails in a way that no retry can fix: its position may pass the end of its market with its shares.',
      runbook: RUNBOOK_SECTIONS.functionErrors,
      metric: metrics.of('AlarmingFailure', 'sell', sum),
      threshold: 1,
      whenMissing: 'healthy',
    },
    {
      id: 'SettleFailures',
      errorImpact: 'A settlement step fails in a way that no retry can fix: winnings may lie unclaimed.',
      runbook: RUNBOOK_SECTIONS.functionErrors,
      metric: metrics.of('AlarmingFailure', 'settle', sum),
      threshold: 1,
      whenMissing: 'healthy',
    },
  ];
}

function listRefusalAlarms(metrics: SuiteMetrics): readonly AlarmSpec[] {
  const sum = { statistic: 'Sum', period: ONE_MINUTE } as const;
  const longer = { statistic: 'Sum', period: FIVE_MINUTES } as const;
  const unrecognised = { runbook: RUNBOOK_SECTIONS.exitsFailing, threshold: 1, whenMissing: 'healthy' } as const;
  return [
    {
      id: 'ExitsFailing',
      errorImpact: 'Most sells are refused: positions may pass the end of their markets with their shares.',
      runbook: RUNBOOK_SECTIONS.exitsFailing,
      metric: new MathExpression({
        label: 'Refused sells, percent',
        // Refusals that arrive late make a minute look better than it was; it is evaluated again with the next two.
        expression: `IF(attempts >= ${EXIT_ATTEMPT_COUNT_MIN}, 100 * FILL(refused, 0) / attempts, 0)`,
        usingMetrics: {
          attempts: metrics.of('ExitAttempt', 'sell', sum),
          refused: metrics.of('ExitRefused', 'sell', sum),
        },
        period: ONE_MINUTE,
      }),
      threshold: EXIT_REFUSED_PERCENT_MAX,
      periodCount: 3,
      badPeriodCount: 2,
      whenMissing: 'healthy',
    },
    {
      ...unrecognised,
      id: 'SellRefusalUnrecognised',
      errorImpact: 'The venue refuses sells with an unknown error text: they are retried without regard to the cause.',
      metric: metrics.of('RefusalUnrecognised', 'sell', longer),
    },
    {
      ...unrecognised,
      id: 'BuyRefusalUnrecognised',
      errorImpact:
        'The venue refuses buys with an unknown error text: each is looked up as if its answer were lost. Sells may be refused as well.',
      metric: metrics.of('RefusalUnrecognised', 'open', longer),
    },
  ];
}

function listLatenessAlarms(metrics: SuiteMetrics): readonly AlarmSpec[] {
  const late = { statistic: 'p99', period: FIVE_MINUTES } as const;
  return [
    {
      id: 'OrdersLate',
      runbook: RUNBOOK_SECTIONS.lateExits,
      raisedWhen: 'above',
      whenMissing: 'healthy',
      errorImpact: 'Sells leave late: less of the two minutes before the market ends is left for further attempts.',
      metric: metrics.of('OrderLateness', 'sell', late),
      threshold: ORDER_LATENESS_MS_MAX,
    },
  ];
}
