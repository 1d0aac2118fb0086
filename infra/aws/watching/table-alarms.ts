import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { type AlarmSpec, FIVE_MINUTES, ONE_MINUTE } from '../constructs/impact-alarm.ts';
import { RUNBOOK_SECTIONS } from '../runbook.ts';
import type { SuiteMetrics } from './suite-metrics.ts';

/** After a minute it is too late to act on a notice. */
const STREAM_AGE_MS_MAX = 60_000;
/** One is made up for by the next try, half a minute later at most. */
const UNAVAILABLE_COUNT = 3;

/**
 * By what the functions meet, and not by DynamoDB's own metrics: AWS's pages contradict each other about alarms on
 * those whose data are missing, and a throttled call that the SDK repeats costs nothing.
 */
export function listTableAlarms(metrics: SuiteMetrics, announce: IFunction): readonly AlarmSpec[] {
  return [
    {
      id: 'TableUnavailable',
      errorImpact:
        'The table throttles calls or does not answer: exits are delayed, because no order leaves before it is saved.',
      urgency: 'page',
      runbook: RUNBOOK_SECTIONS.tableTrouble,
      metric: metrics.of('StoreUnavailable', 'sell', { statistic: 'Sum', period: FIVE_MINUTES }),
      threshold: UNAVAILABLE_COUNT,
      whenMissing: 'healthy',
    },
    {
      id: 'AnnounceLate',
      errorImpact: 'Notices about your positions, pages among them, are late or missing. The positions are still sold.',
      urgency: 'page',
      runbook: RUNBOOK_SECTIONS.functionErrors,
      metric: announce.metric('IteratorAge', { statistic: 'Maximum', period: ONE_MINUTE }),
      threshold: STREAM_AGE_MS_MAX,
      raisedWhen: 'above',
      periodCount: 3,
      whenMissing: 'healthy',
    },
  ];
}
