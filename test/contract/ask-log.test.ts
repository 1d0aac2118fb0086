import { GetCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createDynamodbAskLog } from '#lib/adapters/dynamodb/dynamodb-ask-log.ts';
import type { Ask, AskLog, Offer, RemoteAction } from '#lib/ports/store/ask-log.ts';
import { createMemoryAskLog } from '#test/fakes/memory-ask-log.ts';
import { type Dynoxide, startDynoxide } from '#test/fixtures/dynoxide.ts';

const AT_MS = 1_773_307_380_000;
const anAsk = (askId: string, action: RemoteAction = { kind: 'exit-all' }): Ask => ({
  askId,
  action,
  asker: { userId: '1', name: 'alice' },
  atMs: AT_MS,
});
const OFFER: Offer = { action: { kind: 'exit', positionId: 'p1' }, atMs: AT_MS, untilMs: AT_MS + 60_000 };

/** What every log has to do, in memory and in the table alike. */
function itIsAnAskLog(make: () => Promise<AskLog>): void {
  it('takes an ask once, and shows the first to all later ones', async () => {
    const log = await make();
    const claims = await Promise.all(Array.from({ length: 5 }, () => log.claim(anAsk('a1'))));
    expect(claims.filter((claim) => claim === 'new')).toHaveLength(1);
    expect(await log.claim(anAsk('a1'))).toEqual({ ...anAsk('a1'), offer: null, takenBy: null, answer: null });
    expect(await log.find('none')).toBeUndefined();
  });

  it('keeps the first answer, and its offer', async () => {
    const log = await make();
    await log.claim(anAsk('a2'));
    expect(await log.saveAnswer('a2', 'first', OFFER)).toBe('first');
    expect(await log.saveAnswer('a2', 'second', null)).toBe('first');
    expect(await log.find('a2')).toMatchObject({ answer: 'first', offer: OFFER });
  });

  it('gives an offer to its first taker, also when it asks again', async () => {
    const log = await make();
    await log.claim(anAsk('a3'));
    expect(await log.takeOffer('a3', 'b1')).toBe('taken');
    expect(await log.takeOffer('a3', 'b1')).toBe('taken');
    expect(await log.takeOffer('a3', 'b2')).toBe('taken-before');
    expect(await log.takeOffer('none', 'b1')).toBe('taken-before');
  });

  it.each<RemoteAction>([
    { kind: 'positions' },
    { kind: 'exit', target: 'p1' },
    { kind: 'hold', target: 'p1' },
    { kind: 'halt', mode: null, reason: null },
    { kind: 'halt', mode: 'live', reason: 'bad day' },
    { kind: 'confirm', askId: 'a' },
    { kind: 'cancel', askId: 'a' },
  ])('reads %j as it was written', async (action) => {
    const log = await make();
    const askId = JSON.stringify(action);
    await log.claim(anAsk(askId, action));
    expect((await log.find(askId))?.action).toEqual(action);
  });
}

describe('the log of asks in memory', () => itIsAnAskLog(async () => createMemoryAskLog()));

describe('the log of asks in the table', () => {
  let dynoxide: Dynoxide;
  beforeAll(async () => {
    dynoxide = await startDynoxide();
  });
  afterAll(() => dynoxide.stop());

  itIsAnAskLog(async () => createDynamodbAskLog({ client: dynoxide.client, tableName: await dynoxide.createTable() }));

  it('forgets an ask after a day', async () => {
    const tableName = await dynoxide.createTable();
    await createDynamodbAskLog({ client: dynoxide.client, tableName }).claim(anAsk('a4'));
    const { Item } = await dynoxide.client.send(
      new GetCommand({ TableName: tableName, Key: { pk: 'ASK#a4', sk: '-' } }),
    );
    expect(Item?.expiresAtSeconds).toBe(AT_MS / 1_000 + 86_400);
  });
});
