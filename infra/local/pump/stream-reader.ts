import {
  type _Record,
  DescribeStreamCommand,
  type DynamoDBStreamsClient,
  GetRecordsCommand,
  type GetRecordsCommandOutput,
  GetShardIteratorCommand,
} from '@aws-sdk/client-dynamodb-streams';
import type { AttributeValue, DynamoDBRecord } from 'aws-lambda';
import { UnexpectedReplyError } from '#lib/errors/errors.ts';

export type StreamReader = {
  readonly shardId: string;
  /** Wanted records after `sequenceNumber` (from the beginning without one), oldest first; empty when there are none now. */
  read(afterSequenceNumber: string | undefined): Promise<readonly StreamRecord[]>;
};

/** What a filter looks at. */
export type StreamChange = Pick<NonNullable<_Record['dynamodb']>, 'Keys' | 'NewImage'>;

/** A record with what a checkpoint needs. */
export type StreamRecord = { readonly sequenceNumber: string; readonly record: DynamoDBRecord };

/** As many as AWS gives at a time. */
const RECORD_COUNT_MAX = 1_000;

/**
 * Reads the table's stream. The emulator has one shard for ever, so there is no order of shards to keep. What the mapping's
 * filter keeps out is passed over; a reader that starts anew meets some of it again.
 */
export async function openStreamReader(deps: {
  readonly client: DynamoDBStreamsClient;
  readonly streamArn: string;
  /** The mapping's filter. */
  readonly isWanted: (change: StreamChange) => boolean;
}): Promise<StreamReader> {
  const { StreamDescription } = await deps.client.send(new DescribeStreamCommand({ StreamArn: deps.streamArn }));
  const shardId = StreamDescription?.Shards?.[0]?.ShardId;
  if (shardId === undefined) throw new UnexpectedReplyError('The stream of the table has no shard');
  // The iterator is kept as long as it continues where the caller is.
  let open: { readonly afterSequenceNumber: string | undefined; readonly iterator: string } | undefined;
  return {
    shardId,
    read: async (afterSequenceNumber) => {
      let iterator: string | undefined =
        open !== undefined && open.afterSequenceNumber === afterSequenceNumber
          ? open.iterator
          : await findIterator(deps, shardId, afterSequenceNumber);
      open = undefined;
      let wanted: readonly StreamRecord[] = [];
      let isMore = true;
      while (isMore && wanted.length === 0 && iterator !== undefined) {
        const page: GetRecordsCommandOutput = await deps.client.send(
          new GetRecordsCommand({ ShardIterator: iterator, Limit: RECORD_COUNT_MAX }),
        );
        const records = page.Records ?? [];
        wanted = records
          .filter(({ dynamodb }) => deps.isWanted({ Keys: dynamodb?.Keys, NewImage: dynamodb?.NewImage }))
          .map((record) => toStreamRecord(record, deps.streamArn));
        iterator = page.NextShardIterator;
        isMore = records.length > 0;
      }
      const continuesAfter = wanted.at(-1)?.sequenceNumber ?? afterSequenceNumber;
      if (iterator !== undefined) open = { afterSequenceNumber: continuesAfter, iterator };
      return wanted;
    },
  };
}

async function findIterator(
  deps: { readonly client: DynamoDBStreamsClient; readonly streamArn: string },
  shardId: string,
  afterSequenceNumber: string | undefined,
): Promise<string> {
  const { ShardIterator } = await deps.client.send(
    new GetShardIteratorCommand({
      StreamArn: deps.streamArn,
      ShardId: shardId,
      ...(afterSequenceNumber === undefined
        ? { ShardIteratorType: 'TRIM_HORIZON' }
        : { ShardIteratorType: 'AFTER_SEQUENCE_NUMBER', SequenceNumber: afterSequenceNumber }),
    }),
  );
  if (ShardIterator === undefined) throw new UnexpectedReplyError('The stream of the table gave no iterator');
  return ShardIterator;
}

function toStreamRecord(record: _Record, streamArn: string): StreamRecord {
  const change = record.dynamodb ?? {};
  const sequenceNumber = change.SequenceNumber ?? '';
  return {
    sequenceNumber,
    record: {
      eventID: record.eventID,
      eventName: record.eventName,
      eventVersion: record.eventVersion,
      eventSource: record.eventSource,
      awsRegion: record.awsRegion,
      eventSourceARN: streamArn,
      dynamodb: {
        ApproximateCreationDateTime: Math.floor((change.ApproximateCreationDateTime?.getTime() ?? 0) / 1_000),
        Keys: toImage(change.Keys),
        NewImage: toImage(change.NewImage),
        OldImage: toImage(change.OldImage),
        SequenceNumber: sequenceNumber,
        SizeBytes: change.SizeBytes,
        StreamViewType: change.StreamViewType,
      },
    },
  };
}

/** An image as Lambda writes it: the same attribute values, as plain JSON. The table holds no binary attribute. */
function toImage(image: object | undefined): Record<string, AttributeValue> | undefined {
  return image === undefined ? undefined : JSON.parse(JSON.stringify(image));
}
