import { describe, expect, it } from 'vitest';
import { evolvePosition } from '#lib/domain/evolve/evolve-position.ts';
import { advance } from '#lib/domain/evolve/resolve-position.ts';
import { NO_FILLS } from '#lib/domain/market/order.ts';
import { isHedgeDue } from '#lib/domain/plan/plan-hedge.ts';
import type { LiveAttempt, LivePhase } from '#lib/domain/position/order-attempt.ts';
import type { ExitingPosition, OpenPosition } from '#lib/domain/position/position.ts';
import type { PositionEvent } from '#lib/domain/position/position-event.ts';
import type { RefusalCause, RefusalCode } from '#lib/domain/refusal/refusal.ts';
import { WINDOW_STARTS_AT_MS } from '#test/factories/a-market.ts';
import { aPosition } from '#test/factories/a-position.ts';
import { aBuyTrade, aSellTrade } from '#test/factories/a-trade.ts';
import { aLiveAttempt } from '#test/factories/an-attempt.ts';
import { anEvent, type EventOf } from '#test/factories/an-event.ts';
import { anIntent, BUY_ORDER_HASH, HEDGE_ORDER_HASH, orderHashOf, SELL_ORDER_HASH } from '#test/factories/an-intent.ts';

/** When the default exit is due, its sell is posted and the default event is learned. */
const AT_MS = WINDOW_STARTS_AT_MS + 180_000;
const REPORTED = { sharesMicros: 36_000_000n, valueMicros: 21_600_000n, feesMicros: 604_800n };
const BUY = anIntent({ side: 'BUY' });
/** An earlier sell, of which all is known but that its trades are final. */
const earlier = aLiveAttempt({
  intent: anIntent({ orderHash: orderHashOf(9) }),
  phase: { phase: 'matched', reported: NO_FILLS },
});
/** One of which a fill was reported that no look-up shows yet. */
const reporting: LiveAttempt = { ...earlier, phase: 'matched', reported: { ...NO_FILLS, sharesMicros: 1n } };
type Changes = Partial<Pick<LiveAttempt, 'intent' | 'postCount' | 'lostPostAtMs' | 'answer'>>;
const sellIn = (phase: LivePhase, changes: Changes = {}): LiveAttempt => ({
  ...aLiveAttempt({ phase }),
  ...changes,
});
const UNKNOWN: LivePhase = { phase: 'unknown', sinceMs: AT_MS - 1_000 };
const WORKING: LivePhase = { phase: 'working', sinceMs: AT_MS - 1_000 };
const CANCELLED: LivePhase = { phase: 'cancelled', sinceMs: AT_MS - 1_000 };
const ENDED: LivePhase = { phase: 'ended', sinceMs: AT_MS - 1_000 };
const MATCHED: LivePhase = { phase: 'matched', reported: { ...REPORTED, sharesMicros: 20_000_000n } };
const selling = (changes: Partial<ExitingPosition> = {}) =>
  aPosition({ state: 'exiting', attemptCount: 2, attempts: [earlier, aLiveAttempt()], ...changes });

function exitAfter(before: OpenPosition, event: PositionEvent): ExitingPosition {
  const after = evolvePosition(before, event);
  if (after.state !== 'exiting') throw new Error(`The position is ${after.state}`);
  return after;
}

const pauseMs = (position: ExitingPosition, sinceMs = AT_MS): number => position.wakeUp.atMs - sinceMs;

