import { describe, expect, it } from 'vitest';
import { type LedgerRange, reconcile } from '#lib/domain/ledger/reconcile.ts';
import type { WalletMovement } from '#lib/domain/ledger/wallet-movement.ts';
import type { Position } from '#lib/domain/position/position.ts';
import { WINDOW_STARTS_AT_MS } from '#test/factories/a-market.ts';
import { aPosition } from '#test/factories/a-position.ts';
import { aBuyTrade, aSellTrade } from '#test/factories/a-trade.ts';

const BOUGHT_AT_MS = WINDOW_STARTS_AT_MS + 31_000;
const LATER_MS = BOUGHT_AT_MS + 3_600_000;
const { tokenId, otherTokenId, conditionId } = aPosition({ state: 'exited' });
const sharesOf = (sharesMicros: bigint, ofToken = tokenId) => [{ tokenId: ofToken, sharesMicros }];

/** A trade of 36 shares at 0.65 without a fee, unless given. */
function aMovement(transactionHash: string, overrides: Partial<WalletMovement> = {}): WalletMovement {
  return {
    ...{ transactionHash, atMs: BOUGHT_AT_MS, cashMicros: -23_400_000n, shares: sharesOf(36_000_000n) },
    ...{ movedBy: 'exchange', payouts: [], gasWei: 0n },
    ...overrides,
  };
}

const compare = (
  positions: readonly Position[],
  movements: readonly WalletMovement[],
  range: Partial<LedgerRange> = {},
) => reconcile(positions, movements, { fromMs: 0, untilMs: LATER_MS, nowMs: LATER_MS, ...range });
const exact = { feesMicros: 0n, feeDriftMicros: 0n };
/** It holds 36 shares that lost. */
const worthless = aPosition({ state: 'worthless', trades: [aBuyTrade(exact)] });
const kindsOf = (...args: Parameters<typeof compare>) => compare(...args).findings.map(({ kind }) => kind);

describe('the entries', () => {
  it('that no position explains are one for each token, with the cash at the first, and one for the gas', () => {
    const shares = [...sharesOf(5n, '777'), ...sharesOf(-3n, '778')];
    const { entries } = compare([], [aMovement('0xaa', { cashMicros: -2n, shares, gasWei: 7n })]);
    const entry = {
      ...{ atMs: BOUGHT_AT_MS, conditionId: null, transactionHash: '0xaa', reference: '0xaa', positionId: null },
      isProvisional: false,
    };
    expect(entries).toEqual([
      { ...entry, kind: 'buy', tokenId: '777', cashMicros: -2n, sharesMicros: 5n, gasWei: 0n },
      { ...entry, kind: 'buy', tokenId: '778', cashMicros: 0n, sharesMicros: -3n, gasWei: 0n },
      { ...entry, kind: 'gas', tokenId: null, cashMicros: 0n, sharesMicros: 0n, gasWei: -7n },
    ]);
  });

  it('of a transaction that moved neither cash nor shares are its gas alone', () => {
    const { entries } = compare([], [aMovement('0xaa', { cashMicros: 0n, shares: [], gasWei: 7n })]);
    expect(entries.map(({ kind, gasWei }) => [kind, gasWei])).toEqual([['gas', -7n]]);
    expect(compare([], [aMovement('0xaa', { cashMicros: 0n, shares: [] })]).entries).toEqual([]);
  });

  it('are sorted from the oldest to the newest, whatever the order of the transactions', () => {
    const deposits = [3, 1, 2].map((atMs) => aMovement(`0x0${atMs}`, { atMs, cashMicros: 1n, shares: [] }));
    expect(compare([], deposits).entries.map(({ atMs }) => atMs)).toEqual([1, 2, 3]);
  });

  it('keep the times of the row where several transactions together make one booking', () => {
    const position = aPosition({ state: 'redeemed', trades: [aBuyTrade(exact)] });
    const half = { movedBy: 'redeemer', cashMicros: 18_000_000n, shares: sharesOf(-18_000_000n) } as const;
    const halves = ['0xb1', '0xb2'].map((hash, index) => aMovement(hash, { ...half, atMs: LATER_MS - 10 + index }));
    const { entries, findings } = compare([position], [aMovement('0xaa'), ...halves]);
    expect(findings).toEqual([]);
    expect(entries.map(({ kind, atMs, transactionHash }) => [kind, atMs, transactionHash])).toEqual([
      ['buy', BOUGHT_AT_MS, '0xaa'],
      ['redeem', position.closedAtMs, position.transactionHash],
    ]);
  });

  it('of fills with equal shares go to the transaction that is closest in cash, then in time', () => {
    const fills = ['a', 'b', 'c'].map((tradeId, index) =>
      aBuyTrade({ tradeId, feesMicros: index === 2 ? 500_000n : 573_300n, matchedAtMs: BOUGHT_AT_MS + index * 1_000 }),
    );
    const position = aPosition({ state: 'worthless', trades: fills });
    const charged = (hash: string, feesMicros: bigint, laterMs: number) =>
      aMovement(hash, { cashMicros: -23_400_000n - feesMicros, atMs: BOUGHT_AT_MS + laterMs });
    const movements = [charged('0xc', 500_010n, 0), charged('0xb', 573_300n, 1_400), charged('0xa', 573_300n, 100)];
    for (const each of [movements, movements.toReversed()]) {
      const { entries, findings } = compare([position], each);
      expect(findings.map(({ kind, cashMicros }) => [kind, cashMicros])).toEqual([['fee-estimated', -10n]]);
      const hashes = entries.map(({ kind, reference, transactionHash }) => [kind, reference, transactionHash]);
      expect(hashes.filter(([kind]) => kind === 'buy').toSorted()).toEqual([
        ['buy', 'a', '0xa'],
        ['buy', 'b', '0xb'],
        ['buy', 'c', '0xc'],
      ]);
    }
  });
});

