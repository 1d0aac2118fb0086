import { describe, expect, it } from 'vitest';
import { latenessMsOf } from '#lib/domain/position/exit-lateness.ts';
import { DEFAULT_EXIT_POLICY } from '#lib/domain/position/exit-policy.ts';
import {
  activeRequest,
  isOnRequest,
  isOvertaken,
  isPartDone,
  nextSellAtMs,
  sellDueAtMs,
  sharesToSellMicros,
} from '#lib/domain/position/exit-request.ts';
import { isHeldForReason } from '#lib/domain/position/held-exit.ts';
import type { PositionRecord } from '#lib/domain/position/position.ts';
import { aPosition } from '#test/factories/a-position.ts';
import { aBuyTrade, aSellTrade } from '#test/factories/a-trade.ts';

const DUE_AT_MS = aPosition({ state: 'holding' }).exitDueAtMs;
const ASKED_AT_MS = DUE_AT_MS - 60_000;
const exitRequest = { atMs: ASKED_AT_MS, untilSoldMicros: 18_000_000n };

describe('a request to exit before the exit is due', () => {
  const exiting = aPosition({ state: 'exiting', exitRequest });

  it('decides until the exit is due', () => {
    expect(activeRequest(exiting, DUE_AT_MS - 1)).toBe(exitRequest);
    expect(activeRequest(exiting, DUE_AT_MS)).toBeUndefined();
    expect([isOnRequest(exiting, DUE_AT_MS - 1), isOnRequest(exiting, DUE_AT_MS)]).toEqual([true, false]);
  });

  it('decides nothing for a position that does not sell yet, or has none', () => {
    expect(isOnRequest(aPosition({ state: 'holding', exitRequest }), ASKED_AT_MS)).toBe(false);
    expect(isOnRequest(aPosition({ state: 'exiting' }), ASKED_AT_MS)).toBe(false);
  });

  it('is overtaken once the exit is due, unless it came at that time or later', () => {
    expect([isOvertaken(exiting, DUE_AT_MS - 1), isOvertaken(exiting, DUE_AT_MS)]).toEqual([false, true]);
    const late = { ...exiting, exitRequest: { atMs: DUE_AT_MS } };
    expect(isOvertaken(late, DUE_AT_MS + 1)).toBe(false);
    expect(isOvertaken(aPosition({ state: 'exiting' }), DUE_AT_MS)).toBe(false);
  });

  it('is when the next sell is due, and otherwise the exit is', () => {
    expect(sellDueAtMs(exiting)).toBe(ASKED_AT_MS);
    expect(sellDueAtMs(aPosition({ state: 'exiting' }))).toBe(DUE_AT_MS);
  });

  it('comes before the next look of a held exit', () => {
    const wakeUp = { id: 'v9', atMs: DUE_AT_MS + 5_000 };
    const held = aPosition({ state: 'holding', wakeUp, holdLook: { atMs: DUE_AT_MS, priceMicros: null } });
    expect(nextSellAtMs(held)).toBe(DUE_AT_MS + 5_000);
    expect(nextSellAtMs({ ...held, exitRequest })).toBe(ASKED_AT_MS);
    expect(nextSellAtMs(aPosition({ state: 'holding', wakeUp }))).toBe(DUE_AT_MS);
  });
});

describe('a request for a part of the shares', () => {
  const soldAlready = (sharesMicros: bigint) =>
    aPosition({ state: 'exiting', exitRequest, trades: [aBuyTrade(), aSellTrade({ sharesMicros })] });

  it.each([
    [0n, 18_000_000n, false],
    [17_990_000n, 10_000n, false],
    [17_990_001n, 9_999n, true],
    [18_000_000n, 0n, true],
    [19_000_000n, 0n, true],
  ])('sells what is missing, with earlier sales: %d micros', (soldMicros, toSellMicros, isDone) => {
    const exiting = soldAlready(soldMicros);
    expect(sharesToSellMicros(exiting, ASKED_AT_MS)).toBe(toSellMicros);
    expect(isPartDone(exiting, ASKED_AT_MS)).toBe(isDone);
  });

  it('sells no more than what is left', () => {
    const exiting = { ...soldAlready(30_000_000n), exitRequest: { atMs: ASKED_AT_MS, untilSoldMicros: 99_000_000n } };
    expect(sharesToSellMicros(exiting, ASKED_AT_MS)).toBe(6_000_000n);
  });

  it('is over once the exit is due: everything is sold then', () => {
    const exiting = soldAlready(18_000_000n);
    expect(sharesToSellMicros(exiting, DUE_AT_MS)).toBe(18_000_000n);
    expect(isPartDone(exiting, DUE_AT_MS)).toBe(false);
  });

  it('is none where no part is named: everything is sold, and it is never done', () => {
    const exiting = aPosition({ state: 'exiting', exitRequest: { atMs: ASKED_AT_MS, minPriceMicros: 700_000n } });
    expect(sharesToSellMicros(exiting, ASKED_AT_MS)).toBe(36_000_000n);
    expect(isPartDone({ ...exiting, trades: [aBuyTrade(), aSellTrade()] }, ASKED_AT_MS)).toBe(false);
  });
});

describe('the lateness of an exit', () => {
  const first = (firstExitAttemptAtMs: number | null) => ({ exitDueAtMs: DUE_AT_MS, firstExitAttemptAtMs });

  it('is counted from when it was due to its first order, and early is not late', () => {
    expect(latenessMsOf(first(DUE_AT_MS + 250))).toBe(250);
    expect(latenessMsOf(first(DUE_AT_MS - 250))).toBe(0);
  });

  it('does not exist without an order, and after a hold', () => {
    expect(latenessMsOf(first(null))).toBeNull();
    const holdLook = { atMs: DUE_AT_MS, priceMicros: 970_000n };
    expect(latenessMsOf({ ...first(DUE_AT_MS + 250), holdLook })).toBeNull();
  });
});

describe('the reason why nothing was sold', () => {
  const holdDecision = { atMs: DUE_AT_MS, priceMicros: 970_000n, proceedsMicros: 34_846_000n };
  const holdLook = { atMs: DUE_AT_MS, priceMicros: 970_000n };
  const policy = { ...DEFAULT_EXIT_POLICY, rules: { holdAboveMicros: 0n } };
  const above = { ...DEFAULT_EXIT_POLICY, rules: { holdAboveMicros: 900_000n } };

  it.each<[string, Partial<PositionRecord>, boolean]>([
    ['the price at which a rule held', { holdDecision, holdLook }, true],
    ['none while the held price was never seen', { holdLook: { ...holdLook, priceMicros: null } }, false],
    ['none once the exit went on after it was held', { holdDecision }, false],
    ['none after a request, which ends the hold', { holdDecision, holdLook, policy, exitRequest }, false],
    ['a hold at any price', { policy }, true],
    ['none where a rule made the exit due earlier', { policy, exitDueAtMs: DUE_AT_MS - 1 }, false],
    ['a hold at any price beyond the exit time given', { policy, givenExitAtMs: 7_000, exitDueAtMs: 7_000 }, true],
    ['none where the price was below that of its rule', { policy: above }, false],
    ['none without rules', {}, false],
  ])('is %s', (_, overrides, isReason) => {
    expect(isHeldForReason({ ...aPosition({ state: 'holding' }), ...overrides })).toBe(isReason);
  });
});
