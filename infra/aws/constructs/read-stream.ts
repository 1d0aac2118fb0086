import { Duration } from 'aws-cdk-lib';
import type { TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import { FilterCriteria, FilterRule, type Function as LambdaFunction, StartingPosition } from 'aws-cdk-lib/aws-lambda';
import { SqsDlq } from 'aws-cdk-lib/aws-lambda-event-sources';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { STREAM_RECORD_AGE_SECONDS_MAX } from '#infra/shared/delivery-limits.ts';
import { ANNOUNCED_ROWS } from '#lib/adapters/dynamodb/announced-rows.ts';
import { SORT_KEY } from '#lib/adapters/dynamodb/table-schema.ts';
import { STREAM_DELIVERY } from '#lib/runtime/delivery-rules.ts';

const ANNOUNCED_CHANGES = [
  {
    Keys: { [SORT_KEY]: { S: FilterRule.isEqual(ANNOUNCED_ROWS.sortKey) } },
    NewImage: { [ANNOUNCED_ROWS.movedAttribute]: { S: FilterRule.exists() } },
  },
  { Keys: { [SORT_KEY]: { S: FilterRule.beginsWith(ANNOUNCED_ROWS.sortKeyPrefix) } } },
];

/** Table stream → function: a bad record is found by halves, given up after a bounded time, and kept as a pointer to its place. */
export function readStream(reader: LambdaFunction, table: TableV2, deadLetters: IQueue): void {
  const { tableStreamArn: eventSourceArn } = table;
  if (eventSourceArn === undefined) throw new Error('The table has no stream, so nothing can be announced');
  const mapping = reader.addEventSourceMapping('TableStream', {
    eventSourceArn,
    // From the oldest record there is: what was written while the mapping was made is announced as well.
    startingPosition: StartingPosition.TRIM_HORIZON,
    batchSize: STREAM_DELIVERY.batchSizeMax,
    reportBatchItemFailures: true,
    bisectBatchOnError: true,
    retryAttempts: STREAM_DELIVERY.retryCountMax,
    maxRecordAge: Duration.seconds(STREAM_RECORD_AGE_SECONDS_MAX),
    onFailure: new SqsDlq(deadLetters),
    filters: ANNOUNCED_CHANGES.map((dynamodb) => FilterCriteria.filter({ dynamodb })),
  });
  // AWS refuses a mapping whose role may not read the stream yet.
  table.grantStreamRead(reader).applyBefore(mapping);
}
