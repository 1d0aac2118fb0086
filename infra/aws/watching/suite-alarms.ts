import { Duration } from 'aws-cdk-lib';
import { type AlarmSpec, FIVE_MINUTES, ONE_MINUTE } from '../constructs/impact-alarm.ts';
import { RUNBOOK_SECTIONS } from '../runbook.ts';
import type { StageConfig } from '../stage-config.ts';
import type { SuiteMetrics } from './suite-metrics.ts';

/** The target of an exit with a cold start: from its due time until the venue has the order. */
const ORDER_LATENESS_MS_MAX = 2_500;

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
    urgency: 'ticket',
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
    urgency: 'ticket',
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
      urgency: 'page',
      errorImpact:
        "A position is still open a minute after its market ended, and the market's result decides; or a due exit took no step for 30 s; or a row cannot be read and is not managed.",
      runbook: RUNBOOK_SECTIONS.positionOverdue,
      metric: metrics.of('PositionOverdue', 'sweep', worst),
      threshold: 1,
      // Every run writes it; `SweepSilent` notices missing runs.
      whenMissing: 'healthy',
    },
    {
      id: 'SweepSilent',
      urgency: 'page',
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
  ];
}

function listCanaryAlarms(metrics: SuiteMetrics, canaryPeriodMinutes: number): readonly AlarmSpec[] {
  const period = Duration.minutes(canaryPeriodMinutes);
  return [
    {
      id: 'CanarySilent',
      urgency: 'page',
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
      id: 'VenueDrift',
      urgency: 'ticket',
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
  return [
    {
      // The alert `exit-failing` tells it within seconds. This is the second way, past stream, bus and Discord.
      id: 'ExitsFailing',
      errorImpact: 'The sells of an exit do not succeed: its position may pass the end of its market with its shares.',
      urgency: 'page',
      runbook: RUNBOOK_SECTIONS.exitsFailing,
      metric: metrics.of('ExitFailing', 'sell', { statistic: 'Sum', period: ONE_MINUTE }),
      threshold: 1,
      whenMissing: 'healthy',
    },
    {
      id: 'OrdersLate',
      errorImpact: 'Sells leave late: less of the two minutes before the market ends is left for further attempts.',
      urgency: 'ticket',
      runbook: RUNBOOK_SECTIONS.lateExits,
      metric: metrics.of('OrderLateness', 'sell', { statistic: 'p99', period: FIVE_MINUTES }),
      threshold: ORDER_LATENESS_MS_MAX,
      raisedWhen: 'above',
      whenMissing: 'healthy',
    },
  ];
}
