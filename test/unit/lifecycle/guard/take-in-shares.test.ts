import { describe, expect, it } from 'vitest';
import type { OpenPosition } from '#lib/domain/position/position.ts';
import type { WalletHoldings } from '#lib/domain/position/wallet-holdings.ts';
import { InvariantError, UnexpectedReplyError, UpstreamUnavailableError } from '#lib/errors/errors.ts';
import { findCostOfFound, takeInShares } from '#lib/lifecycle/guard/take-in-shares.ts';
import type { PositionChange } from '#lib/ports/store/position-store.ts';
import type { SharesReading, ShareTransfer, WalletReadings } from '#lib/ports/wallet/wallet-readings.ts';
import { aPosition, type PositionIn } from '#test/factories/a-position.ts';
import { aBuyTrade, aSellTrade } from '#test/factories/a-trade.ts';
import { createFakeClock } from '#test/fakes/fake-clock.ts';
import { createScriptedExchange } from '#test/fakes/scripted-exchange.ts';

const FOUND = { sharesMicros: 40_000_000n, costMicros: 20_000_000n, blockNumber: 100n };
const guarded = (overrides: Partial<PositionIn<'holding'>> = {}) =>
  aPosition({ ...{ state: 'holding', origin: 'guard', mode: 'live', trades: [], found: FOUND }, ...overrides });
const { found: _found, ...awaiting } = guarded();
const { openedAtMs: OPENED_AT_MS } = awaiting;
const NOW_MS = OPENED_AT_MS + 90_000;
const UNTIL_MS = NOW_MS + 4_000;

type World = {
  readonly reading?: Partial<SharesReading> | Error;
  readonly transfers?: readonly ShareTransfer[] | Error;
  readonly costMicros?: bigint | null | Error;
  readonly newest?: WalletHoldings | Error;
};

/** What a look saved, or null, and what it asked for. */
async function lookAt(position: OpenPosition, world: World, isReadable = true) {
  const { reading = {}, transfers = [], costMicros = null } = world;
  const { newest = { sharesMicros: 0n, otherSharesMicros: 0n, approved: true } } = world;
  const changes: PositionChange[] = [];
  const asked: unknown[] = [];
  const orThrow = <Value>(value: Value | Error): Value => {
    if (value instanceof Error) throw value;
    return value;
  };
  const shares = { blockNumber: 110n, blockAtMs: NOW_MS - 5_000, sharesMicros: 40_000_000n, otherSharesMicros: 3n };
  const readings: WalletReadings = {
    readShares: async () => ({ ...shares, ...orThrow(reading) }),
    findCost: async (_terms, sharesMicros) => {
      asked.push(['cost', sharesMicros]);
      return orThrow(costMicros);
    },
    listTransfers: async (_terms, span) => {
      asked.push(['transfers', span]);
      return orThrow(transfers);
    },
  };
  const clock = createFakeClock(NOW_MS);
  const getHoldings = async () => {
    asked.push(['newest']);
    return orThrow(newest);
  };
  const wallet = { getHoldings, getCash: async () => 0n, listCashMovements: async () => [], approveShares: null };
  const account = {
    ...{ address: position.wallet, exchange: createScriptedExchange(clock), wallet },
    ...(isReadable && { readings }),
  };
  const store = {
    save: async (change: PositionChange) => void changes.push(change),
    find: async () => position,
  };
  const after = await takeInShares({ store, clock, account }, position, UNTIL_MS);
  const [change] = changes;
  return { after, event: change?.event ?? null, evidence: change?.evidence, asked };
}

const moved = (sharesMicros: bigint, blockNumber: bigint, cashMicros: bigint | null = null): ShareTransfer => ({
  ...{ transactionHash: `0x${blockNumber}`, blockNumber, sharesMicros, cashMicros },
});
const unchanged = (position: OpenPosition) => ({ after: position, event: null });
const away = new UpstreamUnavailableError('Away');

