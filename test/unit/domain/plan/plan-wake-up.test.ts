import { describe, expect, test } from 'vitest';
import type { FillTotals } from '#lib/domain/market/order.ts';
import {
  canMerge,
  floorPauseMs,
  isHonoured,
  lastTakeInAtMs,
  lookUpPauseMs,
  retryPauseMs,
  wakeUpWhileAwaiting,
  wakeUpWhileBuying,
  wakeUpWhileExiting,
  wakeUpWhileHolding,
} from '#lib/domain/plan/plan-wake-up.ts';
import { MERGE_FAILURES_MAX, NOTHING_SETTLED } from '#lib/domain/position/settlement-progress.ts';
import { aMarket } from '#test/factories/a-market.ts';
import { aPosition } from '#test/factories/a-position.ts';
import { aBuyTrade, aHedgeTrade, aSellTrade } from '#test/factories/a-trade.ts';
import { aLiveAttempt } from '#test/factories/an-attempt.ts';
import { anIntent, HEDGE_ORDER_HASH } from '#test/factories/an-intent.ts';

const END = aMarket().endsAtMs;
const EXIT = END - 120_000;
const DEADLINE = END - 5_000;
const ALL: FillTotals = { sharesMicros: 36_000_000n, valueMicros: 23_400_000n, feesMicros: 0n };
const buyAt = (timestampMs: number) => anIntent({ side: 'BUY', timestampMs });
const matchedBuy = (timestampMs: number) =>
  aLiveAttempt({ intent: buyAt(timestampMs), phase: { phase: 'matched', reported: ALL } });
const workingBuy = (sinceMs: number) => aLiveAttempt({ intent: buyAt(sinceMs), phase: { phase: 'working', sinceMs } });

describe('the pause of a request below its floor', () => {
  const at = (leftMs: number, bidMicros: bigint | null) => {
    const { exitDueAtMs, ...position } = aPosition({ state: 'exiting' });
    const exitRequest = { atMs: exitDueAtMs - leftMs, minPriceMicros: 800_000n };
    return floorPauseMs({ ...position, exitDueAtMs, exitRequest }, exitDueAtMs - leftMs, bidMicros);
  };

  test('is a hundredth of the time left while the bid is far from the floor', () => {
    expect([60_000, 3_000_000, 86_400_000].map((leftMs) => at(leftMs, 600_000n))).toEqual([5_000, 30_000, 60_000]);
    expect(at(3_000_000, null)).toBe(30_000);
  });

  test('is some seconds while the bid is near: bids that come for a moment are met', () => {
    expect([60_000, 3_000_000, 7_200_000].map((leftMs) => at(leftMs, 720_000n))).toEqual([5_000, 5_000, 5_000]);
    // Each look is a write: weeks before the end it is a quarter of a minute.
    expect(at(86_400_000, 790_000n)).toBe(15_000);
    expect(at(3_000_000, 719_999n)).toBe(30_000);
  });
});

describe('pauses', () => {
  test('between attempts are 1, 1, 2, 3, 5, 5, 10, 10 s', () => {
    const { policy } = aPosition({ state: 'exiting' });
    const pauses = [1, 2, 3, 4, 5, 6, 7, 8, 99].map((fruitlessCount) =>
      retryPauseMs({ policy, fruitlessCount, noBuyerCount: 0 }),
    );
    expect(pauses).toEqual([1_000, 1_000, 2_000, 3_000, 5_000, 5_000, 10_000, 10_000, 10_000]);
  });

  test('before the first attempt without a fill are the shortest', () => {
    const { policy } = aPosition({ state: 'exiting' });
    expect(retryPauseMs({ policy, fruitlessCount: 0, noBuyerCount: 0 })).toBe(1_000);
    const withoutDelays = { ...policy, retryDelaysMs: [] };
    expect(retryPauseMs({ policy: withoutDelays, fruitlessCount: 3, noBuyerCount: 0 })).toBe(policy.slowRetryDelayMs);
  });

  test('restart at the first attempt that finds no buyer', () => {
    const { policy } = aPosition({ state: 'exiting' });
    expect(retryPauseMs({ policy, fruitlessCount: 9, noBuyerCount: 1 })).toBe(1_000);
  });

  test.each([
    [0, 1_000],
    [3_999, 1_000],
    [4_000, 2_000],
    [10_000, 5_000],
    [60_000, 30_000],
    [659_999, 30_000],
    [660_000, 300_000],
  ])('between look-ups of an order %i ms old are %i ms', (ageMs, pauseMs) => {
    expect(lookUpPauseMs(ageMs)).toBe(pauseMs);
  });
});

