import type { TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { DUE_INDEX } from '#lib/adapters/dynamodb/table-schema.ts';
import { type AlarmSpec, ONE_MINUTE } from '../constructs/impact-alarm.ts';
import { RUNBOOK_SECTIONS } from '../runbook.ts';

/** After a minute it is too late to act on a notice. */
const STREAM_AGE_MS_MAX = 60_000;

export function listTableAlarms(table: TableV2, announce: IFunction): readonly AlarmSpec[] {
  return [
    {
      ...throttled(table, 'WriteThrottleEvents'),
      id: 'TableWritesThrottled',
      errorImpact: 'The table throttles writes: exits are delayed, because no order leaves before it is saved.',
    },
    {
      // The table's metric excludes its index, and a throttled index throttles the write of the row.
      ...throttled(table, 'WriteThrottleEvents', DUE_INDEX.name),
      id: 'IndexWritesThrottled',
      errorImpact:
        'The index of due positions throttles writes: exits are delayed, because each step updates the index.',
    },
    {
      ...throttled(table, 'ReadThrottleEvents'),
      id: 'TableReadsThrottled',
      errorImpact: 'The table throttles reads: exits are delayed, because a position is read before it is sold.',
    },
    {
      id: 'AnnounceLate',
      errorImpact: 'Notices about your positions are late or missing. The positions are still sold.',
      runbook: RUNBOOK_SECTIONS.functionErrors,
      metric: announce.metric('IteratorAge', { statistic: 'Maximum', period: ONE_MINUTE }),
      threshold: STREAM_AGE_MS_MAX,
      raisedWhen: 'above',
      periodCount: 3,
      whenMissing: 'healthy',
    },
  ];
}

/**
 * One alarm for each metric instead of one for their sum: a metric appears with its first event, so a sum has to fill
 * missing data with zero, and would also fill the last minute, which always arrives late.
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
    whenMissing: 'healthy',
  } as const;
}
