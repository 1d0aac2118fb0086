import { MathExpression } from 'aws-cdk-lib/aws-cloudwatch';
import type { TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { type AlarmSpec, ONE_MINUTE } from '../constructs/impact-alarm.ts';
import { RUNBOOK_SECTIONS } from '../runbook.ts';

/** A minute: news of a position that is older is history to whoever could still act on it. */
const STREAM_AGE_MS_MAX = 60_000;

/** The table, and the stream that leaves it. */
export function listTableAlarms(table: TableV2, announce: IFunction): readonly AlarmSpec[] {
  const sum = { statistic: 'Sum', period: ONE_MINUTE } as const;
  return [
    {
      id: 'TableThrottled',
      errorImpact: 'The table turns calls away: exits are delayed, because no order leaves before it is written down.',
      runbook: RUNBOOK_SECTIONS.tableTrouble,
      metric: new MathExpression({
        label: 'Throttled reads and writes',
        // Each appears only with its first event.
        expression: 'FILL(reads, 0) + FILL(writes, 0)',
        usingMetrics: {
          reads: table.metric('ReadThrottleEvents', sum),
          writes: table.metric('WriteThrottleEvents', sum),
        },
        period: ONE_MINUTE,
      }),
      threshold: 1,
      silence: 'peace',
    },
    {
      id: 'AnnounceLate',
      errorImpact: 'You are told late, or not at all, what happens to your positions; they go on being sold.',
      runbook: RUNBOOK_SECTIONS.functionErrors,
      metric: announce.metric('IteratorAge', { statistic: 'Maximum', period: ONE_MINUTE }),
      threshold: STREAM_AGE_MS_MAX,
      raisedWhen: 'above',
      periodCount: 3,
      // No change of any row, nothing to be late with.
      silence: 'peace',
    },
  ];
}