describe('a fee that was an estimate', () => {
  const estimated = aPosition({
    state: 'worthless',
    trades: [aBuyTrade({ tradeId: 'a' }), aBuyTrade({ tradeId: 'b' })],
  });
  const charged = (hash: string, moreMicros: bigint) => aMovement(hash, { cashMicros: -23_973_300n - moreMicros });

  it('is told whole, of all fills in one finding', () => {
    expect(compare([estimated], [charged('0xa', 10n), charged('0xb', 20n)]).findings).toEqual([
      {
        ...{ kind: 'fee-estimated', atMs: BOUGHT_AT_MS, conditionId, cashMicros: -30n, shares: [] },
        ...{ positionIds: ['position-1'], transactionHashes: ['0xa', '0xb'] },
      },
    ]);
  });

  it('is told with the transactions that differ alone, and not where the fees are right in sum', () => {
    const { findings } = compare([estimated], [charged('0xa', 0n), charged('0xb', 20n)]);
    expect(findings.map(({ transactionHashes }) => transactionHashes)).toEqual([['0xb']]);
    expect(compare([estimated], [charged('0xa', 10n), charged('0xb', -10n)]).findings).toEqual([]);
  });

  it.each([
    [9_999n, 'fee-estimated'],
    [10_000n, 'amounts-differ'],
    [-9_999n, 'fee-estimated'],
    [-10_000n, 'amounts-differ'],
  ])('differs by %s micros: %s', (micros, kind) => {
    expect(kindsOf([estimated], [charged('0xa', micros), charged('0xb', 0n)])).toEqual([kind]);
  });

  it('is not told of a time outside the range', () => {
    const movements = [charged('0xa', 10n), charged('0xb', 20n)];
    expect(kindsOf([estimated], movements, { fromMs: BOUGHT_AT_MS + 1 })).toEqual([]);
    expect(kindsOf([estimated], movements, { fromMs: BOUGHT_AT_MS })).toEqual(['fee-estimated']);
    expect(kindsOf([estimated], movements, { untilMs: BOUGHT_AT_MS })).toEqual([]);
  });
});