describe('an order that the venue accepts', () => {
  const accepted = anEvent({ type: 'order-accepted' });
  const working = anEvent({ type: 'order-accepted', working: true });
  const unreported = anEvent({ type: 'order-accepted', reported: NO_FILLS });

  it('with its fills counts as sold, and ends the pauses of earlier attempts', () => {
    const before = selling({ fruitlessCount: 3, noBuyerCount: 2, sellableMicros: 5n });
    expect(evolvePosition(before, accepted)).toEqual({
      ...before,
      version: 5,
      attempts: [earlier, { ...sellIn(MATCHED), reported: REPORTED }],
      ...{ fruitlessCount: 0, noBuyerCount: 0, sellableMicros: null },
      wakeUp: { id: 'v5', atMs: AT_MS + 5_000 },
    });
  });

  it.each<[string, EventOf<'order-accepted'>]>([
    ['with no fills reported yet', unreported],
    ['and that still works, whatever it reports', working],
  ])('%s is looked up', (_, event) => {
    const before = selling({ fruitlessCount: 3, attempts: [earlier, sellIn(UNKNOWN, { lostPostAtMs: 7 })] });
    const expected = [earlier, { ...sellIn({ phase: 'working', sinceMs: AT_MS }), lostPostAtMs: 7 }];
    expect(exitAfter(before, event)).toMatchObject({ fruitlessCount: 3, attempts: expected });
    expect(exitAfter(selling(), event).attempts[1]).toMatchObject({ phase: 'working', sinceMs: AT_MS });
  });

  it.each([WORKING, CANCELLED, ENDED, MATCHED])('tells nothing new without fills, once it is $phase', (phase) => {
    const before = selling({ attempts: [earlier, sellIn(phase)] });
    expect(evolvePosition(before, unreported)).toBe(before);
    expect(evolvePosition(before, working)).toBe(before);
  });

  it('adds to what it reported before, and never takes away from it', () => {
    const before = selling({ attempts: [earlier, sellIn(MATCHED)] });
    const reporting = (sharesMicros: bigint) =>
      anEvent({ type: 'order-accepted', reported: { ...REPORTED, sharesMicros } });
    expect(evolvePosition(before, reporting(20_000_000n))).toBe(before);
    expect(evolvePosition(before, reporting(19_999_999n))).toBe(before);
    expect(exitAfter(before, reporting(20_000_001n)).attempts[1]).toMatchObject({
      reported: { sharesMicros: 20_000_001n },
    });
    const cancelled = selling({ attempts: [earlier, sellIn(CANCELLED)] });
    expect(exitAfter(cancelled, reporting(1n)).attempts[1]).toMatchObject({ phase: 'matched' });
  });

  it('is no order of this position: nothing changes', () => {
    const before = selling();
    expect(evolvePosition(before, { ...accepted, orderHash: orderHashOf(7) })).toBe(before);
  });

  it('after the deadline has no pauses to end', () => {
    const awaiting = aPosition({ state: 'awaiting-resolution', attempts: [aLiveAttempt()] });
    expect(evolvePosition(awaiting, accepted)).not.toHaveProperty('fruitlessCount');
  });
});

describe('an order whose answer is lost', () => {
  const lost = anEvent({ type: 'order-unknown', text: 'timeout' });

  it('is of unknown outcome, and may arrive late', () => {
    const before = selling({ fruitlessCount: 3 });
    expect(evolvePosition(before, lost)).toEqual({
      ...before,
      version: 5,
      attempts: [earlier, { ...sellIn({ phase: 'unknown', sinceMs: AT_MS }), lostPostAtMs: AT_MS }],
      fruitlessCount: 4,
      venueWords: [{ text: 'timeout', count: 1 }],
      wakeUp: { id: 'v5', atMs: AT_MS + 3_000 },
    });
  });

  it.each([
    ['failed', { isAnswered: true }],
    ['refused', { isAnswered: true, isRefused: true }],
  ] as const)('is no longer under way once the venue answered: %s', (answer, how) => {
    const unknown = sellIn({ phase: 'unknown', sinceMs: AT_MS });
    expect(exitAfter(selling(), { ...lost, ...how }).attempts).toEqual([earlier, { ...unknown, answer }]);
    // An earlier post without an answer may still be.
    const again = selling({ attempts: [earlier, aLiveAttempt({ postCount: 2, lostPostAtMs: 77 })] });
    expect(exitAfter(again, { ...lost, ...how }).attempts).toEqual([
      earlier,
      { ...unknown, postCount: 2, lostPostAtMs: 77 },
    ]);
  });

  it.each([UNKNOWN, WORKING, CANCELLED, MATCHED])('tells nothing new once it is $phase', (phase) => {
    const before = selling({ attempts: [earlier, sellIn(phase)] });
    expect(evolvePosition(before, lost)).toBe(before);
    expect(evolvePosition(before, { ...lost, orderHash: orderHashOf(7) })).toBe(before);
  });

  it('keeps what the wallet held before its buy', () => {
    const intent = { ...BUY, sharesBeforeMicros: 7n };
    const buying = aPosition({ state: 'buying', attemptCount: 1, attempts: [aLiveAttempt({ intent })] });
    const event = { ...lost, orderHash: BUY_ORDER_HASH };
    expect(evolvePosition(buying, event).attempts).toMatchObject([{ phase: 'unknown', intent }]);
  });

  it('after the deadline counts no attempt', () => {
    const awaiting = aPosition({ state: 'awaiting-resolution', attempts: [aLiveAttempt()] });
    expect(evolvePosition(awaiting, lost)).not.toHaveProperty('fruitlessCount');
  });
});

