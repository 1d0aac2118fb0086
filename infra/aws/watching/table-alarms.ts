import type { TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { DUE_INDEX } from '#lib/adapters/dynamodb/table-schema.ts';
import { type AlarmSpec, ONE_MINUTE } from '../constructs/impact-alarm.ts';
import { RUNBOOK_SECTIONS } from '../runbook.ts';

/** A minute: news of a position that is older is history to whoever could still act on it. */
const STREAM_AGE_MS_MAX = 60_000;

/** The table, and the stream that leaves it. */
export function listTableAlarms(table: TableV2, announce: IFunction): readonly AlarmSpec[] {
  return [
    {
      ...throttled(table, 'WriteThrottleEvents'),
      id: 'TableWritesThrottled',
      errorImpact: 'The table turns writes away: exits are delayed, because no order leaves before it is written down.',
    },
    {
      // The table's own number leaves its index out, and an index that is turned away takes the write of the row with it.
      ...throttled(table, 'WriteThrottleEvents', DUE_INDEX.name),
      id: 'IndexWritesThrottled',
      errorImpact:
        'The index of what is due turns writes away: exits are delayed, because a step is written down with its place in the index.',
    },
    {
      ...throttled(table, 'ReadThrottleEvents'),
      id: 'TableReadsThrottled',
      errorImpact: 'The table turns reads away: exits are delayed, because a position is read before it is sold.',
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

/**
 * One alarm for each of the two, not one for their sum: each appears only with its first event, and a sum that takes what is missing for
 * nothing takes the last minute, which always arrives late, for nothing too.
 */
function throttled(table: TableV2, name: 'ReadThrottleEvents' | 'WriteThrottleEvents', indexName?: string) {
  return {
    runbook: RUNBOOK_SECTIONS.tableTrouble,
    metric: table.metric(name, {
      statistic: 'Sum',
      period: ONE_MINUTE,
      ...(indexName !== undefined && {
        dimensionsMap: { TableName: table.tableName, GlobalSecondaryIndexName: indexName },
      }),
    }),
    threshold: 1,
    silence: 'peace',
  } as const;
}
