import { describe, expect, it } from 'vitest';
import {
  exitPosition,
  exitRecordAtDeadline,
  isEarlyExit,
  lastSoldAtMs,
  voidPosition,
} from '#lib/domain/evolve/close-position.ts';
import { advance } from '#lib/domain/evolve/resolve-position.ts';
import type { FiringRule } from '#lib/domain/position/exit-policy.ts';
import type {
  AwaitingResolutionPosition,
  BuyingPosition,
  ExitingPosition,
  ExitReason,
  HoldingPosition,
} from '#lib/domain/position/position.ts';
import { WINDOW_STARTS_AT_MS } from '#test/factories/a-market.ts';
import { aPosition } from '#test/factories/a-position.ts';
import { aBuyTrade, aHedgeTrade, aSellTrade } from '#test/factories/a-trade.ts';
import { HEDGE_ORDER_HASH } from '#test/factories/an-intent.ts';

/** When the default exit is due. */
const DUE_AT_MS = WINDOW_STARTS_AT_MS + 180_000;
const AT_MS = DUE_AT_MS + 9_000;
const SOLD_AT_MS = DUE_AT_MS + 2_000;
const SOLD = { trades: [aBuyTrade(), aSellTrade({ matchedAtMs: SOLD_AT_MS })] };
const HEDGE = { hedge: { orderHash: HEDGE_ORDER_HASH, costMicrosMax: 15_000_000n } };
const MERGE = { merges: [{ transactionHash: '0x1', cashMicros: 36_000_000n, gasWei: null }] };
const LEFT = { left: [{ transactionHash: '0x2', sharesMicros: 36_000_000n, cashMicros: null }] };

describe('an early exit', () => {
  it('is one that is due before the clock, or that a request sells', () => {
    const byClock = aPosition({ state: 'exiting' });
    expect(isEarlyExit(byClock)).toBe(false);
    expect(isEarlyExit({ ...byClock, exitDueAtMs: DUE_AT_MS - 1 })).toBe(true);
    expect(isEarlyExit({ ...byClock, exitRequest: { atMs: 1 } })).toBe(true);
  });
});

describe('the time of the exit', () => {
  it('is that of the last sale that did not fail', () => {
    const trades = [
      aSellTrade({ matchedAtMs: 300 }),
      aSellTrade({ matchedAtMs: 500, status: 'provisional' }),
      aSellTrade({ matchedAtMs: 400 }),
      aSellTrade({ matchedAtMs: 900, status: 'failed' }),
      aBuyTrade({ matchedAtMs: 800 }),
    ];
    expect(lastSoldAtMs(aPosition({ state: 'exiting', trades }), 7)).toBe(500);
    expect(lastSoldAtMs(aPosition({ state: 'exiting', trades: trades.slice(3) }), 7)).toBe(7);
  });
});

describe('a position that proves empty', () => {
  it('is voided, at the time of its exit where that was written at the deadline', () => {
    const buying = aPosition({ state: 'buying' });
    expect(voidPosition(buying, advance(buying), 'nothing-bought', AT_MS)).toEqual({
      ...advance(buying),
      state: 'voided',
      exitAtMs: AT_MS,
      exitReason: 'void:nothing-bought',
      forceClosed: false,
      forceCloseReason: null,
      underlyingAtExitMicros: null,
      shortfallMicros: 0n,
      closedAtMs: AT_MS,
    });
    const awaiting = aPosition({ state: 'awaiting-resolution', exitAtMs: 77 });
    expect(voidPosition(awaiting, advance(awaiting), 'buy-failed', AT_MS)).toMatchObject({
      exitAtMs: 77,
      closedAtMs: AT_MS,
    });
  });
});