describe('the wake-up of a buy', () => {
  const buying = (leaseUntilMs: number) =>
    aPosition({
      state: 'buying',
      version: 2,
      attempts: [aLiveAttempt({ intent: buyAt(EXIT), phase: { phase: 'posting', leaseUntilMs } })],
    });

  test('is the end of its lease', () => {
    expect(wakeUpWhileBuying(buying(EXIT + 8_000), EXIT)).toEqual({ id: 'v2', atMs: EXIT + 8_000 });
  });

  test('is a pause away once the lease has expired', () => {
    expect(wakeUpWhileBuying(buying(EXIT - 1), EXIT).atMs).toBe(EXIT + 1_000);
  });

  test('is a pause away at the end of the lease', () => {
    expect(wakeUpWhileBuying(buying(EXIT), EXIT).atMs).toBe(EXIT + 1_000);
  });

  test('is the end of the opening while no order is saved', () => {
    expect(wakeUpWhileBuying(aPosition({ state: 'buying', attempts: [] }), EXIT).atMs).toBe(EXIT + 20_000);
  });

  test('is never later than the deadline', () => {
    expect(wakeUpWhileBuying(buying(END + 99_000), EXIT).atMs).toBe(DEADLINE);
  });
});

describe('the wake-up of a holding', () => {
  test.each([
    [
      'is the exit when every trade is final',
      aPosition({ state: 'holding' }),
      EXIT - 60_000,
      { id: 'exit', atMs: EXIT },
    ],
    [
      'is a look-up until then, the first when trades are usually final',
      aPosition({ state: 'holding', attempts: [matchedBuy(EXIT - 60_000)] }),
      EXIT - 59_700,
      { id: 'v3', atMs: EXIT - 54_000 },
    ],
    [
      'is a look-up soon after one that found nothing new',
      aPosition({ state: 'holding', attempts: [matchedBuy(EXIT - 60_000)] }),
      EXIT - 54_000,
      { id: 'v3', atMs: EXIT - 52_000 },
    ],
    [
      'is the exit when a look-up would come close to it',
      aPosition({ state: 'holding', attempts: [matchedBuy(EXIT - 11_000)] }),
      EXIT - 11_000,
      { id: 'exit', atMs: EXIT },
    ],
    [
      'is a look-up past the exit while an order may still be filled',
      aPosition({
        state: 'holding',
        attempts: [aLiveAttempt({ intent: buyAt(EXIT), phase: { phase: 'working', sinceMs: EXIT } })],
      }),
      EXIT,
      { id: 'v3', atMs: EXIT + 1_000 },
    ],
    [
      'is a look-up for a late trade that is not final',
      aPosition({ state: 'holding', trades: [aBuyTrade({ status: 'provisional', matchedAtMs: EXIT - 60_000 })] }),
      EXIT - 60_000,
      { id: 'v3', atMs: EXIT - 54_000 },
    ],
    [
      'goes by the age of a trade that is not final',
      aPosition({ state: 'holding', trades: [aBuyTrade({ status: 'provisional', matchedAtMs: EXIT - 60_000 })] }),
      EXIT - 54_000,
      { id: 'v3', atMs: EXIT - 52_000 },
    ],
    [
      'is the exit when a look-up would come ten seconds before it',
      aPosition({ state: 'holding', attempts: [matchedBuy(EXIT - 20_000)] }),
      EXIT - 12_000,
      { id: 'exit', atMs: EXIT },
    ],
    [
      'is the exit while it is prepared and no order is open',
      aPosition({ state: 'holding', attempts: [matchedBuy(EXIT - 60_000)] }),
      EXIT - 3_000,
      { id: 'exit', atMs: EXIT },
    ],
    [
      'is a look-up while the exit would be prepared and an order is open',
      aPosition({ state: 'holding', attempts: [workingBuy(EXIT - 3_000)] }),
      EXIT - 3_000,
      { id: 'v3', atMs: EXIT - 2_000 },
    ],
    [
      'is the exit before it would be prepared, also while an order is open',
      aPosition({ state: 'holding', attempts: [workingBuy(EXIT - 3_001)] }),
      EXIT - 3_001,
      { id: 'exit', atMs: EXIT },
    ],
  ] as const)('%s', (_, position, nowMs, expected) => {
    expect(wakeUpWhileHolding(position, nowMs)).toEqual(expected);
  });
});

