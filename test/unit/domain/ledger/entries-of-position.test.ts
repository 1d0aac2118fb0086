import { describe, expect, it } from 'vitest';
import { bookingsOf, isMissing, isOfOthers, isProvisional } from '#lib/domain/ledger/booking.ts';
import { entriesOfPosition } from '#lib/domain/ledger/entries-of-position.ts';
import type { LedgerEntry } from '#lib/domain/ledger/ledger-entry.ts';
import { WINDOW_STARTS_AT_MS } from '#test/factories/a-market.ts';
import { aPosition } from '#test/factories/a-position.ts';
import { aBuyTrade, aHedgeTrade, aSellTrade } from '#test/factories/a-trade.ts';
import { aLiveAttempt } from '#test/factories/an-attempt.ts';
import { anIntent, HEDGE_ORDER_HASH, SELL_ORDER_HASH } from '#test/factories/an-intent.ts';

const BOUGHT_AT_MS = WINDOW_STARTS_AT_MS + 31_000;
const SOLD_AT_MS = WINDOW_STARTS_AT_MS + 180_000;
const { tokenId, otherTokenId, conditionId, exitAtMs } = aPosition({ state: 'exited' });
const hedge = { orderHash: HEDGE_ORDER_HASH, costMicrosMax: 20_000_000n };

/** An entry of position-1 that moved nothing, but for what is given. */
const entryOf = (moved: Partial<LedgerEntry> & Pick<LedgerEntry, 'kind' | 'atMs' | 'reference'>): LedgerEntry => ({
  ...{ positionId: 'position-1', conditionId, tokenId, transactionHash: null, isProvisional: false },
  ...{ cashMicros: 0n, sharesMicros: 0n, gasWei: 0n },
  ...moved,
});

