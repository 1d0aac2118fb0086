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
  /** Wanted records after the sequence number, or from the beginning, oldest first. */
  read(afterSequenceNumber: string | undefined): Promise<readonly StreamRecord[]>;
};

export type StreamChange = Pick<NonNullable<_Record['dynamodb']>, 'Keys' | 'NewImage'>;

export type StreamRecord = { readonly sequenceNumber: string; readonly record: DynamoDBRecord };

/** AWS's maximum. */
const RECORD_COUNT_MAX = 1_000;

/** Reads the table's stream, which has a single shard in the emulator. */
export async function openStreamReader(deps: {
  readonly client: DynamoDBStreamsClient;
  readonly streamArn: string;
  /** The mapping's filter. */
  readonly isWanted: (change: StreamChange) => boolean;
}): Promise<StreamReader> {
  const { StreamDescription } = await deps.client.send(new DescribeStreamCommand({ StreamArn: deps.streamArn }));
  const shardId = StreamDescription?.Shards?.[0]?.ShardId;
  if (shardId === undefined) throw new UnexpectedReplyError('The table stream has no shard');
  // Reused while the caller continues from the same record.
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
  if (ShardIterator === undefined) throw new UnexpectedReplyError('The table stream returned no iterator');
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

/** Attribute values as plain JSON, as in Lambda's events. The table has no binary attributes. */
function toImage(image: object | undefined): Record<string, AttributeValue> | undefined {
  return image === undefined ? undefined : JSON.parse(JSON.stringify(image));
}
