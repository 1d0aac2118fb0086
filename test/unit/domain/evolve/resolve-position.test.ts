import { describe, expect, it } from 'vitest';
import { evolvePosition, isOutdatedAnswer } from '#lib/domain/evolve/evolve-position.ts';
import { advance, resolvePosition } from '#lib/domain/evolve/resolve-position.ts';
import type {
  AwaitingResolutionPosition,
  ExitingPosition,
  ExitReason,
  OpenPosition,
  VoidReason,
} from '#lib/domain/position/position.ts';
import { WINDOW_STARTS_AT_MS } from '#test/factories/a-market.ts';
import { aPosition } from '#test/factories/a-position.ts';
import { aBuyTrade, aHedgeTrade, aSellTrade } from '#test/factories/a-trade.ts';
import { aLiveAttempt } from '#test/factories/an-attempt.ts';
import { anEvent } from '#test/factories/an-event.ts';
import { anIntent, HEDGE_ORDER_HASH, orderHashOf } from '#test/factories/an-intent.ts';

/** When the default exit is due. */
const DUE_AT_MS = WINDOW_STARTS_AT_MS + 180_000;
const HEDGE = { orderHash: HEDGE_ORDER_HASH, costMicrosMax: 15_000_000n };
const ELSEWHERE = [{ transactionHash: '0x2', sharesMicros: 36_000_000n, cashMicros: null }];
const PROVISIONAL = aSellTrade({ status: 'provisional' });
const FAILED_BUY = aBuyTrade({ status: 'failed' });
const UNKNOWN = aLiveAttempt({ phase: { phase: 'unknown', sinceMs: DUE_AT_MS } });

const resolve = (position: OpenPosition, emptyReason?: VoidReason) =>
  resolvePosition(position, advance(position), DUE_AT_MS, emptyReason);

describe('what all states share', () => {
  it('has none of the fields of a single state, and the next version', () => {
    const holding = aPosition({ state: 'holding' });
    const { state: _, wakeUp: _wakeUp, ...record } = holding;
    expect(advance(holding)).toEqual({ ...record, version: 4 });
    expect(Object.keys(advance(aPosition({ state: 'exiting' }))).sort()).toEqual(Object.keys(record).sort());
    expect(Object.keys(advance(aPosition({ state: 'awaiting-resolution' }))).sort()).toEqual(
      Object.keys(record).sort(),
    );
  });
});

describe('a position without shares', () => {
  it('is void, with the reason that is known', () => {
    const buying = aPosition({ state: 'buying' });
    expect(resolve(buying)).toMatchObject({ state: 'voided', exitReason: 'void:nothing-bought' });
    expect(resolve(buying, 'buy-refused')).toMatchObject({ exitReason: 'void:buy-refused' });
    expect(resolve({ ...buying, trades: [FAILED_BUY] })).toMatchObject({ exitReason: 'void:buy-failed' });
    expect(resolve({ ...buying, trades: [FAILED_BUY] }, 'buy-not-sent')).toMatchObject({
      exitReason: 'void:buy-not-sent',
    });
  });

  it.each<[string, Partial<ExitingPosition>]>([
    ['an order is open', { trades: [], attempts: [UNKNOWN] }],
    ['a sale is known, although its buy failed', { trades: [FAILED_BUY, aSellTrade()] }],
    ['the other outcome was bought', { hedge: HEDGE, trades: [FAILED_BUY, aHedgeTrade()] }],
    ['shares were bought', {}],
  ])('is not void while %s', (_, changes) => {
    expect(resolve(aPosition({ state: 'exiting', ...changes })).state).not.toBe('voided');
  });
});

describe('a buy', () => {
  it('is held once it brought shares', () => {
    expect(resolve(aPosition({ state: 'buying', trades: [aBuyTrade({ status: 'provisional' })] }))).toMatchObject({
      state: 'holding',
    });
    expect(resolve(aPosition({ state: 'buying', attempts: [UNKNOWN] }))).toMatchObject({
      state: 'buying',
      wakeUp: { id: 'v2' },
    });
  });
});