describe('a difference', () => {
  it('is told whole, from the earliest time on, with the positions and transactions of the market', () => {
    const sold = aMovement('0xs', { atMs: BOUGHT_AT_MS + 9_000, cashMicros: 5n, shares: sharesOf(-9n) });
    const again = aMovement('0xt', { ...sold, transactionHash: '0xt', atMs: BOUGHT_AT_MS + 4_000 });
    expect(compare([worthless], [aMovement('0xa'), sold, again]).findings).toEqual([
      {
        ...{ kind: 'not-on-record', atMs: BOUGHT_AT_MS + 4_000, positionIds: ['position-1'], conditionId },
        ...{ cashMicros: 10n, shares: sharesOf(-18n), transactionHashes: ['0xs', '0xt'] },
      },
    ]);
  });

  it('names the one of two positions that the chain does not confirm', () => {
    const trades = [aBuyTrade({ ...exact, tradeId: 'second', priceMicros: 640_000n })];
    const second = aPosition({ state: 'worthless', positionId: 'position-2', trades });
    const { findings, entries } = compare([worthless, second], [aMovement('0xa')]);
    expect(findings).toMatchObject([
      { kind: 'not-on-chain', positionIds: ['position-2'], cashMicros: 23_040_000n, transactionHashes: [] },
    ]);
    expect(entries.map(({ positionId, transactionHash }) => [positionId, transactionHash])).toEqual([
      ['position-1', '0xa'],
      ['position-2', null],
    ]);
  });

  it('is told where another transaction than the one that the row names paid the same', () => {
    const position = aPosition({ state: 'redeemed', trades: [aBuyTrade(exact)] });
    const paid = { movedBy: 'redeemer', cashMicros: 36_000_000n, shares: sharesOf(-36_000_000n) } as const;
    const own = aMovement(position.transactionHash.toUpperCase(), { ...paid, atMs: position.closedAtMs + 9_000 });
    const other = aMovement('0xother', { ...paid, atMs: position.closedAtMs });
    const { entries, findings } = compare([position], [aMovement('0xa'), other, own]);
    expect(findings).toMatchObject([{ kind: 'not-on-record', transactionHashes: ['0xother'] }]);
    expect(entries.map(({ kind, positionId, transactionHash }) => [kind, positionId, transactionHash])).toEqual([
      ['buy', 'position-1', '0xa'],
      ['redeem', null, '0xother'],
      ['redeem', 'position-1', own.transactionHash],
    ]);
  });

  it('has the amounts of what lies in the range alone, of rows and of the chain', () => {
    const trades = [aBuyTrade(exact), aBuyTrade({ ...exact, tradeId: 'late', matchedAtMs: BOUGHT_AT_MS + 1 })];
    const position = aPosition({ state: 'worthless', trades });
    const range = { fromMs: BOUGHT_AT_MS + 1 };
    expect(compare([position], [], range).findings).toMatchObject([{ kind: 'not-on-chain', cashMicros: 23_400_000n }]);
    const sold = [0, 1].map((laterMs) =>
      aMovement(`0xs${laterMs}`, { atMs: BOUGHT_AT_MS + laterMs, cashMicros: 5n, shares: sharesOf(-9n) }),
    );
    expect(compare([worthless], [aMovement('0xa'), ...sold], range).findings).toMatchObject([
      { kind: 'not-on-record', cashMicros: 5n, shares: sharesOf(-9n), transactionHashes: ['0xs1'] },
    ]);
  });

  it('is under way for ten minutes where one position of the market is open, or one of two trades not confirmed', () => {
    const nowMs = BOUGHT_AT_MS + 599_999;
    const open = aPosition({ state: 'holding', positionId: 'position-2', trades: [] });
    expect(kindsOf([worthless, open], [], { nowMs, untilMs: nowMs })).toEqual(['under-way']);
    const trades = [aBuyTrade(exact), aBuyTrade({ ...exact, tradeId: 'late', status: 'provisional' })];
    const position = aPosition({ state: 'worthless', trades });
    expect(kindsOf([position], [], { nowMs, untilMs: nowMs })).toEqual(['under-way']);
  });

  it('lists no entry of the chain beside a booking of the row with other amounts', () => {
    const { entries, findings } = compare([worthless], [aMovement('0xa', { cashMicros: -23_400_001n })]);
    expect(findings.map(({ kind, cashMicros }) => [kind, cashMicros])).toEqual([['amounts-differ', -1n]]);
    expect(entries.map(({ positionId, cashMicros }) => [positionId, cashMicros])).toEqual([
      ['position-1', -23_400_000n],
    ]);
  });

  it.each([
    ['a closed position', worthless, 119_999, 'under-way'],
    ['a closed position', worthless, 120_000, 'not-on-chain'],
    ['an open position', aPosition({ state: 'holding', trades: [aBuyTrade(exact)] }), 599_999, 'under-way'],
    ['an open position', aPosition({ state: 'holding', trades: [aBuyTrade(exact)] }), 600_000, 'not-on-chain'],
    [
      'a closed position with a trade that is not confirmed',
      aPosition({ state: 'worthless', trades: [aBuyTrade({ status: 'provisional' })] }),
      ...[599_999, 'under-way'],
    ],
    [
      'a closed position with an estimated fee',
      aPosition({ state: 'worthless', trades: [aBuyTrade()] }),
      ...[120_000, 'not-on-chain'],
    ],
  ] as const)('of %s is minutes old or tells: %#', (_case, position, ageMs, kind) => {
    const nowMs = BOUGHT_AT_MS + ageMs;
    expect(kindsOf([position], [], { nowMs, untilMs: nowMs })).toEqual([kind]);
  });

  it('is under way only while all of it is young', () => {
    const trades = [aBuyTrade(exact), aSellTrade(exact)];
    const position = aPosition({ state: 'exited', trades });
    const nowMs = WINDOW_STARTS_AT_MS + 180_001;
    expect(kindsOf([position], [aMovement('0xa')], { nowMs, untilMs: nowMs })).toEqual(['under-way']);
    expect(kindsOf([position], [], { nowMs, untilMs: nowMs })).toEqual(['not-on-chain']);
  });
});

