import { describe, expect, it } from 'vitest';
import { type DayEntry, summariseDay } from '#lib/domain/news/day-summary.ts';
import { healingOf, setbacksOf } from '#lib/domain/news/setbacks.ts';
import type { PositionEvent } from '#lib/domain/position/position-event.ts';
import { aPosition } from '#test/factories/a-position.ts';
import { aBuyTrade, aSellTrade } from '#test/factories/a-trade.ts';
import { anIntent, BUY_ORDER_HASH, orderHashOf } from '#test/factories/an-intent.ts';

const ABOUT = { stage: 'test', day: '2026-03-12', unreadableCount: 0, halts: [] };
const summaryOf = (entries: readonly DayEntry[]) => summariseDay(entries, ABOUT);

describe('summariseDay', () => {
  it('has no modes without positions', () => {
    expect(summaryOf([])).toEqual({ ...ABOUT, modes: [] });
  });

  it('sums up ends, money, reasons and lateness for each mode', () => {
    const sold = aPosition({ state: 'exited' });
    const late = aPosition({ state: 'exited', firstExitAttemptAtMs: sold.exitDueAtMs + 1_000 });
    const voided = aPosition({ state: 'voided' });
    const live = aPosition({ state: 'worthless', mode: 'live' });
    const { modes } = summaryOf([sold, late, voided, live].map((position) => ({ position, setbacks: [] })));
    expect(modes.map(({ mode, positionCount }) => [mode, positionCount])).toEqual([
      ['paper', 3],
      ['live', 1],
    ]);
    const [paper, ofLive] = modes;
    expect(paper).toMatchObject({
      ends: [
        { state: 'exited', count: 2 },
        { state: 'voided', count: 1 },
      ],
      exits: [
        { reason: 'emergency:timeout', count: 2 },
        { reason: 'void:buy-refused', count: 1 },
      ],
      lateness: { count: 2, p50Ms: 0, maxMs: 1_000 },
      setbacks: [],
    });
    // 36 shares at 0.65 and a fee of 0.5733 dollars, all lost.
    expect(ofLive).toMatchObject({ pnlMicros: '-23973300', costMicros: '23400000', feesMicros: '573300' });
  });

  it('counts results that cannot be known, and adds up the others', () => {
    const found = { sharesMicros: 36_000_000n, costMicros: null, blockNumber: 6_000n };
    const guarded = aPosition({ state: 'worthless', origin: 'guard', found, trades: [] });
    const [paper] = summaryOf(
      [guarded, aPosition({ state: 'worthless' })].map((position) => ({ position, setbacks: [] })),
    ).modes;
    expect(paper).toMatchObject({ positionCount: 2, unknownCount: 1, pnlMicros: '-23973300', costMicros: '23400000' });
  });

  it('counts a result that is not known because of what other programs got, and names the frequent ends first', () => {
    const left = [{ transactionHash: '0x1', sharesMicros: 36_000_000n, cashMicros: null }];
    const elsewhere = aPosition({ state: 'exited', exitReason: 'elsewhere', trades: [aBuyTrade()], left });
    const sold = aPosition({ state: 'exited' });
    const [paper] = summaryOf([elsewhere, sold, sold].map((position) => ({ position, setbacks: [] }))).modes;
    expect(paper).toMatchObject({ positionCount: 3, unknownCount: 1, costMicros: '46800000' });
    expect(paper?.exits).toEqual([
      { reason: 'emergency:timeout', count: 2 },
      { reason: 'elsewhere', count: 1 },
    ]);
  });

  it('gives the median, the 99th percentile and the maximum of lateness, and counts an early exit as on time', () => {
    const { exitDueAtMs } = aPosition({ state: 'exited' });
    const positions = Array.from({ length: 100 }, (_, index) =>
      aPosition({ state: 'exited', firstExitAttemptAtMs: exitDueAtMs + index - 10 }),
    );
    const neverTried = aPosition({ state: 'exited', firstExitAttemptAtMs: null });
    const [paper] = summaryOf([...positions, neverTried].map((position) => ({ position, setbacks: [] }))).modes;
    expect(paper?.lateness).toEqual({ count: 100, p50Ms: 39, p99Ms: 88, maxMs: 89 });
    const [early] = summaryOf([{ position: positions[0]!, setbacks: [] }]).modes;
    expect(early?.lateness).toEqual({ count: 1, p50Ms: 0, p99Ms: 0, maxMs: 0 });
    expect(summaryOf([{ position: neverTried, setbacks: [] }]).modes[0]?.lateness).toEqual({
      count: 0,
      p50Ms: null,
      p99Ms: null,
      maxMs: null,
    });
  });

  it('sums up the fee drift of positions whose true fees are known', () => {
    const trades = (feeDriftMicros: bigint | null) => [aBuyTrade({ feeDriftMicros }), aSellTrade({ feeDriftMicros })];
    const known = aPosition({ state: 'exited', trades: trades(100n) });
    const unknown = aPosition({ state: 'exited', trades: trades(null) });
    const driftOf = (...positions: (typeof known)[]) =>
      summaryOf(positions.map((position) => ({ position, setbacks: [] }))).modes[0]?.feeDriftMicros;
    expect(driftOf(known, unknown)).toBe('200');
    expect(driftOf(unknown)).toBeNull();
  });

  it('counts setbacks by cause, the most frequent first, with the median duration', () => {
    const position = aPosition({ state: 'exited' });
    const { modes } = summaryOf([
      { position, setbacks: [{ cause: 'no-liquidity', count: 1, healedMs: [] }] },
      { position, setbacks: [{ cause: 'unsettled-buy', count: 2, healedMs: [2_000] }] },
      { position, setbacks: [{ cause: 'unsettled-buy', count: 3, healedMs: [4_000, 90_000] }] },
    ]);
    const [first, second] = modes[0]?.setbacks ?? [];
    expect(first).toEqual({ cause: 'unsettled-buy', count: 5, healedMedianMs: 4_000 });
    expect(second).toEqual({ cause: 'no-liquidity', count: 1, healedMedianMs: null });
  });
});

