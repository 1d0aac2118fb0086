import { describe, expect, test } from 'vitest';
import { evolvePosition } from '#lib/domain/evolve/evolve-position.ts';
import { NO_FILLS } from '#lib/domain/market/order.ts';
import { planNextStep } from '#lib/domain/plan/plan-next-step.ts';
import { boughtTotals } from '#lib/domain/position/fill-totals.ts';
import type { LiveAttempt } from '#lib/domain/position/order-attempt.ts';
import type { Position } from '#lib/domain/position/position.ts';
import { WINDOW_STARTS_AT_MS } from '#test/factories/a-market.ts';
import { aPosition } from '#test/factories/a-position.ts';
import { aBuyTrade } from '#test/factories/a-trade.ts';
import { aLiveAttempt } from '#test/factories/an-attempt.ts';
import { anEvent } from '#test/factories/an-event.ts';
import { anIntent, BUY_ORDER_HASH, orderHashOf } from '#test/factories/an-intent.ts';

const AT_MS = WINDOW_STARTS_AT_MS + 60_000;

/** A buy of 36 shares at 0.65 or less, whose answer is lost. */
function lostBuy(sharesBeforeMicros?: bigint, phase: LiveAttempt['phase'] = 'unknown'): LiveAttempt {
  const before = sharesBeforeMicros === undefined ? {} : { sharesBeforeMicros };
  const intent = anIntent({ side: 'BUY', orderType: 'FOK', ...before });
  if (phase === 'unknown' || phase === 'working') return aLiveAttempt({ intent, phase: { phase, sinceMs: AT_MS } });
  return aLiveAttempt({ intent });
}

const buying = (attempt: LiveAttempt) => aPosition({ state: 'buying', attemptCount: 1, attempts: [attempt] });
const shown = (sharesMicros: bigint, atMs = AT_MS) => anEvent({ type: 'shares-observed', sharesMicros, atMs });
const absent = anEvent({ type: 'orders-observed', orders: [], absentHashes: [BUY_ORDER_HASH], atMs: AT_MS + 5_000 });