describe('the entries of a position', () => {
  it('are its fills with their fees, oldest first', () => {
    const trades = [aSellTrade({ feeDriftMicros: 0n }), aBuyTrade({ feeDriftMicros: 0n })];
    const bought = { atMs: BOUGHT_AT_MS, reference: 'trade-1' };
    const sold = { atMs: SOLD_AT_MS, reference: 'trade-2' };
    expect(entriesOfPosition(aPosition({ state: 'exited', trades }))).toEqual([
      entryOf({ ...bought, kind: 'buy', cashMicros: -23_400_000n, sharesMicros: 36_000_000n }),
      entryOf({ ...bought, kind: 'fee', cashMicros: -573_300n }),
      entryOf({ ...sold, kind: 'sell', cashMicros: 21_600_000n, sharesMicros: -36_000_000n }),
      entryOf({ ...sold, kind: 'fee', cashMicros: -604_800n }),
    ]);
  });

  it.each([
    ['confirmed', 0n, false, false],
    ['confirmed', null, false, true],
    ['provisional', 0n, true, true],
    ['provisional', null, true, true],
  ] as const)(
    'of a %s trade with a fee drift of %s are provisional: %s, its fee: %s',
    (status, feeDriftMicros, ...is) => {
      const position = aPosition({ state: 'holding', trades: [aBuyTrade({ status, feeDriftMicros })] });
      expect(entriesOfPosition(position).map((entry) => entry.isProvisional)).toEqual(is);
      expect(bookingsOf(position).map(isProvisional)).toEqual([is[0]]);
    },
  );

  it.each([
    [{ sharesMicros: 0n, valueMicros: 0n, feesMicros: 0n }, []],
    [{ sharesMicros: 1n, valueMicros: 0n, feesMicros: 0n }, ['buy']],
    [{ sharesMicros: 0n, valueMicros: 1n, feesMicros: 0n }, ['buy']],
    [{ sharesMicros: 0n, valueMicros: 0n, feesMicros: 1n }, ['buy', 'fee']],
  ])('leave out a fill of nothing, and keep %o', (amounts, kinds) => {
    const position = aPosition({ state: 'holding', trades: [aBuyTrade(amounts)] });
    expect(entriesOfPosition(position).map(({ kind }) => kind)).toEqual(kinds);
  });

  it('are what an answer reported while no trade is shown, and are not final', () => {
    const reported = { sharesMicros: 36_000_000n, valueMicros: 21_600_000n, feesMicros: 604_800n };
    const phase = { phase: 'matched', reported } as const;
    const trades = [aBuyTrade({ feeDriftMicros: 0n, feesMicros: 0n })];
    const position = aPosition({ state: 'exiting', trades, attempts: [aLiveAttempt({ intent: anIntent(), phase })] });
    const sold = { atMs: SOLD_AT_MS, reference: SELL_ORDER_HASH, isProvisional: true };
    expect(entriesOfPosition(position).slice(1)).toEqual([
      entryOf({ ...sold, kind: 'sell', cashMicros: 21_600_000n, sharesMicros: -36_000_000n }),
      entryOf({ ...sold, kind: 'fee', cashMicros: -604_800n }),
    ]);
  });

  it('have the token of the other outcome where a hedge bought it', () => {
    const position = aPosition({ state: 'worthless', hedge, trades: [aBuyTrade(), aHedgeTrade()] });
    expect(entriesOfPosition(position).map((entry) => [entry.kind, entry.tokenId])).toEqual([
      ['buy', tokenId],
      ['fee', tokenId],
      ['buy', otherTokenId],
      ['fee', otherTokenId],
    ]);
  });

  it.each([
    [12_000_000n, -12_000_000n],
    [null, 0n],
  ])('are the shares that others bought for %s', (costMicros, cashMicros) => {
    const found = { sharesMicros: 36_000_000n, costMicros, blockNumber: 6_000n };
    const position = aPosition({ state: 'worthless', origin: 'guard', found, trades: [] });
    const reference = 'position-1#found';
    expect(entriesOfPosition(position)).toEqual([
      entryOf({ kind: 'shares-in', atMs: position.openedAtMs, reference, cashMicros, sharesMicros: 36_000_000n }),
    ]);
    expect(bookingsOf(position).map(isOfOthers)).toEqual([true]);
  });

  it('are the shares that others took, by their transaction where it is named', () => {
    const found = { sharesMicros: 36_000_000n, costMicros: null, blockNumber: 6_000n };
    const left = [{ transactionHash: '0xaa', sharesMicros: 26_000_000n, cashMicros: 3_000_000n }];
    const leftEarlier = [{ transactionCount: 2, sharesMicros: 10_000_000n, cashMicros: null }];
    const position = aPosition({ state: 'exited', origin: 'guard', found, left, leftEarlier, trades: [] });
    const atMs = exitAtMs;
    const named = { reference: '0xaa', transactionHash: '0xaa', cashMicros: 3_000_000n, sharesMicros: -26_000_000n };
    expect(entriesOfPosition(position).slice(1)).toEqual([
      entryOf({ kind: 'shares-out', atMs, reference: 'position-1#left', sharesMicros: -10_000_000n }),
      entryOf({ kind: 'shares-out', atMs, ...named }),
    ]);
  });

  it('are shares that are missing, and none where none are', () => {
    const trades = [aBuyTrade({ feesMicros: 0n })];
    const missingOf = (shortfallMicros: bigint) =>
      entriesOfPosition(aPosition({ state: 'worthless', trades, shortfallMicros })).slice(1);
    const { exitAtMs: atMs } = aPosition({ state: 'worthless' });
    expect(missingOf(0n)).toEqual([]);
    expect(missingOf(1n)).toEqual([entryOf({ kind: 'missing', atMs, reference: 'position-1', sharesMicros: -1n })]);
  });

  it.each([
    [null, []],
    [0n, []],
    [30_000n, [-30_000n]],
  ])('are both outcomes and the gas of a merge that cost %s', (gasWei, paid) => {
    const merges = [{ transactionHash: '0xcc', cashMicros: 10_000_000n, gasWei }];
    const trades = [aBuyTrade({ feesMicros: 0n }), aHedgeTrade({ feesMicros: 0n })];
    const position = aPosition({ state: 'worthless', hedge, trades, merges });
    const by = { atMs: position.exitAtMs, reference: '0xcc', transactionHash: '0xcc' };
    expect(entriesOfPosition(position).filter((entry) => entry.reference === '0xcc')).toEqual([
      entryOf({ ...by, kind: 'merge', cashMicros: 10_000_000n, sharesMicros: -10_000_000n }),
      entryOf({ ...by, kind: 'merge', tokenId: otherTokenId, sharesMicros: -10_000_000n }),
      ...paid.map((wei) => entryOf({ ...by, kind: 'gas', tokenId: null, gasWei: wei })),
    ]);
  });

  it('before the exit have its due time where the row names no other', () => {
    const merges = [{ transactionHash: '0xcc', cashMicros: 1n, gasWei: null }];
    const position = aPosition({ state: 'holding', hedge, trades: [aBuyTrade(), aHedgeTrade()], merges });
    expect(entriesOfPosition(position).find(({ kind }) => kind === 'merge')?.atMs).toBe(position.exitDueAtMs);
  });

  it('are the redemption of what is left, and of version 2 without a payout on the row all of it', () => {
    const redeemedOf = (rest: Partial<ReturnType<typeof aPosition<'redeemed'>>>) =>
      entriesOfPosition(aPosition({ state: 'redeemed', trades: [aBuyTrade({ feesMicros: 0n })], ...rest })).slice(1);
    const { closedAtMs: atMs, transactionHash } = aPosition({ state: 'redeemed' });
    const paid = {
      kind: 'redeem',
      atMs,
      reference: transactionHash,
      transactionHash,
      cashMicros: 36_000_000n,
    } as const;
    expect(redeemedOf({})).toEqual([entryOf({ ...paid, sharesMicros: -36_000_000n })]);
    expect(redeemedOf({ marketVersion: 'v2' })).toEqual([entryOf({ ...paid, sharesMicros: -36_000_000n })]);
    expect(redeemedOf({ gasWei: 0n })).toHaveLength(1);
    expect(redeemedOf({ unredeemed: { own: 6_000_000n, other: 0n } })).toEqual([
      entryOf({ ...paid, sharesMicros: -30_000_000n }),
    ]);
  });
});