describe('the wake-up of an exit', () => {
  test('is the deadline when it is too late for another order', () => {
    expect(wakeUpWhileExiting(aPosition({ state: 'exiting' }), END - 8_500).atMs).toBe(DEADLINE);
  });

  test('is the deadline when every attempt is spent', () => {
    expect(wakeUpWhileExiting(aPosition({ state: 'exiting', attemptCount: 60 }), EXIT).atMs).toBe(DEADLINE);
  });

  test('is the given pause away, but never later than the last attempt', () => {
    const lastTryMs = DEADLINE - 5_000;
    const exiting = aPosition({ state: 'exiting' });
    expect(wakeUpWhileExiting(exiting, EXIT, 7_000).atMs).toBe(EXIT + 7_000);
    expect(wakeUpWhileExiting(exiting, EXIT, 3_600_000).atMs).toBe(lastTryMs);
    expect(wakeUpWhileExiting(exiting, lastTryMs - 1, 10_000).atMs).toBe(lastTryMs);
    expect(wakeUpWhileExiting(exiting, lastTryMs, 1_000).atMs).toBe(lastTryMs + 1_000);
    expect(wakeUpWhileExiting(exiting, lastTryMs, 10_000).atMs).toBe(DEADLINE);
  });

  test('is a look-up when all shares are sold', () => {
    const attempts = [
      aLiveAttempt({
        intent: anIntent({ timestampMs: EXIT - 20_000 }),
        phase: { phase: 'matched' as const, reported: ALL },
      }),
    ];
    expect(wakeUpWhileExiting(aPosition({ state: 'exiting', attempts }), EXIT).atMs).toBe(EXIT + 5_000);
  });
});

describe('the last quarter of the attempts', () => {
  const nextOf = (attemptCount: number, nowMs = EXIT) =>
    wakeUpWhileExiting(aPosition({ state: 'exiting', attemptCount }), nowMs, 1_000).atMs - nowMs;

  test('is spread over the time until the last attempt', () => {
    expect([44, 45, 50, 59].map((count) => nextOf(count))).toEqual([1_000, 7_334, 11_000, 110_000]);
  });

  test('of an exit by hand is spread over the time until the exit, and half of all are kept for it', () => {
    const before = EXIT - 60_000;
    expect([14, 15, 20, 35].map((count) => nextOf(count, before))).toEqual([1_000, 4_000, 6_000, 60_000]);
  });
});