describe('an order that the venue refuses', () => {
  const refused = anEvent({ type: 'order-refused', cause: 'order-size', code: 'order-size', text: 'too small' });
  const refusedFor = (cause: RefusalCause, code: RefusalCode = 'balance-or-allowance') =>
    anEvent({ type: 'order-refused', cause, code });

  it('was not placed: the next one follows, and the venue’s words are kept', () => {
    const before = selling({ refusals: { 'order-size': 1, 'no-liquidity': 5 }, noBuyerCount: 5, isPostOnly: true });
    expect(evolvePosition(before, { ...refused, sellableMicros: 7n, shortfallMicros: 8n })).toEqual({
      ...before,
      version: 5,
      attempts: [earlier],
      refusals: { 'order-size': 2, 'no-liquidity': 5 },
      venueWords: [{ text: 'too small', count: 1 }],
      ...{ fruitlessCount: 1, noBuyerCount: 0, sellableMicros: 7n, shortfallMicros: 8n, isPostOnly: false },
      wakeUp: { id: 'v5', atMs: AT_MS + 1_000 },
    });
  });

  it.each<[RefusalCode, RefusalCause, boolean]>([
    ['balance-or-allowance', 'unsettled-buy', true],
    ['no-match', 'no-liquidity', true],
    ['tick-size', 'tick-changed', true],
    ['order-size', 'order-size', true],
    ['invalid-order', 'book-moved', true],
    ['invalid-order', 'invalid-order', false],
    ['market-not-ready', 'market-not-ready', false],
  ])('%s (%s) at its second post proves that the first did not arrive: %s', (code, cause, isProven) => {
    const lostPostAtMs = AT_MS - 17_000;
    const second = selling({ attempts: [earlier, aLiveAttempt({ postCount: 2, lostPostAtMs })] });
    const stillUnknown = [earlier, sellIn({ phase: 'unknown', sinceMs: AT_MS }, { postCount: 2, lostPostAtMs })];
    const event = refusedFor(cause, code);
    expect(exitAfter(second, event).attempts).toEqual(isProven ? [earlier] : stillUnknown);
    const early = selling({
      attempts: [earlier, aLiveAttempt({ postCount: 2, lostPostAtMs: lostPostAtMs + 1 })],
    });
    expect(exitAfter(early, event).attempts[1]).toMatchObject({ phase: 'unknown', lostPostAtMs: lostPostAtMs + 1 });
  });

  it('at its only post was not placed, whatever the reason', () => {
    expect(exitAfter(selling(), refusedFor('market-not-ready', 'market-not-ready')).attempts).toEqual([earlier]);
  });

  it('for want of buyers counts how often, and only where its price was fresh', () => {
    const noMatch = refusedFor('no-liquidity', 'no-match');
    expect(exitAfter(selling({ noBuyerCount: 2 }), noMatch).noBuyerCount).toBe(3);
    const old = [earlier, aLiveAttempt({ postCount: 2, lostPostAtMs: 7 })];
    const outdated = exitAfter(selling({ noBuyerCount: 2, fruitlessCount: 4, attempts: old }), noMatch);
    expect(outdated.noBuyerCount).toBe(2);
    // The next one is priced on today's book, at once.
    expect(pauseMs(outdated)).toBe(0);
    expect(outdated.postAgainAtMs).toBeNull();
    expect(pauseMs(exitAfter(selling({ fruitlessCount: 4, attempts: old }), refusedFor('tick-changed')))).toBe(5_000);
    const early = [earlier, aLiveAttempt({ postCount: 2, lostPostAtMs: AT_MS - 1_000 })];
    expect(pauseMs(exitAfter(selling({ noBuyerCount: 4, attempts: early }), noMatch))).toBe(3_000);
  });

  it('because its price met a bid stays post-only, and for nothing else', () => {
    const moved = refusedFor('book-moved', 'invalid-order');
    expect(exitAfter(selling({ isPostOnly: true }), moved).isPostOnly).toBe(true);
    expect(exitAfter(selling({ isPostOnly: false }), moved).isPostOnly).toBe(false);
  });

  it('is read again every 2.5 s only where its pause is longer', () => {
    const policy = { ...selling().policy, retryDelaysMs: [2_500] };
    expect(exitAfter(selling({ policy }), refusedFor('unsettled-buy')).postAgainAtMs).toBeNull();
    const longer = { ...policy, retryDelaysMs: [2_501] };
    expect(exitAfter(selling({ policy: longer }), refusedFor('unsettled-buy')).postAgainAtMs).toBe(AT_MS + 2_501);
  });

  it('adds the shares that proved missing to those known before', () => {
    const short = { ...refused, shortfallMicros: 2_000_000n };
    expect(exitAfter(selling({ shortfallMicros: 1_000_000n }), short).shortfallMicros).toBe(3_000_000n);
    expect(exitAfter(selling({ shortfallMicros: 1_000_000n }), refused).shortfallMicros).toBe(1_000_000n);
  });

  it('shows that all is missing only after something was sold', () => {
    const missing = (shortfallMicros: bigint) => ({ ...refused, shortfallMicros });
    expect(exitAfter(selling(), missing(35_990_000n)).shortfallMicros).toBe(35_990_000n);
    expect(exitAfter(selling(), missing(35_990_001n)).shortfallMicros).toBe(0n);
    const sold = [aBuyTrade(), aSellTrade({ sharesMicros: 6_000_000n })];
    const ended = evolvePosition(selling({ trades: sold, attempts: [aLiveAttempt()] }), missing(30_000_000n));
    expect(ended).toMatchObject({ state: 'exited', shortfallMicros: 30_000_000n });
    expect(ended).not.toHaveProperty('wakeUp');
    expect(ended).not.toHaveProperty('postAgainAtMs');
  });

  it('and that is the buy voids the position, with the reason', () => {
    const buying = aPosition({ state: 'buying', attemptCount: 1, attempts: [aLiveAttempt({ intent: BUY })] });
    expect(evolvePosition(buying, { ...refused, orderHash: BUY_ORDER_HASH })).toMatchObject({
      state: 'voided',
      exitReason: 'void:buy-refused',
      refusals: { 'order-size': 1 },
    });
  });

  it('after the deadline leaves the position to settlement', () => {
    const awaiting = aPosition({ state: 'awaiting-resolution', attempts: [aLiveAttempt()] });
    expect(evolvePosition(awaiting, { ...refused, shortfallMicros: 9n })).toEqual({
      ...awaiting,
      version: 7,
      attempts: [],
      refusals: { 'order-size': 1 },
      venueWords: [{ text: 'too small', count: 1 }],
      wakeUp: { id: 'v7', atMs: awaiting.marketEndsAtMs + 45_000 },
    });
  });

  it('is no order of this position: nothing changes', () => {
    const before = selling();
    expect(evolvePosition(before, { ...refused, orderHash: orderHashOf(7) })).toBe(before);
  });
});

