import { Duration } from 'aws-cdk-lib';
import { MathExpression } from 'aws-cdk-lib/aws-cloudwatch';
import { DEFAULT_TIMER_SETTINGS } from '#lib/domain/plan/plan-timer.ts';
import { OVERDUE_AFTER_MS } from '#lib/domain/plan/plan-wake-up.ts';
import { type AlarmSpec, FIVE_MINUTES, ONE_MINUTE } from '../constructs/impact-alarm.ts';
import { RUNBOOK_SECTIONS } from '../runbook.ts';
import type { SuiteMetrics } from './suite-metrics.ts';

/** An order nobody knows the outcome of is looked up every few seconds; a minute without an answer means the look-ups fail. */
const UNKNOWN_ORDER_AGE_MS_MAX = 60_000;
/** The target of an exit that starts cold: from its due time to the order in the venue's hands. */
const ORDER_LATENESS_MS_MAX = 2_500;
/** A canary has its timer alone: without it the sweep wakes it, which does so only to what is overdue by this. */
const CANARY_LATENESS_MS_MIN = OVERDUE_AFTER_MS;
/** Below that many tries in a minute a share of refusals says little: one exit that needs three tries is a normal night. */
const EXIT_ATTEMPT_COUNT_MIN = 4;
const EXIT_REFUSED_PERCENT_MAX = 75;

/**
 * What the suite says of itself: the alarms that no single construct can know. A notice that was not delivered is none of them: it lies in
 * the dead letters of the discord queue, whose alarm tells it once.
 */
export function listSuiteAlarms(metrics: SuiteMetrics, canaryPeriodMinutes: number): readonly AlarmSpec[] {
  return [...listSweepAlarms(metrics), ...listCanaryAlarms(metrics, canaryPeriodMinutes), ...listExitAlarms(metrics)];
}

function listSweepAlarms(metrics: SuiteMetrics): readonly AlarmSpec[] {
  const worst = { statistic: 'Maximum', period: ONE_MINUTE } as const;
  return [
    {
      id: 'PositionOverdue',
      errorImpact:
        'A position is still open a minute after its market ended: its shares were not sold, and the result decides.',
      runbook: RUNBOOK_SECTIONS.positionOverdue,
      metric: metrics.of('PositionOverdue', 'sweep', worst),
      threshold: 1,
      // Written by every run; that there is no run is an alarm of its own.
      silence: 'peace',
    },
    {
      id: 'SweepSilent',
      errorImpact:
        'The safety net is down: a position whose timer and message are both lost stays unsold and nobody notices.',
      runbook: RUNBOOK_SECTIONS.sweepSilent,
      metric: metrics.of('SweepRan', 'sweep', { statistic: 'Sum', period: ONE_MINUTE }),
      threshold: 1,
      raisedWhen: 'below',
      // One run may slip into the next minute; three cannot.
      periodCount: 3,
      silence: 'death',
    },
    {
      id: 'WakeUpFailed',
      errorImpact: 'An overdue position could not be woken: it is not sold until a later sweep gets through.',
      runbook: RUNBOOK_SECTIONS.exitQueueStuck,
      metric: metrics.of('WakeUpFailed', 'sweep', worst),
      threshold: 1,
      silence: 'peace',
    },
    {
      id: 'RowCorrupt',
      errorImpact: 'A position cannot be read, so nobody manages it: it has to be sold by hand.',
      runbook: RUNBOOK_SECTIONS.tableTrouble,
      metric: metrics.of('RowCorrupt', 'sweep', worst),
      threshold: 1,
      silence: 'peace',
    },
    {
      id: 'UnknownOrder',
      errorImpact:
        'An order is out and nobody knows whether it was filled: the position may be held or sold, and no new order is made.',
      runbook: RUNBOOK_SECTIONS.unknownOrder,
      metric: metrics.of('UnknownOrderAge', 'sweep', worst),
      threshold: UNKNOWN_ORDER_AGE_MS_MAX,
      raisedWhen: 'above',
      silence: 'peace',
    },
  ];
}