describe('the wake-up of an exit that goes on', () => {
  test('may be an attempt at the last moment for an order', () => {
    expect(wakeUpWhileExiting(aPosition({ state: 'exiting' }), END - 9_000, 1_000).atMs).toBe(END - 8_000);
    expect(wakeUpWhileExiting(aPosition({ state: 'exiting' }), END - 9_000, 1_001).atMs).toBe(DEADLINE);
  });

  test('is the exit of the clock when every attempt of a request is spent', () => {
    const nowMs = EXIT - 50_000;
    const spent = { attemptCount: 60, exitRequest: { atMs: nowMs - 1_000 } };
    expect(wakeUpWhileExiting(aPosition({ state: 'exiting', ...spent }), nowMs).atMs).toBe(EXIT);
  });

  test('is an attempt soon after a cancelled order, whatever was tried before', () => {
    const attempts = [aLiveAttempt({ phase: { phase: 'cancelled', sinceMs: EXIT } })];
    const fruitless = aPosition({ state: 'exiting', fruitlessCount: 9, attempts });
    expect(wakeUpWhileExiting(fruitless, EXIT).atMs).toBe(EXIT + 1_000);
    expect(wakeUpWhileExiting({ ...fruitless, attempts: [] }, EXIT).atMs).toBe(EXIT + 10_000);
  });
});

describe('pairs of both outcomes', () => {
  const hedge = { orderHash: HEDGE_ORDER_HASH, costMicrosMax: 20_000_000n };
  const awaiting = (sharesMicros: bigint, settlement: Partial<typeof NOTHING_SETTLED> = {}) =>
    aPosition({
      state: 'awaiting-resolution',
      exitAtMs: DEADLINE,
      hedge,
      trades: [aBuyTrade(), aHedgeTrade({ sharesMicros })],
      settlement: { ...NOTHING_SETTLED, ...settlement },
    });

  test('are merged from a hundredth on, until that has failed too often', () => {
    expect(canMerge(awaiting(10_000n))).toBe(true);
    expect(canMerge(awaiting(9_999n))).toBe(false);
    expect(canMerge(awaiting(10_000n, { mergeFailureCount: MERGE_FAILURES_MAX - 1 }))).toBe(true);
    expect(canMerge(awaiting(10_000n, { mergeFailureCount: MERGE_FAILURES_MAX }))).toBe(false);
    expect(canMerge(awaiting(10_000n, { payout: { own: 1n, other: 0n, total: 1n } }))).toBe(false);
  });

  test('are looked at before the market ends, and a result is looked for after it', () => {
    expect(wakeUpWhileAwaiting(awaiting(36_000_000n), DEADLINE).atMs).toBe(DEADLINE + 10_000);
    expect(wakeUpWhileAwaiting(awaiting(36_000_000n), END + 40_000).atMs).toBe(END + 45_000);
    expect(wakeUpWhileAwaiting(awaiting(9_999n), DEADLINE).atMs).toBe(END + 45_000);
  });
});

describe('the wake-up after the deadline', () => {
  test.each([
    ['45 s after the end', -5_000, 45_000],
    ['every 10 s for five minutes', 45_000, 55_000],
    ['every 30 s for an hour', 300_000, 330_000],
    ['every four minutes for a week, so that a payout is on record within five', 3_600_000, 3_840_000],
    ['hourly after that', 7 * 86_400_000, 7 * 86_400_000 + 3_600_000],
  ])('looks for the result %s', (_, sinceEndMs, nextSinceEndMs) => {
    const awaiting = aPosition({ state: 'awaiting-resolution' });
    expect(wakeUpWhileAwaiting(awaiting, END + sinceEndMs)).toEqual({ id: 'v6', atMs: END + nextSinceEndMs });
  });

  test('is soon again after progress, however late the result came', () => {
    const atMs = END + 30 * 86_400_000;
    const settlement = { ...NOTHING_SETTLED, progressAtMs: atMs - 20_000 };
    expect(wakeUpWhileAwaiting(aPosition({ state: 'awaiting-resolution', settlement }), atMs).atMs).toBe(atMs + 10_000);
  });

  test('is a look-up while a trade is not final', () => {
    const trades = [aBuyTrade(), aSellTrade({ status: 'provisional' })];
    expect(wakeUpWhileAwaiting(aPosition({ state: 'awaiting-resolution', trades }), DEADLINE).atMs).toBe(
      DEADLINE + 1_000,
    );
  });

  test('is a look-up by the time since the deadline', () => {
    const trades = [aBuyTrade(), aSellTrade({ status: 'provisional' })];
    const awaiting = aPosition({ state: 'awaiting-resolution', trades });
    expect(wakeUpWhileAwaiting(awaiting, DEADLINE + 20_000).atMs).toBe(DEADLINE + 25_000);
  });

  test('is not before the end of a lease', () => {
    const attempts = [aLiveAttempt({ phase: { phase: 'posting', leaseUntilMs: END } })];
    expect(wakeUpWhileAwaiting(aPosition({ state: 'awaiting-resolution', attempts }), DEADLINE).atMs).toBe(END);
    const [posting] = attempts;
    const both = posting === undefined ? [] : [matchedBuy(EXIT), posting];
    expect(wakeUpWhileAwaiting(aPosition({ state: 'awaiting-resolution', attempts: both }), DEADLINE).atMs).toBe(END);
  });
});