describe('an order that was not sent', () => {
  const unsent = anEvent({ type: 'order-not-sent', text: 'restarting' });
  const waiting = (retryAfterMs: number | null, atMs = AT_MS) =>
    pauseMs(exitAfter(selling({ fruitlessCount: 3 }), { ...unsent, retryAfterMs, atMs }), atMs);

  it('is followed by the next one, and its wait is counted', () => {
    const before = selling({ fruitlessCount: 3, noBuyerCount: 2, isPostOnly: true, refusals: { 'rate-limited': 1 } });
    expect(evolvePosition(before, unsent)).toEqual({
      ...before,
      version: 5,
      attempts: [earlier],
      refusals: { 'rate-limited': 1, 'engine-restarting': 1 },
      venueWords: [{ text: 'restarting', count: 1 }],
      ...{ fruitlessCount: 4, isPostOnly: false },
      wakeUp: { id: 'v5', atMs: AT_MS + 1_000 },
    });
  });

  it('waits as long as the venue asks, if a quarter of the time is left, or else half of what is left', () => {
    expect(waiting(null)).toBe(3_000);
    expect(waiting(1)).toBe(1);
    // 112 s are left until the last order.
    expect(waiting(84_000)).toBe(84_000);
    expect(waiting(84_001)).toBe(56_000);
    const lateMs = AT_MS + 96_000;
    expect(waiting(12_001, lateMs)).toBe(10_000);
  });

  it('is still of unknown outcome where an earlier post of it is', () => {
    const again = aLiveAttempt({ postCount: 2, lostPostAtMs: 77 });
    expect(exitAfter(selling({ attempts: [earlier, again] }), unsent).attempts).toEqual([
      earlier,
      sellIn({ phase: 'unknown', sinceMs: AT_MS }, { postCount: 2, lostPostAtMs: 77 }),
    ]);
  });

  it('and that is the buy voids the position, with the reason', () => {
    const buying = aPosition({ state: 'buying', attemptCount: 1, attempts: [aLiveAttempt({ intent: BUY })] });
    expect(evolvePosition(buying, { ...unsent, orderHash: BUY_ORDER_HASH })).toMatchObject({
      state: 'voided',
      exitReason: 'void:buy-not-sent',
      refusals: { 'engine-restarting': 1 },
    });
  });

  it('ends a position whose other sells are final, and leaves one that is past its deadline to settlement', () => {
    const sold = { trades: [aBuyTrade(), aSellTrade()], attempts: [aLiveAttempt()] };
    expect(evolvePosition(selling(sold), unsent)).not.toHaveProperty('wakeUp');
    const awaiting = aPosition({ state: 'awaiting-resolution', attempts: [aLiveAttempt()] });
    const after = evolvePosition(awaiting, unsent);
    expect(after).toMatchObject({ wakeUp: { atMs: awaiting.marketEndsAtMs + 45_000 } });
    expect(after).not.toHaveProperty('fruitlessCount');
  });

  it('is no order of this position: nothing changes', () => {
    const before = selling();
    expect(evolvePosition(before, { ...unsent, orderHash: orderHashOf(7) })).toBe(before);
  });
});

