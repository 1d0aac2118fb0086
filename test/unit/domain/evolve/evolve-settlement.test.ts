import { describe, expect, it } from 'vitest';
import { evolvePosition } from '#lib/domain/evolve/evolve-position.ts';
import type { AwaitingResolutionPosition } from '#lib/domain/position/position.ts';
import { NOTHING_SETTLED, type SettlementProgress } from '#lib/domain/position/settlement-progress.ts';
import { WINDOW_STARTS_AT_MS } from '#test/factories/a-market.ts';
import { aPosition } from '#test/factories/a-position.ts';
import { aBuyTrade, aHedgeTrade, aSellTrade } from '#test/factories/a-trade.ts';
import { aLiveAttempt } from '#test/factories/an-attempt.ts';
import { anEvent, type EventOf } from '#test/factories/an-event.ts';
import { HEDGE_ORDER_HASH } from '#test/factories/an-intent.ts';

const ENDS_AT_MS = WINDOW_STARTS_AT_MS + 300_000;
const AT_MS = ENDS_AT_MS + 60_000;
const WON = { own: 1n, other: 0n, total: 1n };
const LOST = { own: 0n, other: 1n, total: 1n };
const HEDGE = { orderHash: HEDGE_ORDER_HASH, costMicrosMax: 15_000_000n };

const awaiting = (settlement: Partial<SettlementProgress> = {}, changes: Partial<AwaitingResolutionPosition> = {}) =>
  aPosition({ state: 'awaiting-resolution', ...changes, settlement: { ...NOTHING_SETTLED, ...settlement } });

function settlementAfter(before: AwaitingResolutionPosition, event: Parameters<typeof evolvePosition>[1]) {
  const after = evolvePosition(before, event);
  if (after.state !== 'awaiting-resolution') throw new Error(`The position is ${after.state}`);
  return after.settlement;
}

describe('a settlement', () => {
  const types = [
    'settlement-waited',
    'market-resolved',
    'loss-confirmed',
    'redemption-sent',
    'redemption-failed',
    'redemption-confirmed',
    'merge-confirmed',
    'record-contradicted',
  ] as const;

  it.each(types)('is a bug before the deadline: %s', (type) => {
    for (const position of [
      aPosition({ state: 'buying' }),
      aPosition({ state: 'holding' }),
      aPosition({ state: 'exiting' }),
    ]) {
      expect(() => evolvePosition(position, anEvent({ type }))).toThrow(
        `A ${position.state} position cannot be settled`,
      );
    }
  });
});