describe('a redemption of what a closed position left', () => {
  const swept = (sharesMicros: bigint, rest: Partial<WalletMovement> = {}) =>
    aMovement('0xs', { cashMicros: 0n, shares: sharesOf(sharesMicros), movedBy: 'redeemer', ...rest });
  const kindsWith = (...movements: readonly WalletMovement[]) => kindsOf([worthless], [aMovement('0xa'), ...movements]);

  it('is no difference up to all of its shares', () => {
    expect(kindsWith(swept(-36_000_000n))).toEqual([]);
    expect(kindsWith(swept(-1n))).toEqual([]);
    expect(kindsWith(swept(-36_000_001n))).toEqual(['not-on-record']);
    expect(kindsWith(swept(-1n, { shares: sharesOf(-1n, otherTokenId) }))).toEqual(['not-on-record']);
  });

  it('explains no sale beside it, and nothing of a position that is open', () => {
    const sold = aMovement('0xt', { cashMicros: 1n, shares: sharesOf(-1n) });
    expect(kindsWith(swept(-1n), sold)).toEqual(['not-on-record']);
    const open = aPosition({ state: 'holding', positionId: 'position-2', trades: [] });
    expect(kindsOf([worthless, open], [aMovement('0xa'), swept(-1n)])).toEqual(['not-on-record']);
  });

  it('is listed by its transaction', () => {
    const { entries } = compare([worthless], [aMovement('0xa'), swept(-36_000_000n)]);
    expect(entries.map(({ kind, positionId, transactionHash }) => [kind, positionId, transactionHash])).toEqual([
      ['buy', 'position-1', '0xa'],
      ['redeem', null, '0xs'],
    ]);
  });
});