describe('a hedge that is not placed', () => {
  const hedge = { orderHash: HEDGE_ORDER_HASH, costMicrosMax: 15_000_000n };
  const attempt = aLiveAttempt({ intent: anIntent({ side: 'BUY', orderHash: HEDGE_ORDER_HASH, attemptNumber: 3 }) });
  const hedging = selling({ hedge, attempts: [earlier, attempt], fruitlessCount: 4, noBuyerCount: 4 });

  it.each([
    anEvent({ type: 'order-refused', orderHash: HEDGE_ORDER_HASH, text: 'no' }),
    anEvent({ type: 'order-not-sent', orderHash: HEDGE_ORDER_HASH, text: 'no' }),
  ])('says nothing about the sells, which go on at once: $type', (event) => {
    expect(evolvePosition(hedging, event)).toEqual({
      ...hedging,
      version: 5,
      attempts: [earlier],
      venueWords: [{ text: 'no', count: 1 }],
      wakeUp: { id: 'v5', atMs: AT_MS + 1_000 },
    });
    const awaiting = aPosition({ state: 'awaiting-resolution', hedge, attempts: [attempt] });
    const settled = { refusals: {}, wakeUp: { id: 'v7', atMs: awaiting.marketEndsAtMs + 45_000 } };
    expect(evolvePosition(awaiting, event)).toMatchObject(settled);
  });
});