describe('a settlement that waits', () => {
  const waited = (changes: Partial<EventOf<'settlement-waited'>> = {}) =>
    anEvent({ type: 'settlement-waited', atMs: AT_MS, read: null, ...changes });

  it('looks again after a pause that grows with the time since the last progress', () => {
    const before = awaiting();
    expect(evolvePosition(before, waited())).toEqual({
      ...before,
      version: 7,
      settlement: NOTHING_SETTLED,
      wakeUp: { id: 'v7', atMs: AT_MS + 10_000 },
    });
  });

  it('remembers the block that was read, and at which all shares were held', () => {
    const known = { seenBlock: 6_000n, heldAtBlock: 5_000n, missingSinceMs: 77 };
    const read = (holdsAll: boolean) => waited({ read: { blockNumber: 7_000n, holdsAll } });
    expect(settlementAfter(awaiting(known), read(true))).toMatchObject({
      ...{ seenBlock: 7_000n, heldAtBlock: 7_000n, missingSinceMs: null },
    });
    expect(settlementAfter(awaiting(known), read(false))).toMatchObject({ ...known, seenBlock: 7_000n });
    expect(settlementAfter(awaiting(known), waited())).toMatchObject(known);
  });

  it.each(['payout-not-seen', 'open-orders'] as const)('counts since when the shares are missing: %s', (reason) => {
    expect(settlementAfter(awaiting(), waited({ reason })).missingSinceMs).toBe(AT_MS);
    expect(settlementAfter(awaiting({ missingSinceMs: 77 }), waited({ reason })).missingSinceMs).toBe(77);
  });

  it('counts since when a part is paid, which is progress once', () => {
    const paid = waited({ reason: 'paid-in-part' });
    expect(settlementAfter(awaiting({ progressAtMs: 5 }), paid)).toEqual({
      ...NOTHING_SETTLED,
      partPaidSinceMs: AT_MS,
      progressAtMs: AT_MS,
    });
    const known = { progressAtMs: 5, partPaidSinceMs: 77 };
    expect(settlementAfter(awaiting(known), paid)).toEqual({ ...NOTHING_SETTLED, ...known });
    expect(settlementAfter(awaiting(known), waited())).toEqual({ ...NOTHING_SETTLED, ...known });
    expect(settlementAfter(awaiting(known), waited({ reason: 'open-orders' }))).not.toHaveProperty('partPaidSinceMs');
    expect(settlementAfter(awaiting({ progressAtMs: 5 }), waited())).not.toHaveProperty('partPaidSinceMs');
  });

  it('is late ten minutes after the market’s end, where a settlement is configured', () => {
    const isLate = (changes: Partial<EventOf<'settlement-waited'>>, known: Partial<SettlementProgress> = {}) =>
      settlementAfter(awaiting(known), waited(changes)).isLateReported;
    expect(isLate({ atMs: ENDS_AT_MS + 599_999 })).toBe(false);
    expect(isLate({ atMs: ENDS_AT_MS + 600_000 })).toBe(true);
    expect(isLate({ atMs: ENDS_AT_MS + 600_000, reason: 'not-configured' })).toBe(false);
    expect(isLate({}, { isLateReported: true })).toBe(true);
  });
});

describe('a market that resolves', () => {
  const resolved = anEvent({ type: 'market-resolved', atMs: AT_MS });

  it('is progress, and says what a share pays', () => {
    const before = awaiting({ seenBlock: 6_000n });
    expect(evolvePosition(before, resolved)).toEqual({
      ...before,
      version: 7,
      settlement: {
        ...NOTHING_SETTLED,
        ...{ payout: WON, seenBlock: 7_001n, heldAtBlock: 7_001n, progressAtMs: AT_MS },
      },
      wakeUp: { id: 'v7', atMs: AT_MS + 10_000 },
    });
  });

  it('resolves once', () => {
    expect(settlementAfter(awaiting({ payout: { own: 2n, other: 0n, total: 2n } }), resolved).payout).toEqual(WON);
    expect(() => evolvePosition(awaiting({ payout: LOST }), resolved)).toThrow('A market resolves once');
  });
});

describe('a loss', () => {
  const lost = anEvent({ type: 'loss-confirmed', atMs: AT_MS });
  const read = (changes: Partial<SettlementProgress> = {}, position: Partial<AwaitingResolutionPosition> = {}) =>
    awaiting({ payout: LOST, seenBlock: 7_001n, ...changes }, position);

  it('closes the position, and leaves what belonged to its settlement', () => {
    const before = read({}, { attempts: [aLiveAttempt()] });
    const { state: _, wakeUp: _wakeUp, settlement: _settlement, ...record } = before;
    expect(evolvePosition(before, lost)).toEqual({ ...record, state: 'worthless', version: 7, closedAtMs: AT_MS });
  });

  it.each<[string, AwaitingResolutionPosition]>([
    ['in the same block', read({ seenBlock: 7_002n })],
    ['without a first reading', read({ payout: null })],
    ['of what was won', read({ payout: WON })],
  ])('is read twice, the second time at a later block, and is a bug %s', (_, before) => {
    expect(() => evolvePosition(before, lost)).toThrow('A loss is read twice');
  });

  it('may be read first at any block', () => {
    expect(evolvePosition(read({ seenBlock: null }), lost).state).toBe('worthless');
    const atZero = { ...lost, read: { blockNumber: 0n, holdsAll: true } };
    expect(evolvePosition(read({ seenBlock: null }), atZero).state).toBe('worthless');
  });

  it('of what a hedge brought beyond the shares is no loss of these', () => {
    const rest = (hedgeMicros: bigint, ownMicros: bigint) => {
      const trades = [aBuyTrade(), aSellTrade({ sharesMicros: 36_000_000n - ownMicros })];
      const hedged = { hedge: HEDGE, trades: [...trades, aHedgeTrade({ sharesMicros: hedgeMicros })] };
      const payout = { own: 0n, other: 0n, total: 1n };
      return evolvePosition(read({ payout }, hedged), lost);
    };
    expect(rest(10_000n, 9_999n)).toMatchObject({ state: 'exited', exitReason: 'emergency:timeout_merge', version: 7 });
    expect(rest(10_000n, 10_000n)).toMatchObject({ state: 'worthless' });
    expect(rest(9_999n, 9_999n)).toMatchObject({ state: 'worthless' });
  });
});

