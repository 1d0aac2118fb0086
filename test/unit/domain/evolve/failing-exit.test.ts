import { describe, expect, it } from 'vitest';
import { noteFailingExit } from '#lib/domain/evolve/failing-exit.ts';
import type { ExitingPosition, Position } from '#lib/domain/position/position.ts';
import { EVENT_TYPES, type EventType } from '#lib/domain/position/position-event.ts';
import { WINDOW_STARTS_AT_MS } from '#test/factories/a-market.ts';
import { aPosition } from '#test/factories/a-position.ts';
import { aBuyTrade, aSellTrade } from '#test/factories/a-trade.ts';
import { anEvent } from '#test/factories/an-event.ts';

/** When the default exit is due and begins, and when its market ends. */
const DUE_AT_MS = WINDOW_STARTS_AT_MS + 180_000;
const ENDS_AT_MS = WINDOW_STARTS_AT_MS + 300_000;
const before = aPosition({ state: 'exiting' });
const wokenAt = (atMs: number, changes: Partial<ExitingPosition> = {}) =>
  aPosition({ state: 'exiting', ...changes, wakeUp: { id: 'v5', atMs } });

function isTold(after: Position, type: EventType = 'order-refused', atMs = DUE_AT_MS): boolean {
  const noted = noteFailingExit(before, { ...anEvent({ type }), atMs }, after);
  return noted.state === 'exiting' && noted.isFailingTold;
}

describe('an exit that fails', () => {
  it('is noted when the pause begins with which it has sold nothing for 30 s', () => {
    const failing = wokenAt(DUE_AT_MS + 30_000);
    expect(noteFailingExit(before, anEvent({ type: 'order-refused' }), failing)).toEqual({
      ...failing,
      isFailingTold: true,
    });
    expect(isTold(wokenAt(DUE_AT_MS + 29_999))).toBe(false);
  });

  it('is noted at the event, where the next step is overdue already', () => {
    const late = wokenAt(DUE_AT_MS + 1_000);
    expect(isTold(late, 'order-refused', DUE_AT_MS + 30_000)).toBe(true);
    expect(isTold(late, 'order-refused', DUE_AT_MS + 29_999)).toBe(false);
  });

  it('counts from its last sale', () => {
    const trades = [aBuyTrade(), aSellTrade({ sharesMicros: 1_000_000n, matchedAtMs: DUE_AT_MS + 20_000 })];
    expect(isTold(wokenAt(DUE_AT_MS + 49_999, { trades }))).toBe(false);
    expect(isTold(wokenAt(DUE_AT_MS + 50_000, { trades }))).toBe(true);
    const onRequest = [aBuyTrade(), aSellTrade({ sharesMicros: 1_000_000n, matchedAtMs: DUE_AT_MS - 20_000 })];
    expect(isTold(wokenAt(DUE_AT_MS + 29_999, { trades: onRequest }))).toBe(false);
  });

  it('is noted 30 s before the market’s end, also when it had just sold a part', () => {
    const trades = [aBuyTrade(), aSellTrade({ sharesMicros: 1_000_000n, matchedAtMs: ENDS_AT_MS - 31_000 })];
    const noBuyerCount = 1;
    expect(isTold(wokenAt(ENDS_AT_MS - 30_001, { trades }))).toBe(false);
    expect(isTold(wokenAt(ENDS_AT_MS - 30_000, { trades }))).toBe(true);
    expect(isTold(wokenAt(ENDS_AT_MS - 30_000, { trades, noBuyerCount }))).toBe(true);
  });

  it('is noted a minute before the end where there are no bids, or half of its lead before', () => {
    expect(isTold(wokenAt(ENDS_AT_MS - 60_001, { noBuyerCount: 1 }))).toBe(false);
    expect(isTold(wokenAt(ENDS_AT_MS - 60_000, { noBuyerCount: 1 }))).toBe(true);
    const policy = { ...before.policy, exitLeadMs: 80_000 };
    expect(isTold(wokenAt(ENDS_AT_MS - 40_001, { noBuyerCount: 1, policy }))).toBe(false);
    expect(isTold(wokenAt(ENDS_AT_MS - 40_000, { noBuyerCount: 1, policy }))).toBe(true);
  });

  it.each(EVENT_TYPES)('is noted after results of attempts only: %s', (type) => {
    const results = [
      'order-refused',
      'order-not-sent',
      'order-unknown',
      'orders-observed',
      'look-up-failed',
      'sell-put-off',
    ];
    expect(isTold(wokenAt(ENDS_AT_MS), type)).toBe(results.includes(type));
  });

  it('is not noted while a request may wait for its price, nor where too little is left', () => {
    const exitRequest = { atMs: DUE_AT_MS, minPriceMicros: 900_000n };
    expect(isTold(wokenAt(ENDS_AT_MS, { exitRequest, exitDueAtMs: DUE_AT_MS + 1 }))).toBe(false);
    expect(isTold(wokenAt(ENDS_AT_MS, { exitRequest, exitDueAtMs: DUE_AT_MS }))).toBe(true);
    expect(isTold(wokenAt(ENDS_AT_MS, { trades: [aBuyTrade({ sharesMicros: 9_999n })] }))).toBe(false);
    expect(isTold(wokenAt(ENDS_AT_MS, { trades: [aBuyTrade({ sharesMicros: 10_000n })] }))).toBe(true);
  });

  it('is not noted again, nor of a row that did not change or is not exiting', () => {
    const event = anEvent({ type: 'order-refused' });
    const told = wokenAt(ENDS_AT_MS, { isFailingTold: true });
    expect(noteFailingExit(before, event, told)).toBe(told);
    const same = wokenAt(ENDS_AT_MS);
    expect(noteFailingExit(same, event, same)).toBe(same);
    const holding = aPosition({ state: 'holding', wakeUp: { id: 'v5', atMs: ENDS_AT_MS } });
    expect(noteFailingExit(before, event, holding)).toBe(holding);
  });
});
