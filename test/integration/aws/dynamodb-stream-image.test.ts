import {
  DescribeStreamCommand,
  DynamoDBStreamsClient,
  GetRecordsCommand,
  GetShardIteratorCommand,
  ListStreamsCommand,
} from '@aws-sdk/client-dynamodb-streams';
import { DeleteCommand } from '@aws-sdk/lib-dynamodb';
import type { DynamoDBRecord } from 'aws-lambda';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isAnnounced } from '#lib/adapters/dynamodb/announced-rows.ts';
import { createDynamodbPositionStore } from '#lib/adapters/dynamodb/positions/dynamodb-position-store.ts';
import { parseStreamImage } from '#lib/adapters/dynamodb/positions/stream-image.ts';
import { stateKey } from '#lib/adapters/dynamodb/table-schema.ts';
import { DEFAULT_RISK_LIMITS } from '#lib/domain/position/risk-limits.ts';
import { CorruptRowError } from '#lib/errors/errors.ts';
import { aPosition } from '#test/factories/a-position.ts';
import { anAlert } from '#test/factories/an-alert.ts';
import { anAttempt } from '#test/factories/an-attempt.ts';
import { anEvent } from '#test/factories/an-event.ts';
import { countingIds } from '#test/fixtures/counting-ids.ts';
import { type Dynoxide, LOCAL_AWS, startDynoxide } from '#test/fixtures/dynoxide.ts';

let dynoxide: Dynoxide;

beforeAll(async () => {
  dynoxide = await startDynoxide();
});

afterAll(async () => {
  await dynoxide.stop();
});

/** Every record of the table's stream so far. The emulator keeps them all in one shard. */
async function readStream(tableName: string): Promise<readonly DynamoDBRecord[]> {
  const client = new DynamoDBStreamsClient({ ...LOCAL_AWS, endpoint: dynoxide.endpoint });
  const { Streams } = await client.send(new ListStreamsCommand({ TableName: tableName }));
  const StreamArn = Streams?.[0]?.StreamArn;
  const { StreamDescription } = await client.send(new DescribeStreamCommand({ StreamArn }));
  const ShardId = StreamDescription?.Shards?.[0]?.ShardId;
  const iterator = new GetShardIteratorCommand({ StreamArn, ShardId, ShardIteratorType: 'TRIM_HORIZON' });
  const { ShardIterator } = await client.send(iterator);
  const { Records } = await client.send(new GetRecordsCommand({ ShardIterator }));
  client.destroy();
  return (Records ?? []) as readonly DynamoDBRecord[];
}

describe('parseStreamImage', () => {
  it("tells the table's own stream apart: what moved, what is to be announced, and the rest", async () => {
    const tableName = await dynoxide.createTable();
    const { client } = dynoxide;
    const store = createDynamodbPositionStore({ client, tableName, stage: 'test', ids: countingIds() });
    const opening = aPosition({ state: 'buying' });
    const buying = aPosition({ state: 'buying', version: 2 });
    const closed = aPosition({ state: 'exited', version: 3 });
    const alert = anAlert({ version: 3 });
    await store.create(opening, DEFAULT_RISK_LIMITS);
    const event = anEvent({ type: 'look-up-failed' });
    await store.save({ before: opening, after: buying, event, endedAttempts: [], alert: null, evidence: {} });
    await store.save({
      before: buying,
      after: closed,
      event: anEvent({ type: 'deadline-reached' }),
      endedAttempts: [anAttempt()],
      alert,
      evidence: {},
    });
    await client.send(new DeleteCommand({ TableName: tableName, Key: { ...stateKey('position-1') } }));

    const acting = { atMs: 7, by: 'alice', reason: null };
    await store.tighten('live', { budgetMicrosMax: 5_000_000n }, acting);
    const tightened = { action: 'tighten-limits', mode: 'live', ...acting, limits: { budgetMicrosMax: '5000000' } };

    const records = await readStream(tableName);
    const images = records.map(parseStreamImage);
    const isNews = ({ dynamodb }: DynamoDBRecord) =>
      isAnnounced({ Keys: dynamodb?.Keys, NewImage: dynamodb?.NewImage });
    // What the filter keeps out of the function is what the function would have passed over.
    expect(records.map(isNews)).toEqual(images.map(({ kind }) => kind !== 'other'));
    expect(images.filter(({ kind }) => kind !== 'other')).toEqual(
      expect.arrayContaining([
        { kind: 'state', before: null, after: opening },
        { kind: 'state', before: buying, after: closed },
        { kind: 'alert', alert },
        { kind: 'action', action: { actionId: expect.any(String), ...tightened } },
      ]),
    );
    expect(images.filter(({ kind }) => kind !== 'other')).toHaveLength(4);
    // Market lock, request, two lines of the timeline, attempt, counters twice, lock and row removed.
    expect(images.filter(({ kind }) => kind === 'other').length).toBeGreaterThanOrEqual(8);
  });

  it('throws for a state image that is no position', () => {
    const NewImage = { pk: { S: 'POSITION#position-1' }, sk: { S: 'STATE' }, state: { S: 'holding' } };
    expect(() => parseStreamImage({ dynamodb: { NewImage } })).toThrow(CorruptRowError);
  });

  it('throws for an alert image that is no alert', () => {
    const NewImage = { pk: { S: 'POSITION#position-1' }, sk: { S: 'ALERT#000002' }, kind: { SS: ['forced-exit'] } };
    expect(() => parseStreamImage({ dynamodb: { NewImage } })).toThrow(CorruptRowError);
  });

  it('announces an alert when it is written, not when somebody touches its row', () => {
    const image = { pk: { S: 'POSITION#position-1' }, sk: { S: 'ALERT#000002' } };
    expect(parseStreamImage({ dynamodb: { OldImage: image, NewImage: image } })).toEqual({ kind: 'other' });
  });

  it('skips records without images', () => {
    expect(parseStreamImage({})).toEqual({ kind: 'other' });
    expect(parseStreamImage({ dynamodb: {} })).toEqual({ kind: 'other' });
  });
});