describe('a redemption', () => {
  const confirmed = anEvent({ type: 'redemption-confirmed', atMs: AT_MS });

  it('that is sent is progress', () => {
    const before = awaiting({ payout: WON, progressAtMs: 5 });
    const after = settlementAfter(before, anEvent({ type: 'redemption-sent', atMs: AT_MS }));
    expect(after).toEqual({ ...NOTHING_SETTLED, payout: WON, progressAtMs: AT_MS });
  });

  it('that paid closes the position, with its cash', () => {
    const before = awaiting({ payout: WON });
    const { state: _, wakeUp: _wakeUp, settlement: _settlement, ...record } = before;
    expect(evolvePosition(before, confirmed)).toEqual({
      ...record,
      state: 'redeemed',
      version: 7,
      closedAtMs: AT_MS,
      payoutMicros: 36_000_000n,
      transactionHash: confirmed.transactionHash,
      gasWei: null,
    });
    expect(evolvePosition(before, { ...confirmed, gasWei: 5n })).toMatchObject({ gasWei: 5n });
  });

  it('of both outcomes says which of them paid, and what it did not take', () => {
    const unredeemed = { own: 1n, other: 0n };
    expect(evolvePosition(awaiting({ payout: WON }, { hedge: HEDGE }), { ...confirmed, unredeemed })).toMatchObject({
      payout: WON,
      unredeemed,
    });
    expect(evolvePosition(awaiting({}, { hedge: HEDGE }), confirmed)).not.toHaveProperty('payout');
  });

  it('that pays nothing is a bug', () => {
    expect(() => evolvePosition(awaiting(), { ...confirmed, payoutMicros: 0n })).toThrow('pays nothing');
  });

  it('that contradicts the record strands the position', () => {
    const before = awaiting();
    const after = evolvePosition(before, anEvent({ type: 'record-contradicted', atMs: AT_MS }));
    expect(after).toMatchObject({
      state: 'stranded',
      version: 7,
      closedAtMs: AT_MS,
      contradiction: 'The chain holds fewer shares than the record.',
    });
    expect(after).not.toHaveProperty('settlement');
  });
});