describe('a look at the wallet of a guarded position', () => {
  it('writes nothing where the wallet holds what the record says', async () => {
    const position = guarded();
    expect(await lookAt(position, {})).toMatchObject({ ...unchanged(position), asked: [] });
  });

  it('does not read where the position takes nothing in, or nothing can be read', async () => {
    const bought = aPosition({ state: 'holding' });
    expect(await lookAt(bought, { reading: new InvariantError('Read') })).toMatchObject(unchanged(bought));
    const position = guarded();
    expect(await lookAt(position, {}, false)).toMatchObject(unchanged(position));
  });

  it.each([away, new UnexpectedReplyError('Odd')])('changes nothing where the node answers %o', async (failure) => {
    const position = guarded();
    expect(await lookAt(position, { reading: failure })).toMatchObject(unchanged(position));
  });

  it('hides no bug', async () => {
    await expect(lookAt(guarded(), { reading: new InvariantError('A bug') })).rejects.toBeInstanceOf(InvariantError);
  });

  it('takes in shares that came, with the cost of all and what was read', async () => {
    const reading = { sharesMicros: 50_000_000n };
    const { event, evidence, asked } = await lookAt(guarded(), { reading, costMicros: 26_000_000n });
    const found = { sharesMicros: 50_000_000n, costMicros: 26_000_000n, blockNumber: 110n };
    expect(event).toEqual({ type: 'shares-found', atMs: NOW_MS, found });
    expect(evidence).toEqual({ chainSharesMicros: '50000000', chainOtherSharesMicros: '3' });
    expect(asked).toEqual([['cost', 50_000_000n]]);
  });

  it('learns a cost that was not known, and writes nothing while it is not', async () => {
    const position = guarded({ found: { ...FOUND, costMicros: null } });
    expect(await lookAt(position, {})).toMatchObject(unchanged(position));
    expect(await lookAt(position, { costMicros: away })).toMatchObject(unchanged(position));
    const found = { sharesMicros: 40_000_000n, costMicros: 21_000_000n, blockNumber: 110n };
    expect((await lookAt(position, { costMicros: 21_000_000n })).event).toMatchObject({ type: 'shares-found', found });
  });

  it('notes after an hour that the wallet still holds the same, so that losses are explained from there on', async () => {
    const { event } = await lookAt(guarded(), { reading: { blockNumber: 100_000n } });
    expect(event).toMatchObject({ type: 'shares-found', found: { ...FOUND, blockNumber: 100_000n } });
  });
});

describe('once the position has sold, shares that came count', () => {
  const sold = guarded({ trades: [aSellTrade({ sharesMicros: 10_000_000n, matchedAtMs: OPENED_AT_MS + 1_000 })] });
  const reading = { sharesMicros: 35_000_000n };

  it.each<[string, readonly ShareTransfer[] | Error, boolean]>([
    ['where a transaction brought them', [moved(5_000_000n, 105n)], true],
    ['not where none did', [], false],
    ['not where fewer came', [moved(4_999_999n, 105n)], false],
    ['not by a transaction that the record counted', [moved(5_000_000n, 100n)], false],
    ['not by one after the block', [moved(5_000_000n, 111n)], false],
    ['by one in the block itself', [moved(5_000_000n, 110n)], true],
    ['not where the transactions cannot be read', away, false],
  ])('%s', async (_when, transfers, isTaken) => {
    const { event, asked } = await lookAt(sold, { reading, transfers });
    const found = { sharesMicros: 45_000_000n, costMicros: null, blockNumber: 110n };
    expect(event).toEqual(isTaken ? { type: 'shares-found', atMs: NOW_MS, found } : null);
    expect(asked).toEqual([['transfers', { afterBlock: 100n, toBlock: 110n }]]);
  });
});