describe('a buy whose answer is lost', () => {
  test.each(['unknown', 'posting'] as const)(
    'and that is %s becomes a holding once the chain shows its shares',
    (phase) => {
      const after = evolvePosition(buying(lostBuy(0n, phase)), shown(36_000_000n));
      expect(after.state).toBe('holding');
      expect(boughtTotals(after)).toEqual({
        sharesMicros: 36_000_000n,
        valueMicros: 23_400_000n,
        feesMicros: 573_300n,
      });
    },
  );

  test.each<[string, bigint | undefined, bigint]>([
    ['none at all', 0n, 0n],
    ['a part of the order', 0n, 35_990_000n],
    ['only what was held before', 36_000_000n, 36_000_000n],
    ['less than was held before', 50_000_000n, 36_000_000n],
    ['all of the order, but the balance before is not known', undefined, 36_000_000n],
  ])('is unchanged when the chain shows %s', (_, before, sharesMicros) => {
    const position = buying(lostBuy(before));
    expect(evolvePosition(position, shown(sharesMicros))).toBe(position);
  });

  test('is proven also if the balance before was read only after the buy was saved', () => {
    const unknown = anEvent({
      type: 'order-unknown',
      orderHash: BUY_ORDER_HASH,
      sharesBeforeMicros: 7_000_000n,
      atMs: AT_MS,
    });
    const lost = evolvePosition(buying(lostBuy(undefined, 'posting')), unknown);
    expect(evolvePosition(lost, shown(42_000_000n))).toBe(lost);
    expect(evolvePosition(lost, shown(43_000_000n)).state).toBe('holding');
  });

  test('counts all shares that arrived: a buy spends its dollars and brings more at a better price', () => {
    const few = evolvePosition(buying(lostBuy(7_000_000n)), shown(42_995_000n));
    const many = evolvePosition(buying(lostBuy(7_000_000n)), shown(46_123_457n));
    expect([few, many].map((position) => boughtTotals(position).sharesMicros)).toEqual([35_995_000n, 39_123_457n]);
    // No more than the signed dollars were spent, whatever arrived.
    expect(boughtTotals(many).valueMicros).toBe(23_400_000n);
  });

  test('counts 5.051019 shares for an order of 5 at 0.99', () => {
    const intent = anIntent({
      side: 'BUY',
      orderType: 'FOK',
      sharesMicros: 5_000_000n,
      limitPriceMicros: 990_000n,
      sharesBeforeMicros: 0n,
    });
    const lost = aLiveAttempt({ intent, phase: { phase: 'unknown', sinceMs: AT_MS } });
    const held = evolvePosition(buying(lost), shown(5_051_019n));
    expect(boughtTotals(held)).toEqual({ sharesMicros: 5_051_019n, valueMicros: 4_950_000n, feesMicros: 6_930n });
    if (held.state !== 'holding') throw new Error('It is not held');
    expect(planNextStep(held, held.exitDueAtMs)).toMatchObject({ step: 'sell', sharesMicros: 5_050_000n });
  });

  test('is unchanged by shares of another order, and once the venue shows its fills', () => {
    const lost = buying(lostBuy(0n));
    const told = anEvent({ type: 'shares-observed', orderHash: orderHashOf(9), sharesMicros: 36_000_000n });
    expect(evolvePosition(lost, told)).toBe(lost);
    const reported = { sharesMicros: 36_500_000n, valueMicros: 23_400_000n, feesMicros: 0n };
    const matched = aLiveAttempt({ intent: lostBuy(0n).intent, phase: { phase: 'matched', reported } });
    const held = aPosition({ state: 'holding', attemptCount: 1, attempts: [matched], trades: [] });
    expect(evolvePosition(held, shown(36_000_000n))).toBe(held);
  });

  test('is proven as well when it was accepted without fills, and the balance before came late', () => {
    const accepted = anEvent({
      type: 'order-accepted',
      orderHash: BUY_ORDER_HASH,
      working: true,
      reported: NO_FILLS,
      sharesBeforeMicros: 7_000_000n,
      atMs: AT_MS,
    });
    const taken = evolvePosition(buying(lostBuy(undefined, 'posting')), accepted);
    expect(taken).toMatchObject({ state: 'buying', attempts: [{ phase: 'working' }] });
    expect(evolvePosition(taken, shown(42_000_000n))).toBe(taken);
    expect(boughtTotals(evolvePosition(taken, shown(44_000_000n))).sharesMicros).toBe(37_000_000n);
  });

  test('is sold when the exit is due, once proven, even if the venue still shows nothing', () => {
    const proven = [shown(36_000_000n), absent].reduce<Position>(evolvePosition, buying(lostBuy(0n)));
    if (proven.state !== 'holding') throw new Error('It is not held');
    expect(proven.attempts.map(({ phase }) => phase)).toEqual(['matched']);
    expect(planNextStep(proven, AT_MS + 10_000).step).toBe('look-up');
    expect(planNextStep(proven, proven.exitDueAtMs)).toMatchObject({ step: 'sell', sharesMicros: 36_000_000n });
  });

  test('costs what its trades show, as soon as the venue shows them', () => {
    const orders = [{ orderHash: BUY_ORDER_HASH, working: false, trades: [aBuyTrade({ valueMicros: 21_000_000n })] }];
    const observed = anEvent({ type: 'orders-observed', orders, absentHashes: [], atMs: AT_MS + 5_000 });
    const after = [shown(36_000_000n), observed].reduce<Position>(evolvePosition, buying(lostBuy(0n)));
    expect(after.attempts).toEqual([]);
    expect(boughtTotals(after).valueMicros).toBe(21_000_000n);
  });

  test('is never voided after the market ended, once proven', () => {
    const awaiting = aPosition({
      state: 'awaiting-resolution',
      attemptCount: 1,
      attempts: [lostBuy(0n)],
      trades: [],
      exitReason: 'emergency:timeout_buy_unknown',
    });
    const longAfterMs = awaiting.marketEndsAtMs + 60_000;
    const events = [shown(36_000_000n, longAfterMs), { ...absent, atMs: longAfterMs + 1_000 }];
    expect(evolvePosition(awaiting, { ...absent, atMs: longAfterMs }).state).toBe('voided');
    expect(events.reduce<Position>(evolvePosition, awaiting).state).toBe('awaiting-resolution');
  });
});