describe('a redemption that fails', () => {
  const failed = (changes: Partial<EventOf<'redemption-failed'>> = {}) =>
    anEvent({ type: 'redemption-failed', atMs: AT_MS, ...changes });
  const failedAfter = (known: Partial<SettlementProgress>, changes: Partial<EventOf<'redemption-failed'>> = {}) =>
    settlementAfter(awaiting(known), failed(changes));
  const PAUSES: readonly [number, number][] = [
    [0, 10_000],
    [1, 30_000],
    [2, 60_000],
    [3, 300_000],
    [4, 1_800_000],
    [5, 3_600_000],
    [6, 3_600_000],
  ];

  it.each(PAUSES)('after %i failures is tried again in %i ms', (count, pauseMs) => {
    expect(failedAfter({ redemptionFailureCount: count, progressAtMs: 5 })).toEqual({
      ...NOTHING_SETTLED,
      progressAtMs: 5,
      redemptionFailureCount: count + 1,
      redeemAgainAtMs: AT_MS + pauseMs,
    });
    expect(failedAfter({ mergeFailureCount: count }, { isMerge: true })).toEqual({
      ...NOTHING_SETTLED,
      mergeFailureCount: count + 1,
      mergeAgainAtMs: AT_MS + pauseMs,
    });
  });

  it('waits as long as the relayer asks, and never less than its own pause', () => {
    expect(failedAfter({}, { retryAfterMs: 10_001 }).redeemAgainAtMs).toBe(AT_MS + 10_001);
    expect(failedAfter({}, { retryAfterMs: 9_999 }).redeemAgainAtMs).toBe(AT_MS + 10_000);
    expect(failedAfter({}, { isMerge: true, retryAfterMs: 10_001 }).mergeAgainAtMs).toBe(AT_MS + 10_001);
    expect(failedAfter({}, { isMerge: true, retryAfterMs: 9_999 }).mergeAgainAtMs).toBe(AT_MS + 10_000);
  });

  it('is not counted where it was put off, for ten minutes', () => {
    const putOff = { isCounted: false } as const;
    expect(failedAfter({ redemptionFailureCount: 1 }, putOff)).toMatchObject({
      redemptionFailureCount: 1,
      redeemAgainAtMs: AT_MS + 5_000,
    });
    expect(failedAfter({ progressAtMs: AT_MS - 600_000 }, putOff).redemptionFailureCount).toBe(0);
    expect(failedAfter({ progressAtMs: AT_MS - 600_001 }, putOff)).toMatchObject({
      redemptionFailureCount: 1,
      redeemAgainAtMs: AT_MS + 10_000,
    });
    expect(failedAfter({ mergeFailureCount: 1 }, { ...putOff, isMerge: true })).toMatchObject({
      mergeFailureCount: 1,
      mergeAgainAtMs: AT_MS + 5_000,
    });
  });

  it('for good is not tried again', () => {
    expect(failedAfter({}, { isFinal: true }).isRefusedForGood).toBe(true);
    expect(failedAfter({ isRefusedForGood: true }).isRefusedForGood).toBe(true);
    expect(failedAfter({}, { isMerge: true, isFinal: true })).toMatchObject({
      mergeFailureCount: 5,
      isRefusedForGood: false,
    });
  });
});

describe('a merge that is confirmed', () => {
  const merged = anEvent({ type: 'merge-confirmed', atMs: AT_MS, cashMicros: 20_000_000n, gasWei: 5n });
  const hash = merged.transactionHash;
  const paired = (changes: Partial<AwaitingResolutionPosition> = {}) =>
    awaiting(
      { missingSinceMs: 77, mergeFailureCount: 1 },
      {
        exitReason: 'emergency:timeout_merge',
        hedge: HEDGE,
        trades: [aBuyTrade(), aHedgeTrade()],
        ...changes,
      },
    );

  it('counts as cash of its pairs, and is progress', () => {
    const earlier = { transactionHash: '0x1', cashMicros: 1_000_000n, gasWei: null };
    const before = paired({ merges: [earlier] });
    expect(evolvePosition(before, merged)).toEqual({
      ...before,
      version: 7,
      merges: [earlier, { transactionHash: hash, cashMicros: 20_000_000n, gasWei: 5n }],
      settlement: { ...before.settlement, seenBlock: 7_003n, progressAtMs: AT_MS, missingSinceMs: null },
      wakeUp: { id: 'v7', atMs: AT_MS + 10_000 },
    });
  });

  it('of all pairs ends the position', () => {
    expect(evolvePosition(paired(), { ...merged, cashMicros: 36_000_000n })).toMatchObject({
      state: 'exited',
      exitReason: 'emergency:timeout_merge',
      merges: [{ cashMicros: 36_000_000n }],
    });
  });

  it('counts once', () => {
    const others = { transactionHash: '0x1', cashMicros: 1n, gasWei: null };
    const before = paired({ merges: [others, { transactionHash: hash, cashMicros: 20_000_000n, gasWei: null }] });
    expect(evolvePosition(before, merged)).toBe(before);
  });

  it('is a bug where it pays nothing, or more than the pairs held', () => {
    expect(() => evolvePosition(paired(), { ...merged, cashMicros: 0n })).toThrow('pays nothing');
    expect(() => evolvePosition(paired(), { ...merged, cashMicros: 36_000_001n })).toThrow('No more pairs');
  });
});