describe('shares that left are booked', () => {
  const gone = moved(-10_000_000n, 105n, 6_000_000n);
  const left = [{ transactionHash: '0x105', sharesMicros: 10_000_000n, cashMicros: 6_000_000n }];

  it('with the transaction that took them, and the cost stays', async () => {
    const { event, evidence } = await lookAt(guarded(), { reading: { sharesMicros: 30_000_000n }, transfers: [gone] });
    const found = { ...FOUND, blockNumber: 110n };
    expect(event).toEqual({ type: 'shares-left', atMs: NOW_MS, left, found });
    expect(evidence).toEqual({ chainSharesMicros: '30000000' });
  });

  it('with what came in between, at an unknown cost', async () => {
    const transfers = [moved(4_000_000n, 104n), gone];
    const { event } = await lookAt(guarded(), { reading: { sharesMicros: 34_000_000n }, transfers });
    const found = { sharesMicros: 44_000_000n, costMicros: null, blockNumber: 110n };
    expect(event).toEqual({ type: 'shares-left', atMs: NOW_MS, left, found });
  });

  it.each<[string, readonly ShareTransfer[] | Error]>([
    ['no transaction explains it', []],
    ['the transaction was counted before', [{ ...gone, blockNumber: 100n }]],
    ['the transaction comes after the block', [{ ...gone, blockNumber: 111n }]],
    ['the transactions cannot be read', away],
  ])('not where %s', async (_when, transfers) => {
    const position = guarded();
    const looked = await lookAt(position, { reading: { sharesMicros: 30_000_000n }, transfers });
    expect(looked).toMatchObject(unchanged(position));
  });
});

describe('a position that waits for its first shares', () => {
  const proven = { sharesMicros: 0n, blockAtMs: OPENED_AT_MS + 60_000 };

  it('notes each look, without a proof where nothing can be read', async () => {
    const nothing = { type: 'nothing-found', atMs: NOW_MS, blockNumber: null };
    expect((await lookAt(awaiting, { reading: away })).event).toEqual(nothing);
    expect((await lookAt(awaiting, {}, false)).event).toEqual(nothing);
  });

  it.each<[string, World, bigint | null]>([
    ['a block a minute after the guard', { reading: proven }, 110n],
    ['no older one', { reading: { ...proven, blockAtMs: OPENED_AT_MS + 59_999 } }, null],
    ['none where the newest shows a hundredth', { reading: proven, newest: holding(10_000n) }, null],
    ['one where the newest shows dust', { reading: proven, newest: holding(9_999n) }, 110n],
    ['one where the newest cannot be read', { reading: proven, newest: away }, 110n],
  ])('takes as proof that nothing came: %s', async (_what, world, blockNumber) => {
    expect((await lookAt(awaiting, world)).event).toEqual({ type: 'nothing-found', atMs: NOW_MS, blockNumber });
  });

  it('takes them in when they come', async () => {
    const found = { sharesMicros: 40_000_000n, costMicros: 20_000_000n, blockNumber: 110n };
    expect((await lookAt(awaiting, { costMicros: 20_000_000n })).event).toMatchObject({ type: 'shares-found', found });
  });
});

function holding(sharesMicros: bigint): WalletHoldings {
  return { sharesMicros, otherSharesMicros: 0n, approved: true };
}

describe('what found shares cost beside bought ones', () => {
  const bought = aPosition({
    ...{ state: 'holding' },
    trades: [aBuyTrade({ sharesMicros: 36_000_000n, valueMicros: 23_400_000n, feesMicros: 600_000n })],
  });
  const costOf = async (costMicros: bigint | null) => {
    const asked: bigint[] = [];
    const findCost: WalletReadings['findCost'] = async (_terms, sharesMicros) => {
      asked.push(sharesMicros);
      return costMicros;
    };
    const restMicros = await findCostOfFound({ findCost }, bought, 4_000_000n, UNTIL_MS);
    expect(asked).toEqual([40_000_000n]);
    return restMicros;
  };

  it.each([
    ['the rest of what was paid for all', 26_000_000n, 2_000_000n],
    ['nothing, where they were a gift', 24_000_000n, 0n],
    ['unknown, where the index counts less than the buys cost', 23_999_999n, null],
    ['unknown, where the index does not know', null, null],
  ])('is %s', async (_what, costMicros, expected) => {
    expect(await costOf(costMicros)).toBe(expected);
  });
});