describe('the bookings of a position', () => {
  it('are one for each transaction, with the fee in the cash, and the gross while the fee is an estimate', () => {
    const trades = [aBuyTrade(), aSellTrade({ feeDriftMicros: 0n })];
    const bookings = bookingsOf(aPosition({ state: 'exited', trades }));
    expect(bookings.map(({ entries, ...booking }) => ({ ...booking, kinds: entries.map(({ kind }) => kind) }))).toEqual(
      [
        {
          ...{ kinds: ['buy', 'fee'], positionId: 'position-1', atMs: BOUGHT_AT_MS, transactionHash: null },
          ...{ cashMicros: -23_973_300n, grossMicros: -23_400_000n },
          shares: [{ tokenId, sharesMicros: 36_000_000n }],
        },
        {
          ...{ kinds: ['sell', 'fee'], positionId: 'position-1', atMs: SOLD_AT_MS, transactionHash: null },
          ...{ cashMicros: 20_995_200n, grossMicros: null },
          shares: [{ tokenId, sharesMicros: -36_000_000n }],
        },
      ],
    );
    for (const is of [isMissing, isOfOthers, isProvisional]) expect(bookings.map(is)).toEqual([false, false]);
  });

  it.each([
    ['confirmed', null],
    ['provisional', -23_400_000n],
  ] as const)('of a %s trade without a fee have a gross of %s', (status, grossMicros) => {
    const position = aPosition({ state: 'holding', trades: [aBuyTrade({ status, feesMicros: 0n })] });
    expect(bookingsOf(position)).toMatchObject([{ cashMicros: -23_400_000n, grossMicros }]);
  });

  it('keep missing shares apart, and the gas with its redemption without a token', () => {
    const trades = [aBuyTrade({ feeDriftMicros: 0n })];
    const position = aPosition({ state: 'redeemed', trades, shortfallMicros: 500_000n, gasWei: 30_000n });
    const bookings = bookingsOf(position);
    expect(bookings.map(({ entries }) => entries.map(({ kind }) => kind))).toEqual([
      ['buy', 'fee'],
      ['missing'],
      ['redeem', 'gas'],
    ]);
    expect(bookings.map(isMissing)).toEqual([false, true, false]);
    expect(bookings[2]).toMatchObject({
      ...{ cashMicros: 36_000_000n, grossMicros: null, transactionHash: position.transactionHash },
      shares: [{ tokenId, sharesMicros: -35_500_000n }],
    });
  });
});