describe('a holding', () => {
  it('ends once nothing of it is held and all is final', () => {
    const gone = { left: ELSEWHERE };
    expect(resolve(aPosition({ state: 'holding', ...gone }))).toMatchObject({ state: 'exited' });
    const open = aPosition({ state: 'holding', ...gone, attempts: [UNKNOWN] });
    expect(resolve(open)).toMatchObject({ state: 'holding', attempts: [UNKNOWN] });
    expect(resolve(aPosition({ state: 'holding' }))).toMatchObject({ state: 'holding' });
    const dust = aPosition({ state: 'holding', trades: [aBuyTrade({ sharesMicros: 9_999n })] });
    expect(resolve(dust)).toMatchObject({ state: 'holding' });
  });
});

describe('an exit', () => {
  const exiting = (changes: Partial<ExitingPosition>) => resolve(aPosition({ state: 'exiting', ...changes }));
  const sold = (...more: ExitingPosition['trades']) => [aBuyTrade(), aSellTrade(), ...more];

  it('is over once all is sold and final', () => {
    expect(exiting({ trades: sold() })).toMatchObject({ state: 'exited' });
    expect(exiting({ trades: [aBuyTrade(), PROVISIONAL] })).toMatchObject({ state: 'exiting', wakeUp: { id: 'v5' } });
  });

  it('does not count missing shares as sold', () => {
    expect(exiting({ shortfallMicros: 36_000_000n })).toMatchObject({ state: 'exiting' });
  });

  it('of a part is done once the part is sold and final', () => {
    const exitRequest = { atMs: DUE_AT_MS - 60_000, untilSoldMicros: 9_000_000n };
    const part = (changes: Parameters<typeof aSellTrade>[0]) =>
      exiting({
        exitRequest,
        exitDueAtMs: DUE_AT_MS + 1,
        trades: [aBuyTrade(), aSellTrade({ sharesMicros: 9_000_000n, ...changes })],
      });
    const done = part({});
    expect(done).toMatchObject({ state: 'holding' });
    expect(done).not.toHaveProperty('exitRequest');
    expect(part({ status: 'provisional' })).toMatchObject({ state: 'exiting', exitRequest });
    expect(part({ sharesMicros: 8_000_000n })).toMatchObject({ state: 'exiting', exitRequest });
  });

  it('waits for its pairs once these are all that is left and final', () => {
    const hedged = { hedge: HEDGE, trades: [aBuyTrade(), aHedgeTrade()] };
    expect(exiting(hedged)).toMatchObject({ state: 'awaiting-resolution', exitReason: 'emergency:timeout_merge' });
    const provisional = [aBuyTrade(), aHedgeTrade({ status: 'provisional' })];
    expect(exiting({ ...hedged, trades: provisional })).toMatchObject({ state: 'exiting' });
    const part = [aBuyTrade(), aHedgeTrade({ sharesMicros: 9_000_000n })];
    expect(exiting({ ...hedged, trades: part })).toMatchObject({ state: 'exiting' });
  });
});

describe('a position past its deadline', () => {
  const awaiting = (changes: Partial<AwaitingResolutionPosition>) =>
    resolve(aPosition({ state: 'awaiting-resolution', ...changes }));

  it('ends once all is sold and final', () => {
    expect(awaiting({ trades: [aBuyTrade(), aSellTrade()] })).toMatchObject({ state: 'exited' });
    expect(awaiting({ trades: [aBuyTrade(), PROVISIONAL] })).toMatchObject({
      state: 'awaiting-resolution',
      wakeUp: { id: 'v7' },
    });
  });

  const FAILED = 'emergency:timeout_sell_failed';
  const quiet = { forceClosed: false, forceCloseReason: null };
  const forced = { forceClosed: true, forceCloseReason: 'timeout' };
  const left = (sharesMicros: bigint) => [aBuyTrade(), aSellTrade({ sharesMicros: 36_000_000n - sharesMicros })];

  it.each<[ExitReason, Partial<AwaitingResolutionPosition>, object]>([
    ['emergency:timeout', {}, { exitReason: FAILED, ...forced }],
    ['manual', { trades: left(10_000n) }, { exitReason: FAILED, ...forced }],
    ['manual', { trades: left(9_999n), attempts: [UNKNOWN] }, { exitReason: 'manual', ...quiet }],
    ['hold:above', {}, { exitReason: 'hold:above', ...quiet }],
    ['emergency:timeout_buy_unknown', {}, { exitReason: 'emergency:timeout_buy_unknown', ...quiet }],
  ])('is corrected where shares are left after all: from %s (%#)', (exitReason, changes, expected) => {
    const quietly = { forceClosed: false, forceCloseReason: null, exitReason } as const;
    expect(awaiting({ ...quietly, ...changes })).toMatchObject({ state: 'awaiting-resolution', ...expected });
  });

  it('is corrected where a hedge covers what was left', () => {
    const hedged = { hedge: HEDGE, trades: [aBuyTrade(), aHedgeTrade()] };
    const merged = { exitReason: 'emergency:timeout_merge', ...forced };
    expect(awaiting({ ...hedged, exitReason: FAILED, forceClosed: false })).toMatchObject(merged);
    expect(awaiting({ ...hedged, exitReason: 'hold:above', ...{ forceClosed: false } })).toMatchObject({
      exitReason: 'hold:above',
      forceClosed: false,
    });
  });
});