describe('a position that is sold', () => {
  const exitOf = (position: HoldingPosition | ExitingPosition | AwaitingResolutionPosition) =>
    exitPosition(position, advance(position), AT_MS);

  it('by the clock was forced', () => {
    const exiting = aPosition({ state: 'exiting', ...SOLD, underlyingAtExitMicros: 5n, shortfallMicros: 6n });
    expect(exitOf(exiting)).toEqual({
      ...advance(exiting),
      state: 'exited',
      exitAtMs: SOLD_AT_MS,
      exitReason: 'emergency:timeout',
      forceClosed: true,
      forceCloseReason: 'timeout',
      underlyingAtExitMicros: 5n,
      shortfallMicros: 6n,
      closedAtMs: AT_MS,
    });
  });

  const byRule = (rule: FiringRule, atMs: number) => ({
    firedRule: { rule, priceMicros: 1n, levelMicros: 1n, atMs },
  });
  const due = (atMs: number) => ({ exitDueAtMs: atMs });

  it.each<[string, Partial<ExitingPosition>, ExitReason]>([
    ['by hand', due(DUE_AT_MS - 9), 'manual'],
    ['by a request', { exitRequest: { atMs: DUE_AT_MS - 9 } }, 'manual'],
    ['by a stop', { ...due(DUE_AT_MS - 9), ...byRule('stop-loss', DUE_AT_MS - 9) }, 'rule:stop-loss'],
    [
      'by a stop that was due already',
      { ...due(DUE_AT_MS - 9), ...byRule('trailing-stop', DUE_AT_MS - 8) },
      'rule:trailing-stop',
    ],
    ['by a take-profit', { exitRequest: { atMs: 7 }, ...byRule('take-profit', 7) }, 'rule:take-profit'],
    ['by a request that overtook a take-profit', { exitRequest: { atMs: 8 }, ...byRule('take-profit', 7) }, 'manual'],
    ['by hand after a take-profit', { ...due(DUE_AT_MS - 9), ...byRule('take-profit', 7) }, 'manual'],
  ])('%s was not forced', (_, changes, exitReason) => {
    const exited = exitOf(aPosition({ state: 'exiting', ...SOLD, ...changes }));
    expect(exited).toMatchObject({ exitReason, forceClosed: false, forceCloseReason: null });
  });

  it('by the clock after a rule had fired for a request was forced', () => {
    const exited = exitOf(aPosition({ state: 'exiting', ...SOLD, ...byRule('take-profit', 7) }));
    expect(exited).toMatchObject({ exitReason: 'emergency:timeout', forceClosed: true });
  });

  it('has no price of its underlying where it never began its exit', () => {
    const awaiting = aPosition({ state: 'awaiting-resolution', ...SOLD });
    expect(exitOf(aPosition({ state: 'holding', ...SOLD })).underlyingAtExitMicros).toBeNull();
    expect(exitOf(awaiting)).toMatchObject({ exitAtMs: SOLD_AT_MS, underlyingAtExitMicros: 97_398_120_000n });
  });

  it('is merged where pairs were, or the other outcome was bought', () => {
    const merged = { exitReason: 'emergency:timeout_merge', forceClosed: true };
    expect(exitOf(aPosition({ state: 'exiting', ...SOLD, ...MERGE }))).toMatchObject(merged);
    const trades = [...SOLD.trades, aHedgeTrade()];
    const hedged = { ...HEDGE, trades };
    expect(exitOf(aPosition({ state: 'exiting', ...hedged }))).toMatchObject({ ...merged, exitAtMs: SOLD_AT_MS });
    // As many were bought as merged, and another program took shares: the suite ended it all the same.
    const both = { ...hedged, ...MERGE, ...LEFT, trades: [aBuyTrade(), aHedgeTrade()], exitAtMs: 77 };
    expect(exitOf(aPosition({ state: 'awaiting-resolution', ...both }))).toMatchObject({ ...merged, exitAtMs: 77 });
  });

  it('elsewhere was not forced, and is over when that was learned', () => {
    const gone = { ...LEFT, trades: [aBuyTrade()] };
    const exiting = aPosition({ state: 'exiting', ...gone, shortfallMicros: 5n, underlyingAtExitMicros: 6n });
    expect(exitOf(exiting)).toEqual({
      ...advance(exiting),
      state: 'exited',
      exitAtMs: AT_MS,
      exitReason: 'elsewhere',
      forceClosed: false,
      forceCloseReason: null,
      underlyingAtExitMicros: null,
      shortfallMicros: 5n,
      closedAtMs: AT_MS,
    });
  });

  it('in part by the suite was not sold elsewhere', () => {
    const parts = [aBuyTrade(), aSellTrade({ sharesMicros: 1n, matchedAtMs: SOLD_AT_MS })];
    const exited = exitOf(aPosition({ state: 'exiting', ...LEFT, trades: parts }));
    expect(exited).toMatchObject({ exitReason: 'emergency:timeout', exitAtMs: SOLD_AT_MS });
  });
});