describe('an order that was cancelled', () => {
  const cancelled = anEvent({ type: 'order-cancelled' });
  const restingUnknown = (lostPostAtMs: number) =>
    sellIn({ phase: 'unknown', sinceMs: 1 }, { intent: anIntent({ orderType: 'GTC' }), lostPostAtMs });

  it('may have filled before, and the next one need not rest', () => {
    const before = selling({ isPostOnly: true, fruitlessCount: 4, attempts: [earlier, sellIn(WORKING)] });
    expect(evolvePosition(before, cancelled)).toEqual({
      ...before,
      version: 5,
      isPostOnly: false,
      attempts: [earlier, sellIn({ phase: 'cancelled', sinceMs: AT_MS })],
      wakeUp: { id: 'v5', atMs: AT_MS + 1_000 },
    });
  });

  it('may be a buy', () => {
    const attempt = aLiveAttempt({ intent: BUY, phase: WORKING });
    const buying = aPosition({ state: 'buying', attemptCount: 1, attempts: [attempt] });
    const after = evolvePosition(buying, { ...cancelled, orderHash: BUY_ORDER_HASH });
    expect(after).toMatchObject({ state: 'buying', attempts: [{ phase: 'cancelled' }] });
    const awaiting = aPosition({ state: 'awaiting-resolution', attempts: [attempt] });
    expect(evolvePosition(awaiting, { ...cancelled, orderHash: BUY_ORDER_HASH })).not.toHaveProperty('isPostOnly');
  });

  it('may be one that rests without an answer, once it can no longer arrive', () => {
    const resting = (lostPostAtMs: number) => selling({ attempts: [earlier, restingUnknown(lostPostAtMs)] });
    expect(exitAfter(resting(AT_MS - 17_000), cancelled).attempts[1]).toMatchObject({ phase: 'cancelled' });
    const early = resting(AT_MS - 16_999);
    expect(evolvePosition(early, cancelled)).toBe(early);
  });

  it.each([UNKNOWN, CANCELLED, ENDED, MATCHED, { phase: 'posting', leaseUntilMs: AT_MS } as const])(
    'tells nothing new while it is $phase, nor of another order',
    (phase) => {
      const before = selling({ attempts: [earlier, sellIn(phase)] });
      expect(evolvePosition(before, cancelled)).toBe(before);
      expect(evolvePosition(before, { ...cancelled, orderHash: orderHashOf(7) })).toBe(before);
    },
  );
});