const fills = { sharesMicros: 1n, valueMicros: 1n, feesMicros: 0n };
const FIRST = orderHashOf(2);
const SECOND = orderHashOf(3);
const intended = (atMs: number, orderHash = FIRST): PositionEvent => ({
  type: 'sell-intended',
  atMs,
  intent: anIntent({ orderHash }),
  leaseUntilMs: atMs,
  postAtMs: atMs,
  underlyingMicros: null,
  bidMicros: null,
  needsApproval: false,
});
const refused = (atMs: number, cause: 'unsettled-buy' | 'no-liquidity', orderHash = FIRST): PositionEvent => ({
  type: 'order-refused',
  atMs,
  orderHash,
  code: 'balance-or-allowance',
  cause,
  text: '',
  sellableMicros: null,
  shortfallMicros: null,
  remedied: false,
});
const notSent = (atMs: number): PositionEvent => ({
  type: 'order-not-sent',
  atMs,
  orderHash: FIRST,
  code: 'rate-limited',
  text: '',
  retryAfterMs: null,
});
const observed = (atMs: number, ...trades: readonly Parameters<typeof aSellTrade>[0][]): PositionEvent => ({
  type: 'orders-observed',
  atMs,
  orders: [
    { orderHash: BUY_ORDER_HASH, working: false, trades: [aBuyTrade()] },
    { orderHash: FIRST, working: false, trades: trades.map((each) => aSellTrade(each)) },
  ],
  absentHashes: [],
});
const accepted = (atMs: number, reported = fills, orderHash = FIRST): PositionEvent => ({
  type: 'order-accepted',
  atMs,
  orderHash,
  working: false,
  reported,
});

describe('setbacksOf', () => {
  it('measures from the first refusal to the next accepted sell', () => {
    const events = [
      intended(0),
      refused(100, 'unsettled-buy'),
      refused(1_100, 'unsettled-buy'),
      refused(2_100, 'no-liquidity'),
      accepted(3_100),
      intended(3_900, SECOND),
      refused(4_000, 'no-liquidity', SECOND),
    ];
    expect(setbacksOf(events)).toEqual([
      { cause: 'unsettled-buy', count: 2, healedMs: [3_000] },
      { cause: 'no-liquidity', count: 2, healedMs: [1_000] },
    ]);
  });

  it('counts waits of the venue, each by its code', () => {
    expect(setbacksOf([intended(0), notSent(100), accepted(400)])).toEqual([
      { cause: 'rate-limited', count: 1, healedMs: [300] },
    ]);
  });

  it('ends a setback with a sell that rests, or that a look-up shows', () => {
    const begun = [intended(0), refused(100, 'no-liquidity')];
    const healedBy = (event: PositionEvent) => setbacksOf([...begun, event])[0]?.healedMs;
    const working = { ...accepted(400, { ...fills, sharesMicros: 0n }), working: true } as const;
    expect(healedBy(working)).toEqual([300]);
    expect(healedBy(observed(400, { status: 'failed' }, { status: 'provisional' }))).toEqual([300]);
    expect(healedBy(observed(400, { status: 'failed' }))).toEqual([]);
    expect(healedBy(observed(400))).toEqual([]);
    expect(healedBy({ type: 'look-up-failed', atMs: 400, text: '' })).toEqual([]);
  });

  it('does not end a setback with trades of a sell that was taken before it', () => {
    const events = [intended(0), accepted(50), intended(90, SECOND), refused(100, 'no-liquidity', SECOND)];
    const later = [observed(400, { status: 'confirmed' }), accepted(900, fills, SECOND)];
    expect(setbacksOf([...events, ...later])).toEqual([{ cause: 'no-liquidity', count: 1, healedMs: [800] }]);
    expect(healingOf([...events, ...later], 9_000)).toEqual([800]);
  });

  it('ignores refusals of the buy, and answers that report no fill', () => {
    const nothing = { ...fills, sharesMicros: 0n };
    const ofBuy = refused(2, 'unsettled-buy', BUY_ORDER_HASH);
    expect(setbacksOf([refused(0, 'no-liquidity'), accepted(10)])).toEqual([]);
    expect(setbacksOf([intended(0), ofBuy, refused(5, 'no-liquidity'), accepted(10, nothing)])).toEqual([
      { cause: 'no-liquidity', count: 1, healedMs: [] },
    ]);
  });

  it('ignores a hedge, which is no sell', () => {
    const hedge = [refused(200, 'unsettled-buy', SECOND), accepted(300, fills, SECOND)];
    expect(setbacksOf([intended(0), refused(100, 'no-liquidity'), ...hedge])).toEqual([
      { cause: 'no-liquidity', count: 1, healedMs: [] },
    ]);
  });
});

describe('healingOf', () => {
  it('measures each run of refusals, whatever its causes, to the sell that was taken or to the end', () => {
    const run = [
      intended(0),
      refused(100, 'unsettled-buy'),
      refused(2_100, 'no-liquidity'),
      accepted(3_100),
      intended(3_900, SECOND),
      refused(4_000, 'no-liquidity', SECOND),
    ];
    expect(healingOf(run, 9_000)).toEqual([3_000, 5_000]);
    expect(healingOf([...run, accepted(4_500, fills, SECOND)], 9_000)).toEqual([3_000, 500]);
  });

  it('is empty without a refused sell', () => {
    expect(healingOf([refused(0, 'no-liquidity'), intended(5), accepted(10)], 20)).toEqual([]);
  });
});