describe('a message', () => {
  const holding = aPosition({ state: 'holding', exitDueAtMs: EXIT, wakeUp: { id: 'v4', atMs: EXIT } });
  const awaiting = aPosition({ state: 'awaiting-resolution', wakeUp: { id: 'v9', atMs: END } });

  test.each([
    ['with the row’s id counts early', holding, 'v4', EXIT - 60_000, true],
    ['with another id does not count', holding, 'v3', EXIT, false],
    ['with another id does not count just before the row is overdue', holding, 'v3', EXIT + 4_999, false],
    ['with another id counts when the row is overdue', holding, 'v3', EXIT + 5_000, true],
    ['for the deadline does not count before it', holding, 'deadline', DEADLINE - 1, false],
    ['for the deadline counts at the deadline', holding, 'deadline', DEADLINE, true],
    ['for the deadline does not count once the deadline is written', awaiting, 'deadline', END, false],
  ])('%s', (_, position, id, nowMs, expected) => {
    expect(isHonoured(position, id, nowMs)).toBe(expected);
  });
});

describe('the looks of an exit that is held', () => {
  const nextOf = (leftMs: number, lookedAtMs = END - leftMs) =>
    wakeUpWhileHolding(
      aPosition({ state: 'holding', exitDueAtMs: 0, holdLook: { atMs: lookedAtMs, priceMicros: 970_000n } }),
      lookedAtMs,
    ).atMs - lookedAtMs;

  test.each([
    [60_000, 5_000],
    [120_000, 6_000],
    [1_200_000, 60_000],
    [7_200_000, 60_000],
    [36_000_000, 300_000],
    [1_814_400_000, 900_000],
  ])('%i ms before the end come after %i ms', (leftMs, pauseMs) => {
    expect(nextOf(leftMs)).toBe(pauseMs);
  });

  test('end with the last attempt, and then the deadline', () => {
    expect(nextOf(12_000)).toBe(2_000);
    expect(nextOf(10_001)).toBe(1);
    expect(nextOf(10_000)).toBe(5_000);
  });

  test('come every second while no price was seen', () => {
    const held = aPosition({ state: 'holding', exitDueAtMs: 0, holdLook: { atMs: EXIT, priceMicros: null } });
    expect(wakeUpWhileHolding(held, EXIT).atMs).toBe(EXIT + 1_000);
  });

  test('for arriving shares end when no order for them could follow', () => {
    expect(lastTakeInAtMs(aPosition({ state: 'holding' }))).toBe(END - 8_000);
  });

  test('are fewer than one in ten minutes over three weeks', () => {
    let looks = 0;
    for (let leftMs = 21 * 86_400_000; leftMs > 20_000; leftMs -= nextOf(leftMs)) looks += 1;
    expect(looks).toBeLessThan((21 * 1_440) / 10);
  });
});