function listCanaryAlarms(metrics: SuiteMetrics, canaryPeriodMinutes: number): readonly AlarmSpec[] {
  const period = Duration.minutes(canaryPeriodMinutes);
  return [
    {
      id: 'CanarySilent',
      errorImpact: 'Test positions do not come out at the other end: yours may not be sold, or you may not be told.',
      runbook: RUNBOOK_SECTIONS.canary,
      metric: metrics.of('CanaryEnded', 'canary', { statistic: 'Sum', period }),
      threshold: 1,
      raisedWhen: 'below',
      // One may meet an empty book or a restart of the venue; three in a row mean us, or public data that nobody can exit by.
      periodCount: 3,
      silence: 'death',
    },
    {
      id: 'CanaryLate',
      errorImpact:
        'Test positions are sold late: yours may miss the time between their exit and the end of their market.',
      runbook: RUNBOOK_SECTIONS.canary,
      metric: metrics.of('CanaryLateness', 'canary', { statistic: 'Maximum', period }),
      threshold: CANARY_LATENESS_MS_MIN,
      periodCount: 3,
      badPeriodCount: 2,
      // No canary, no lateness; its silence is the alarm above.
      silence: 'peace',
    },
  ];
}

function listExitAlarms(metrics: SuiteMetrics): readonly AlarmSpec[] {
  const sum = { statistic: 'Sum', period: ONE_MINUTE } as const;
  return [
    ...listRefusalAlarms(metrics),
    ...listLatenessAlarms(metrics),
    {
      // A record that failed is no error in the eyes of Lambda, and its dead letter may be measured a quarter of an hour late.
      id: 'SellFailures',
      errorImpact:
        'A wake-up meets what no repetition mends: its position may pass the end of its market with its shares.',
      runbook: RUNBOOK_SECTIONS.functionErrors,
      metric: metrics.of('AlarmingFailure', 'sell', sum),
      threshold: 1,
      silence: 'peace',
    },
  ];
}

function listRefusalAlarms(metrics: SuiteMetrics): readonly AlarmSpec[] {
  const sum = { statistic: 'Sum', period: ONE_MINUTE } as const;
  const longer = { statistic: 'Sum', period: FIVE_MINUTES } as const;
  const unrecognised = { runbook: RUNBOOK_SECTIONS.exitsFailing, threshold: 1, silence: 'peace' } as const;
  return [
    {
      id: 'ExitsFailing',
      errorImpact: 'Most sells are refused: positions may pass the end of their markets with their shares.',
      runbook: RUNBOOK_SECTIONS.exitsFailing,
      metric: new MathExpression({
        label: 'Refused sells, percent',
        // A minute whose refusals have not all arrived looks better than it is; it is looked at again with the next two.
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
      // No exits, nothing refused.
      silence: 'peace',
    },
    {
      ...unrecognised,
      id: 'SellRefusalUnrecognised',
      errorImpact:
        'The venue refuses sells in words we do not know: they are repeated blindly instead of by their cause.',
      metric: metrics.of('RefusalUnrecognised', 'sell', longer),
    },
    {
      ...unrecognised,
      id: 'BuyRefusalUnrecognised',
      errorImpact:
        'The venue refuses buys in words we do not know: each is looked up as if its answer were lost, and sells may meet the same.',
      metric: metrics.of('RefusalUnrecognised', 'open', longer),
    },
  ];
}

function listLatenessAlarms(metrics: SuiteMetrics): readonly AlarmSpec[] {
  const late = { statistic: 'p99', period: FIVE_MINUTES } as const;
  const shared = {
    runbook: RUNBOOK_SECTIONS.lateExits,
    raisedWhen: 'above',
    // Nothing was due.
    silence: 'peace',
  } as const;
  return [
    {
      ...shared,
      id: 'OrdersLate',
      errorImpact: 'Sells leave late: less of the two minutes before a market ends is left for a second try.',
      metric: metrics.of('OrderLateness', 'sell', late),
      threshold: ORDER_LATENESS_MS_MAX,
    },
    {
      ...shared,
      id: 'TimersLate',
      errorImpact: 'Timers come later than AWS promises: positions leave on time only by their delayed messages.',
      metric: metrics.of('TimerLateness', 'sell', late),
      // A whole grain is what AWS promises; the timer's lead leaves another half a minute before it would be too late.
      threshold: DEFAULT_TIMER_SETTINGS.grainMs,
    },
  ];
}
