import { GetCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createDynamodbNoticeLedger } from '#lib/adapters/dynamodb/dynamodb-notice-ledger.ts';
import { createDynamodbReconciliationLog } from '#lib/adapters/dynamodb/dynamodb-reconciliation-log.ts';
import { StoreUnavailableError } from '#lib/errors/errors.ts';
import type { NoticeLedger } from '#lib/ports/store/notice-ledger.ts';
import { createFakeNoticeLedger } from '#test/contract/notice-ledger-fake.ts';
import type { FakeClock } from '#test/fakes/fake-clock.ts';
import { createFakeClock } from '#test/fakes/fake-clock.ts';
import type { Dynoxide } from '#test/fixtures/dynoxide.ts';
import { startDynoxide } from '#test/fixtures/dynoxide.ts';

const NOW_MS = 1_773_307_380_000;
const KEY = 'position-alert#p1#7';

/** What every ledger has to do, in memory and in the table alike. */
function itIsANoticeLedger(make: (clock: FakeClock) => Promise<NoticeLedger>): void {
  const begin = async () => {
    const clock = createFakeClock(NOW_MS);
    return { clock, ledger: await make(clock) };
  };

  it('gives a notice to one of many who ask at once', async () => {
    const { ledger } = await begin();
    const claims = await Promise.all(Array.from({ length: 8 }, () => ledger.claim(KEY, 5_000)));
    expect(claims.toSorted()).toEqual([...Array.from({ length: 7 }, () => 'busy'), 'claimed']);
  });

  it('remembers what was told, also beyond the lease', async () => {
    const { clock, ledger } = await begin();
    await ledger.claim(KEY, 5_000);
    await ledger.markSent(KEY);
    await ledger.markSent(KEY);
    await clock.advanceBy(60_000);
    expect(await ledger.claim(KEY, 5_000)).toBe('sent');
    expect(await ledger.claim('position-alert#p1#8', 5_000)).toBe('claimed');
  });

  it('lets a claim lapse whose owner died', async () => {
    const { clock, ledger } = await begin();
    await ledger.claim(KEY, 5_000);
    await clock.advanceBy(4_999);
    expect(await ledger.claim(KEY, 5_000)).toBe('busy');
    await clock.advanceBy(1);
    expect(await ledger.claim(KEY, 5_000)).toBe('claimed');
  });

  it('takes a claim back, but never what was told', async () => {
    const { ledger } = await begin();
    await ledger.claim(KEY, 5_000);
    await ledger.release(KEY);
    expect(await ledger.claim(KEY, 5_000)).toBe('claimed');
    await ledger.markSent(KEY);
    await ledger.release(KEY);
    expect(await ledger.claim(KEY, 5_000)).toBe('sent');
    await ledger.release('never-claimed');
  });

  it('tells what was told from what is only claimed or unknown', async () => {
    const { ledger } = await begin();
    expect(await ledger.isSent(KEY)).toBe(false);
    await ledger.claim(KEY, 5_000);
    expect(await ledger.isSent(KEY)).toBe(false);
    await ledger.markSent(KEY);
    expect(await ledger.isSent(KEY)).toBe(true);
  });

  it('remembers a notice that was told without a claim', async () => {
    const { ledger } = await begin();
    await ledger.markSent(KEY);
    expect(await ledger.claim(KEY, 5_000)).toBe('sent');
  });
}

describe('the notice ledger in memory', () => {
  itIsANoticeLedger(async (clock) => createFakeNoticeLedger(clock));
});

describe('the notice ledger in DynamoDB', () => {
  let dynoxide: Dynoxide;
  beforeAll(async () => {
    dynoxide = await startDynoxide();
  });
  afterAll(() => dynoxide.stop());

  itIsANoticeLedger(async (clock) =>
    createDynamodbNoticeLedger({ client: dynoxide.client, clock, tableName: await dynoxide.createTable() }),
  );

  it('writes rows that the table may forget after fifteen days', async () => {
    const tableName = await dynoxide.createTable();
    const ledger = createDynamodbNoticeLedger({ client: dynoxide.client, clock: createFakeClock(NOW_MS), tableName });
    await ledger.claim(KEY, 5_000);
    const { Item } = await dynoxide.client.send(
      new GetCommand({ TableName: tableName, Key: { pk: `NOTICE#${KEY}`, sk: 'SENT' } }),
    );
    expect(Item).toMatchObject({ leaseUntilMs: NOW_MS + 5_000, expiresAtSeconds: NOW_MS / 1_000 + 15 * 86_400 });
  });

  it('says that the store is unavailable when the table does not answer', async () => {
    const ledger = createDynamodbNoticeLedger({
      client: dynoxide.client,
      clock: createFakeClock(NOW_MS),
      tableName: 'no-such-table',
    });
    await expect(ledger.claim(KEY, 5_000)).rejects.toBeInstanceOf(StoreUnavailableError);
    await expect(ledger.markSent(KEY)).rejects.toBeInstanceOf(StoreUnavailableError);
    await expect(ledger.release(KEY)).rejects.toBeInstanceOf(StoreUnavailableError);
  });

  it('remembers what was compared of a wallet and which differences were told, for a quarter', async () => {
    const { client } = dynoxide;
    const tableName = await dynoxide.createTable();
    const log = createDynamodbReconciliationLog({ client, clock: createFakeClock(NOW_MS), tableName });
    expect(await log.findReconciledUntilMs('0xAB')).toBeNull();
    await log.saveReconciledUntilMs('0xAB', NOW_MS);
    await log.saveReconciledUntilMs('0xAB', NOW_MS + 1);
    expect(await log.findReconciledUntilMs('0xab')).toBe(NOW_MS + 1);
    expect(await log.isTold('0xAB', 'cash-moved#0x1')).toBe(false);
    await log.markTold('0xAB', 'cash-moved#0x1');
    await log.markTold('0xAB', 'cash-moved#0x1');
    expect(await log.isTold('0xab', 'cash-moved#0x1')).toBe(true);
    expect(await log.isTold('0xcd', 'cash-moved#0x1')).toBe(false);
    const Key = { pk: 'NOTICE#difference#0xab#cash-moved#0x1', sk: 'TOLD' };
    const { Item } = await client.send(new GetCommand({ TableName: tableName, Key }));
    expect(Item).toMatchObject({ expiresAtSeconds: NOW_MS / 1_000 + 90 * 86_400 });
    const lost = createDynamodbReconciliationLog({
      client,
      clock: createFakeClock(NOW_MS),
      tableName: 'no-such-table',
    });
    await expect(lost.findReconciledUntilMs('0xab')).rejects.toBeInstanceOf(StoreUnavailableError);
    await expect(lost.markTold('0xab', 'x')).rejects.toBeInstanceOf(StoreUnavailableError);
  });
});