describe('an order that a look-up does not show', () => {
  const absent = (atMs = AT_MS, ...absentHashes: readonly string[]) =>
    anEvent({ type: 'orders-observed', atMs, orders: [], absentHashes });
  const attemptsAfter = (attempt: LiveAttempt, atMs = AT_MS) =>
    exitAfter(selling({ attempts: [reporting, attempt] }), absent(atMs, SELL_ORDER_HASH, reporting.intent.orderHash))
      .attempts;

  it('is of unknown outcome while it may still arrive', () => {
    expect(attemptsAfter(aLiveAttempt())).toEqual([
      reporting,
      sellIn({ phase: 'unknown', sinceMs: AT_MS }, { lostPostAtMs: AT_MS }),
    ]);
    expect(attemptsAfter(aLiveAttempt({ postCount: 2, lostPostAtMs: 7 }))).toEqual([
      reporting,
      sellIn({ phase: 'unknown', sinceMs: AT_MS }, { postCount: 2, lostPostAtMs: AT_MS }),
    ]);
    expect(attemptsAfter(sellIn(WORKING))).toEqual([reporting, sellIn({ phase: 'unknown', sinceMs: AT_MS })]);
    expect(attemptsAfter(sellIn(UNKNOWN, { lostPostAtMs: 7 }))).toEqual([
      reporting,
      sellIn(UNKNOWN, { lostPostAtMs: 7 }),
    ]);
  });

  it('and that works after two posts is cancelled first, because a third would be a duplicate', () => {
    const twice = sellIn(WORKING, { postCount: 2 });
    expect(attemptsAfter(twice)).toEqual([reporting, twice]);
  });

  it.each([CANCELLED, ENDED])('and that is $phase has filled nothing after 20 s', (phase) => {
    expect(attemptsAfter(sellIn(phase), AT_MS + 18_999)).toEqual([reporting, sellIn(phase)]);
    expect(attemptsAfter(sellIn(phase), AT_MS + 19_000)).toEqual([reporting]);
  });

  it('and whose answer is lost is proven absent 20 s after it could arrive', () => {
    const lost = sellIn(UNKNOWN, { lostPostAtMs: AT_MS - 1_000 });
    expect(attemptsAfter(lost, AT_MS + 35_999)).toEqual([reporting, lost]);
    expect(attemptsAfter(lost, AT_MS + 36_000)).toEqual([reporting]);
  });

  it('and that reported a fill counts all the same', () => {
    expect(attemptsAfter(sellIn(MATCHED), AT_MS + 60_000)).toEqual([reporting, sellIn(MATCHED)]);
  });

  it('is left as it is when the look-up was not about it', () => {
    const before = selling({ attempts: [reporting, sellIn(CANCELLED)] });
    expect(exitAfter(before, absent(AT_MS + 60_000, orderHashOf(7))).attempts).toEqual(before.attempts);
  });

  it('30 s after the market’s end was never placed, whatever it was', () => {
    const awaiting = aPosition({ state: 'awaiting-resolution', attemptCount: 2, attempts: [sellIn(WORKING)] });
    const atMs = awaiting.marketEndsAtMs + 30_000;
    expect(evolvePosition(awaiting, absent(atMs - 1, SELL_ORDER_HASH)).attempts).toHaveLength(1);
    expect(evolvePosition(awaiting, absent(atMs, SELL_ORDER_HASH)).attempts).toEqual([]);
  });

  const buying = (attempt: LiveAttempt) => aPosition({ state: 'buying', attemptCount: 1, attempts: [attempt] });
  const lostBuy = (changes: Changes = {}) => ({
    ...aLiveAttempt({ intent: BUY, phase: UNKNOWN }),
    ...changes,
  });

  it('and that is a buy was not placed, once that is proven, with the reason', () => {
    const outcomeOf = (changes: Changes, atMs: number) =>
      evolvePosition(buying(lostBuy(changes)), absent(atMs, BUY_ORDER_HASH));
    expect(outcomeOf({ answer: 'refused' }, AT_MS + 8_999).state).toBe('buying');
    expect(outcomeOf({ answer: 'refused' }, AT_MS + 9_000)).toMatchObject({ exitReason: 'void:buy-refused' });
    expect(outcomeOf({ answer: 'failed' }, AT_MS + 29_000)).toMatchObject({ exitReason: 'void:nothing-bought' });
    const cancelled = buying(aLiveAttempt({ intent: BUY, phase: CANCELLED }));
    expect(evolvePosition(cancelled, absent(AT_MS + 598_999, orderHashOf(7))).state).toBe('buying');
    const long = { ...cancelled, marketEndsAtMs: AT_MS + 9_000_000 };
    expect(evolvePosition(long, absent(AT_MS + 598_999, BUY_ORDER_HASH)).state).toBe('buying');
    expect(evolvePosition(long, absent(AT_MS + 599_000, BUY_ORDER_HASH)).state).toBe('voided');
  });

  it('and whose trades all failed after its refusal is void because of the trades', () => {
    const trades = [aBuyTrade({ status: 'failed' })];
    const orders = [{ orderHash: BUY_ORDER_HASH, working: false, trades }];
    const shown = anEvent({ type: 'orders-observed', orders, absentHashes: [] });
    expect(evolvePosition(buying(lostBuy({ answer: 'refused' })), shown)).toMatchObject({
      exitReason: 'void:buy-failed',
    });
  });
});

