import {
  type _Record,
  type DynamoDBStreamsClient,
  GetRecordsCommand,
  type GetRecordsCommandOutput,
  GetShardIteratorCommand,
  ResourceNotFoundException,
  TrimmedDataAccessException,
} from '@aws-sdk/client-dynamodb-streams';
import type { AttributeValue } from 'aws-lambda';
import { UpstreamUnavailableError } from '#lib/errors/errors.ts';
import type { StreamBatch, TableChange, TableChanges } from '#lib/ports/dead-letters.ts';
import { isAnnounced } from './announced-rows.ts';
import { parseStreamImage } from './positions/stream-image.ts';

/** More than Lambda's largest batch of this stream, with what the mapping's filter leaves out in between. */
const RECORD_COUNT_MAX = 1_000;
const PAGE_COUNT_MAX = 20;

/** Reads a batch of the table's stream again. A stream keeps its records for 24 hours. */
export function createDynamodbTableChanges({ client }: { readonly client: DynamoDBStreamsClient }): TableChanges {
  return {
    read: async (batch) => {
      let records: readonly _Record[];
      try {
        records = await readRecords(client, batch);
      } catch (cause) {
        if (cause instanceof TrimmedDataAccessException || cause instanceof ResourceNotFoundException) {
          return { outcome: 'gone' };
        }
        const reason = cause instanceof Error ? cause.name : typeof cause;
        throw new UpstreamUnavailableError("The table's stream did not answer", { reason }, { cause });
      }
      const first = records[0]?.dynamodb?.SequenceNumber;
      if (first === undefined || BigInt(first) !== BigInt(batch.firstSequenceNumber)) return { outcome: 'gone' };
      return { outcome: 'read', changes: records.flatMap(toChange) };
    },
  };
}

/** From the first of the batch to its last, both included. */
async function readRecords(client: DynamoDBStreamsClient, batch: StreamBatch): Promise<readonly _Record[]> {
  const { streamArn: StreamArn, shardId: ShardId, firstSequenceNumber: SequenceNumber } = batch;
  const start = { StreamArn, ShardId, ShardIteratorType: 'AT_SEQUENCE_NUMBER', SequenceNumber } as const;
  let { ShardIterator: iterator } = await client.send(new GetShardIteratorCommand(start));
  const records: _Record[] = [];
  const last = BigInt(batch.lastSequenceNumber);
  for (let page = 0; page < PAGE_COUNT_MAX && iterator !== undefined; page += 1) {
    const { Records = [], NextShardIterator }: GetRecordsCommandOutput = await client.send(
      new GetRecordsCommand({ ShardIterator: iterator, Limit: RECORD_COUNT_MAX }),
    );
    records.push(...Records.filter((record) => sequenceOf(record) <= last));
    if (Records.some((record) => sequenceOf(record) >= last)) return records;
    iterator = NextShardIterator;
  }
  return records;
}

const sequenceOf = ({ dynamodb }: _Record): bigint => BigInt(dynamodb?.SequenceNumber ?? 0);

/** @throws CorruptRowError */
function toChange({ dynamodb }: _Record): readonly TableChange[] {
  const change = { Keys: toImage(dynamodb?.Keys), NewImage: toImage(dynamodb?.NewImage) };
  if (!isAnnounced(change)) return [];
  const image = parseStreamImage({ dynamodb: { ...change, OldImage: toImage(dynamodb?.OldImage) } });
  return image.kind === 'other' ? [] : [image];
}

/** Attribute values as plain JSON, as in Lambda's events. The table has no binary attributes. */
function toImage(image: object | undefined): Record<string, AttributeValue> | undefined {
  return image === undefined ? undefined : JSON.parse(JSON.stringify(image));
}