describe('the exit record of the deadline', () => {
  const recordOf = (position: BuyingPosition | HoldingPosition | ExitingPosition) =>
    exitRecordAtDeadline(position, advance(position), AT_MS);

  it('says that shares are left, with what the exit had learned', () => {
    const exiting = aPosition({ state: 'exiting', underlyingAtExitMicros: 5n, shortfallMicros: 6n });
    expect(recordOf(exiting)).toEqual({
      exitAtMs: AT_MS,
      exitReason: 'emergency:timeout_sell_failed',
      forceClosed: true,
      forceCloseReason: 'timeout',
      underlyingAtExitMicros: 5n,
      shortfallMicros: 6n,
    });
    expect(recordOf(aPosition({ state: 'holding' }))).toMatchObject({
      exitReason: 'emergency:timeout_sell_failed',
      underlyingAtExitMicros: null,
      shortfallMicros: 0n,
    });
  });

  it('says so from 0.01 share on, without those that proved missing', () => {
    const reasonWith = (soldMicros: bigint, shortfallMicros = 0n) =>
      recordOf(
        aPosition({
          state: 'exiting',
          shortfallMicros,
          trades: [aBuyTrade(), aSellTrade({ sharesMicros: soldMicros, matchedAtMs: SOLD_AT_MS })],
        }),
      );
    expect(reasonWith(35_990_000n)).toMatchObject({ exitReason: 'emergency:timeout_sell_failed', exitAtMs: AT_MS });
    expect(reasonWith(35_990_001n)).toMatchObject({ exitReason: 'emergency:timeout', exitAtMs: SOLD_AT_MS });
    expect(reasonWith(30_000_000n, 6_000_000n)).toMatchObject({ exitReason: 'emergency:timeout' });
  });

  it('says that a sale by hand was not forced', () => {
    const sold = aPosition({ state: 'exiting', ...SOLD, exitDueAtMs: DUE_AT_MS - 9 });
    expect(recordOf(sold)).toMatchObject({ exitReason: 'manual', forceClosed: false, forceCloseReason: null });
  });

  it('says that it is not known what was bought, or what arrives', () => {
    const unknown = { exitReason: 'emergency:timeout_buy_unknown', forceClosed: true, exitAtMs: AT_MS };
    expect(recordOf(aPosition({ state: 'buying', trades: [aBuyTrade()] }))).toMatchObject(unknown);
    expect(recordOf(aPosition({ state: 'holding', origin: 'guard', trades: [] }))).toMatchObject(unknown);
  });

  it('says that a rule holds the shares, where these are left and no exit has begun', () => {
    const holdDecision = { atMs: 1, priceMicros: 970_000n, proceedsMicros: 1n };
    const kept = { holdDecision, holdLook: { atMs: 1, priceMicros: 970_000n } };
    expect(recordOf(aPosition({ state: 'holding', ...kept }))).toMatchObject({
      exitReason: 'hold:above',
      forceClosed: false,
      exitAtMs: AT_MS,
    });
    const failed = 'emergency:timeout_sell_failed';
    expect(recordOf(aPosition({ state: 'exiting', ...kept })).exitReason).toBe(failed);
    expect(recordOf(aPosition({ state: 'holding', holdDecision })).exitReason).toBe(failed);
    expect(recordOf(aPosition({ state: 'holding', ...kept, ...SOLD })).exitReason).toBe('emergency:timeout');
  });

  it('says that pairs are all that is left', () => {
    const hedged = { ...HEDGE, trades: [aBuyTrade(), aHedgeTrade()] };
    expect(recordOf(aPosition({ state: 'exiting', ...hedged }))).toMatchObject({
      exitReason: 'emergency:timeout_merge',
      forceClosed: true,
      exitAtMs: AT_MS,
    });
  });
});