describe('a look-up that fails', () => {
  const failed = anEvent({ type: 'look-up-failed', text: 'not reached' });
  const venueWords = [{ text: 'not reached', count: 1 }];

  it('changes nothing without an open order', () => {
    const exiting = aPosition({ state: 'exiting' });
    expect(evolvePosition(exiting, failed)).toBe(exiting);
  });

  it('ends a sell that cannot fill any more, so that the next one may follow', () => {
    const cancelled = (sinceMs: number) =>
      aPosition({ state: 'exiting', attempts: [aLiveAttempt({ phase: { phase: 'cancelled', sinceMs } })] });
    expect(evolvePosition(cancelled(DUE_AT_MS - 20_000), failed)).toMatchObject({
      version: 5,
      venueWords,
      attempts: [{ phase: 'ended', sinceMs: DUE_AT_MS }],
    });
    expect(evolvePosition(cancelled(DUE_AT_MS - 19_999), failed)).toMatchObject({ attempts: [{ phase: 'cancelled' }] });
  });

  it('after the deadline ends none', () => {
    const attempts = [aLiveAttempt({ phase: { phase: 'cancelled', sinceMs: 0 } })];
    const awaiting = aPosition({ state: 'awaiting-resolution', attempts });
    expect(evolvePosition(awaiting, failed)).toMatchObject({ version: 7, venueWords, attempts });
  });
});

describe('the deadline', () => {
  const reached = anEvent({ type: 'deadline-reached', atMs: DUE_AT_MS + 115_000 });

  it('voids an opening that never saved its buy', () => {
    expect(evolvePosition(aPosition({ state: 'buying' }), reached)).toMatchObject({
      state: 'voided',
      exitReason: 'void:abandoned',
      version: 2,
    });
  });

  it.each<[string, OpenPosition, ExitReason]>([
    [
      'a buy that may have filled',
      aPosition({ state: 'buying', attemptCount: 1, attempts: [UNKNOWN] }),
      'emergency:timeout_buy_unknown',
    ],
    [
      'a guarded position that never ordered',
      aPosition({ state: 'holding', attemptCount: 0 }),
      'emergency:timeout_sell_failed',
    ],
    ['an exit', aPosition({ state: 'exiting' }), 'emergency:timeout_sell_failed'],
  ])('writes the exit record of %s', (_, position, exitReason) => {
    expect(evolvePosition(position, reached)).toMatchObject({ state: 'awaiting-resolution', exitReason });
  });

  it('passes once', () => {
    const awaiting = aPosition({ state: 'awaiting-resolution' });
    expect(evolvePosition(awaiting, reached)).toBe(awaiting);
  });
});

describe('an answer to an earlier post', () => {
  const other = aLiveAttempt({ intent: anIntent({ orderHash: orderHashOf(9) }), postCount: 2 });
  const posted = (...attempts: OpenPosition['attempts']) => aPosition({ state: 'exiting', attempts });
  const refused = anEvent({ type: 'order-refused' });

  it('is outdated once its own order was posted again, or is no longer on the row', () => {
    expect(isOutdatedAnswer(refused, posted(other, aLiveAttempt()), posted(aLiveAttempt()))).toBe(false);
    expect(isOutdatedAnswer(refused, posted(aLiveAttempt()), posted())).toBe(true);
  });
});