describe('a look-up', () => {
  it('of a position that never ordered changes nothing', () => {
    const guarded = aPosition({ state: 'holding', origin: 'guard', attemptCount: 0, trades: [] });
    expect(evolvePosition(guarded, anEvent({ type: 'orders-observed' }))).toBe(guarded);
  });

  it('adds trades that it shows, and ends the order', () => {
    const trade = aSellTrade({ sharesMicros: 6_000_000n });
    const orders = [{ orderHash: SELL_ORDER_HASH, working: false, trades: [trade] }];
    const before = selling({ attempts: [aLiveAttempt()] });
    expect(exitAfter(before, anEvent({ type: 'orders-observed', orders, absentHashes: [] }))).toMatchObject({
      ...advance(before),
      attempts: [],
      trades: [...before.trades, trade],
    });
  });

  it('that shows a sale ends the pauses, the lower prices and the hedge that refusals before it led to', () => {
    const policy = { ...selling().policy, mayMerge: true };
    const stuck = { fruitlessCount: 3, noBuyerCount: 2, sellableMicros: 5_000_000n, refusals: { 'stale-balance': 3 } };
    const before = selling({ policy, ...stuck, attempts: [sellIn(UNKNOWN)] });
    const shown = (...trades: readonly ReturnType<typeof aSellTrade>[]) =>
      anEvent({
        type: 'orders-observed',
        atMs: AT_MS + 60_000,
        orders: [{ orderHash: SELL_ORDER_HASH, working: false, trades }],
        absentHashes: [],
      });
    const part = aSellTrade({ sharesMicros: 6_000_000n, status: 'provisional' });
    const sold = exitAfter(before, shown(part));
    expect(sold).toMatchObject({ fruitlessCount: 0, noBuyerCount: 0, sellableMicros: null });
    expect(isHedgeDue(sold, AT_MS + 61_000)).toBe(false);
    // What was known before is no news, and a sale that failed is none.
    const known = { ...before, attempts: [], trades: [...before.trades, part] };
    expect(exitAfter(known, shown({ ...part, status: 'confirmed' }))).toMatchObject(stuck);
    const unsold = exitAfter(before, shown({ ...part, status: 'failed' }));
    expect(unsold).toMatchObject(stuck);
    expect(isHedgeDue(unsold, AT_MS + 61_000)).toBe(true);
  });

  it('after the deadline has no pauses to end', () => {
    const awaiting = aPosition({ state: 'awaiting-resolution', attemptCount: 2, attempts: [aLiveAttempt()] });
    const orders = [{ orderHash: SELL_ORDER_HASH, working: false, trades: [aSellTrade({ sharesMicros: 1n })] }];
    const after = evolvePosition(awaiting, anEvent({ type: 'orders-observed', orders, absentHashes: [] }));
    expect(after).not.toHaveProperty('fruitlessCount');
  });
});
