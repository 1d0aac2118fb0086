import { describe, expect, test } from 'vitest';
import { evolvePosition, isOutdatedAnswer } from '#lib/domain/evolve/evolve-position.ts';
import type { AlertKind, AlertSeverity } from '#lib/domain/news/alert.ts';
import { alertAfter, stalledAlert } from '#lib/domain/news/alert-after.ts';
import { allAttempts, endedAttempts } from '#lib/domain/position/attempt-records.ts';
import type { ExitReason, OpenPosition, Position } from '#lib/domain/position/position.ts';
import type { PositionEvent } from '#lib/domain/position/position-event.ts';
import { describePosition } from '#lib/domain/position/position-view.ts';
import { NOTHING_SETTLED, type SettlementProgress } from '#lib/domain/position/settlement-progress.ts';
import { REFUSAL_CAUSES } from '#lib/domain/refusal/refusal.ts';
import { REACTIONS } from '#lib/domain/refusal/refusal-reactions.ts';
import { aPosition } from '#test/factories/a-position.ts';
import { aBuyTrade, aHedgeTrade, aSellTrade } from '#test/factories/a-trade.ts';
import { aLiveAttempt } from '#test/factories/an-attempt.ts';
import { anEvent } from '#test/factories/an-event.ts';
import { anIntent, HEDGE_ORDER_HASH, SELL_ORDER_HASH } from '#test/factories/an-intent.ts';

const posting = aPosition({ state: 'exiting', attempts: [aLiveAttempt()] });
const alertOf = (before: OpenPosition, event: PositionEvent) =>
  alertAfter(before, event, evolvePosition(before, event));

describe('alertAfter', () => {
  test.each(REFUSAL_CAUSES)('pages for "%s" once, and only if the operator can help', (cause) => {
    const event = anEvent({ type: 'order-refused', cause });
    const first = alertOf(posting, event);
    expect(first?.kind ?? null).toBe(REACTIONS[cause].pageAtCount === 1 ? 'needs-human' : null);
    const after = evolvePosition(posting, event);
    if (after.state !== 'exiting') throw new Error('The exit ended');
    expect(alertOf({ ...after, attempts: [aLiveAttempt()] }, event)).toBeNull();
  });

  test('carries the cause, the venue’s text and the version', () => {
    const event = anEvent({ type: 'order-refused', cause: 'account-blocked', text: 'banned' });
    expect(alertOf(posting, event)).toMatchObject({
      kind: 'needs-human',
      severity: 'page',
      cause: 'account-blocked',
      venueText: 'banned',
      version: posting.version + 1,
      atMs: event.atMs,
    });
  });

  test('pages when shares are left at the deadline', () => {
    expect(alertOf(posting, anEvent({ type: 'deadline-reached' }))).toMatchObject({
      kind: 'sell-failed',
      severity: 'page',
    });
  });

  test('pages when a sale fails on chain after the deadline', () => {
    const before = aPosition({
      state: 'awaiting-resolution',
      exitReason: 'emergency:timeout',
      trades: [aBuyTrade(), aSellTrade({ status: 'provisional' })],
    });
    const orders = [{ orderHash: SELL_ORDER_HASH, working: false, trades: [aSellTrade({ status: 'failed' })] }];
    const event = anEvent({ type: 'orders-observed', orders });
    expect(alertOf(before, event)?.kind).toBe('sell-failed');
    expect(evolvePosition(before, event)).toMatchObject({
      exitReason: 'emergency:timeout_sell_failed',
      forceClosed: true,
    });
  });
});

const WORDS = [
  { text: 'not enough balance', count: 3 },
  { text: 'order killed', count: 1 },
];
const HEDGE = { orderHash: HEDGE_ORDER_HASH, costMicrosMax: 15_000_000n };

describe('what an alert says of the venue', () => {
  const leftAtDeadline = (refusals: OpenPosition['refusals']) =>
    alertOf({ ...posting, refusals, venueWords: WORDS }, anEvent({ type: 'deadline-reached' }));

  test('is every word of it, the last first, where these are the reason', () => {
    expect(leftAtDeadline({})).toMatchObject({ venueText: 'order killed', venueWords: WORDS.toReversed() });
  });

  test('is nothing where the venue had said nothing', () => {
    const alert = alertOf(posting, anEvent({ type: 'deadline-reached' }));
    expect(alert).toMatchObject({ cause: null, venueText: null, venueWords: [] });
  });

  test('is nothing where its words are not the reason', () => {
    const before = aPosition({ state: 'exiting', venueWords: WORDS, refusals: { 'no-liquidity': 2 } });
    const alert = alertAfter(before, anEvent({ type: 'deadline-reached' }), aPosition({ ...before, state: 'exited' }));
    expect(alert).toMatchObject({ kind: 'forced-exit', cause: null, venueText: null, venueWords: [] });
  });

  test('names the most frequent cause of a sale that failed, and never a wait', () => {
    expect(leftAtDeadline({ 'no-liquidity': 2, 'stale-balance': 3, 'rate-limited': 9 })?.cause).toBe('stale-balance');
    expect(leftAtDeadline({ 'no-liquidity': 3, 'stale-balance': 2 })?.cause).toBe('no-liquidity');
    expect(leftAtDeadline({ 'rate-limited': 9 })?.cause).toBeNull();
  });

  test('is told of an exit that takes no step, from the row as it stands', () => {
    const position = aPosition({ state: 'exiting', venueWords: WORDS, refusals: { 'tick-changed': 1 } });
    expect(stalledAlert(position, 77)).toEqual({
      positionId: 'position-1',
      version: 4,
      kind: 'exit-stalled',
      severity: 'page',
      atMs: 77,
      cause: 'tick-changed',
      venueText: null,
      venueWords: WORDS.toReversed(),
      position: describePosition(position),
    });
    expect(stalledAlert(aPosition({ state: 'exiting' }), 77).venueWords).toEqual([]);
  });
});

describe('a sell that is saved', () => {
  const kindsOf = (before: OpenPosition, event: PositionEvent) => alertOf(before, event)?.kind ?? null;
  const unapproved = anEvent({ type: 'sell-intended', needsApproval: true });

  test('pages for a missing approval once', () => {
    const holding = aPosition({ state: 'holding' });
    expect(alertOf(holding, unapproved)).toMatchObject({ kind: 'needs-human', cause: 'missing-approval' });
    expect(kindsOf(aPosition({ state: 'exiting' }), unapproved)).toBe('needs-human');
    expect(kindsOf(aPosition({ state: 'exiting', pagedCauses: ['missing-approval'] }), unapproved)).toBeNull();
    expect(kindsOf(holding, anEvent({ type: 'sell-intended' }))).toBeNull();
  });

  test('pages once when shares are left five minutes after the exit was due', () => {
    const early = aPosition({ state: 'exiting', exitDueAtMs: posting.exitDueAtMs - 300_000 });
    const event = anEvent({ type: 'sell-intended', atMs: posting.exitDueAtMs });
    const heard = { venueWords: WORDS, refusals: { 'no-liquidity': 2 } };
    expect(alertOf({ ...early, ...heard }, event)).toMatchObject({
      ...{ kind: 'exit-overdue', severity: 'page', cause: 'no-liquidity', venueText: 'order killed' },
    });
    expect(kindsOf(early, { ...event, atMs: event.atMs - 1 })).toBeNull();
    expect(kindsOf({ ...early, isOverdueTold: true }, event)).toBeNull();
  });
});

describe('a position that ends, or passes its deadline', () => {
  const before = aPosition({ state: 'exiting' });
  const unsold = aPosition({ state: 'awaiting-resolution' });
  const held = aPosition({ state: 'awaiting-resolution', exitReason: 'hold:above' });
  const lastBid = { priceMicros: 600_000n, atMs: 1, soldMicros: 99_000_000n };
  const merges = [{ transactionHash: '0x1', cashMicros: 1n, gasWei: null }];
  const hedgeTrades = [aBuyTrade(), aSellTrade(), aHedgeTrade({ sharesMicros: 1n })];
  const late = (exitReason: ExitReason) => aPosition({ state: 'awaiting-resolution', exitReason });
  const exited = aPosition({ state: 'exited' });
  const manual = { exitReason: 'manual', forceClosed: false } as const;

  test.each<[string, OpenPosition, Position, `${AlertKind} ${AlertSeverity}` | null]>([
    ['is sold by the clock', before, exited, 'forced-exit info'],
    ['is sold by a rule', before, { ...exited, forceClosed: false, exitReason: 'rule:stop-loss' }, 'rule-exit info'],
    ['is sold by hand', before, { ...exited, ...manual }, null],
    ['is sold far below its price', before, { ...exited, ...manual, lastBid }, 'low-sale page'],
    ['is merged', before, { ...exited, merges, lastBid }, 'merged info'],
    ['is sold beside its hedge', before, { ...exited, hedge: HEDGE, trades: hedgeTrades }, 'merged info'],
    ['is sold after all', unsold, { ...exited, lastBid }, 'late-fill warning'],
    ['is sold after all once it was held', held, exited, 'forced-exit info'],
    ['proves empty', before, aPosition({ state: 'voided' }), 'buy-voided warning'],
    ['is paid', unsold, aPosition({ state: 'redeemed' }), 'redeemed info'],
    ['is lost', unsold, aPosition({ state: 'worthless' }), 'worthless warning'],
    ['contradicts the chain', unsold, aPosition({ state: 'stranded' }), 'stranded page'],
    ['has shares left', before, unsold, 'sell-failed page'],
    ['keeps its shares by a rule', before, held, 'held info'],
    ['is left with pairs', before, late('emergency:timeout_merge'), 'hedged warning'],
    ['may have bought nothing', before, late('emergency:timeout_buy_unknown'), 'buy-unknown warning'],
    ['is sold and not final', before, late('emergency:timeout'), 'unsettled-at-deadline warning'],
    ['is held', before, aPosition({ state: 'holding' }), null],
    ['begins its exit', aPosition({ state: 'holding' }), before, null],
  ])('%s', (_, from, to, told) => {
    const alert = alertAfter(from, anEvent({ type: 'deadline-reached' }), to);
    expect(alert && `${alert.kind} ${alert.severity}`).toBe(told);
  });

  test.each<[string, Position, boolean, boolean]>([
    ['has shares left', unsold, true, true],
    ['is left with pairs', late('emergency:timeout_merge'), true, true],
    ['may have bought nothing', late('emergency:timeout_buy_unknown'), true, false],
    ['proves empty', aPosition({ state: 'voided' }), true, false],
    ['keeps its shares by a rule', held, false, false],
    ['is sold and not final', late('emergency:timeout'), false, false],
    ['is lost', aPosition({ state: 'worthless' }), false, false],
  ])('%s: whether its venue’s words (%#) and its main cause are told', (_, to, hasWords, hasCause) => {
    const after = { ...to, venueWords: WORDS, refusals: { 'no-liquidity': 2 } };
    const alert = alertAfter(before, anEvent({ type: 'deadline-reached' }), after);
    expect(alert?.venueWords).toEqual(hasWords ? WORDS.toReversed() : []);
    expect(alert?.cause).toBe(hasCause ? 'no-liquidity' : null);
  });
});

describe('an exit that cannot begin, because look-ups of the buy fail', () => {
  const unknownBuy = aLiveAttempt({ intent: anIntent({ side: 'BUY' }), phase: { phase: 'unknown', sinceMs: 0 } });
  const toldAtMs = posting.exitDueAtMs + 30_000;
  const failed = anEvent({ type: 'look-up-failed' });
  const wokenAt = (atMs: number, changes: Partial<OpenPosition> = {}) =>
    aPosition({ state: 'holding', attempts: [unknownBuy], ...changes, wakeUp: { id: 'v9', atMs } });
  const kindAfter = (before: OpenPosition, after: OpenPosition, event: PositionEvent = failed) =>
    alertAfter(before, event, after)?.kind ?? null;

  test('pages when the next look-up crosses 30 s after the exit was due, once', () => {
    expect(kindAfter(wokenAt(toldAtMs - 1), wokenAt(toldAtMs))).toBe('exit-failing');
    expect(kindAfter(wokenAt(toldAtMs - 5_000), wokenAt(toldAtMs - 1))).toBeNull();
    expect(kindAfter(wokenAt(toldAtMs), wokenAt(toldAtMs + 5_000))).toBeNull();
  });

  test('pages also while the buy itself is not known', () => {
    const buying = (atMs: number) => aPosition({ state: 'buying', attempts: [unknownBuy], wakeUp: { id: 'v9', atMs } });
    expect(kindAfter(buying(toldAtMs - 1), buying(toldAtMs))).toBe('exit-failing');
  });

  test('does not page after another event, without an open order, or once it is past the deadline', () => {
    const other = anEvent({ type: 'orders-observed' });
    expect(kindAfter(wokenAt(toldAtMs - 1), wokenAt(toldAtMs), other)).toBeNull();
    expect(kindAfter(wokenAt(toldAtMs - 1), wokenAt(toldAtMs, { attempts: [] }))).toBeNull();
    const awaiting = (atMs: number) =>
      aPosition({ state: 'awaiting-resolution', attempts: [unknownBuy], wakeUp: { id: 'v9', atMs } });
    expect(kindAfter(awaiting(toldAtMs - 1), awaiting(toldAtMs))).toBeNull();
  });
});

describe('an exit that goes on', () => {
  test('is no alert when it sells, nor when its sell is refused after the deadline', () => {
    expect(alertOf(posting, anEvent({ type: 'order-accepted' }))).toBeNull();
    const late = aPosition({ state: 'awaiting-resolution', attempts: [aLiveAttempt()] });
    expect(alertOf(late, anEvent({ type: 'order-refused', cause: 'account-blocked' }))).toBeNull();
  });
});

describe('an exit that fails', () => {
  test('pages when the row begins to say so', () => {
    const failing = { ...posting, isFailingTold: true };
    const event = anEvent({ type: 'order-unknown' });
    const heard = { ...failing, venueWords: WORDS, refusals: { 'no-liquidity': 2 } };
    expect(alertAfter(posting, event, heard)).toMatchObject({
      ...{ kind: 'exit-failing', severity: 'page', cause: 'no-liquidity', venueWords: WORDS.toReversed() },
    });
    expect(alertAfter(failing, event, failing)).toBeNull();
  });
});

describe('after the deadline', () => {
  const awaiting = (settlement: Partial<SettlementProgress>) =>
    aPosition({ state: 'awaiting-resolution', settlement: { ...NOTHING_SETTLED, ...settlement } });
  const waited = anEvent({ type: 'settlement-waited' });
  const kindAfter = (before: OpenPosition, after: OpenPosition, event: PositionEvent = waited) =>
    alertAfter(before, event, after)?.kind ?? null;

  test.each<[AlertKind, AlertSeverity, Partial<SettlementProgress>]>([
    ['settlement-late', 'warning', { isLateReported: true }],
    ['redemption-failing', 'page', { isRefusedForGood: true }],
    ['redemption-failing', 'page', { redemptionFailureCount: 3 }],
  ])('"%s" is told once (%s, %o)', (kind, severity, progress) => {
    expect(alertAfter(awaiting({}), waited, awaiting(progress))).toMatchObject({ kind, severity });
    expect(kindAfter(awaiting(progress), awaiting(progress))).toBeNull();
    expect(kindAfter(awaiting({}), awaiting({ redemptionFailureCount: 2 }))).toBeNull();
  });

  test('tells of venue data that name another winner than the chain pays', () => {
    const won = anEvent({ type: 'market-resolved', payout: { own: 1n, other: 0n, total: 1n } });
    const resolved = awaiting({ payout: won.payout });
    const kindFor = (venueWinner: 'UP' | 'DOWN' | null) => kindAfter(awaiting({}), resolved, { ...won, venueWinner });
    expect([kindFor('DOWN'), kindFor('UP'), kindFor(null)]).toEqual(['venue-disagrees', null, null]);
  });

  const observed = anEvent({ type: 'orders-observed' });
  const withTrades = (trades: Position['trades'], hedge = HEDGE) =>
    aPosition({ state: 'awaiting-resolution', trades, hedge });
  const sold = (sharesMicros = 36_000_000n) => aSellTrade({ status: 'provisional', sharesMicros });
  const failedSell = (sharesMicros = 36_000_000n) => aSellTrade({ status: 'failed', sharesMicros });

  test.each<[string, Position['trades'], Position['trades'], AlertKind | null]>([
    ['a sale shows up', [aBuyTrade()], [aBuyTrade(), sold()], 'late-fill'],
    ['a buy shows up', [], [aBuyTrade()], 'late-fill'],
    ['a hedge shows up', [aBuyTrade()], [aBuyTrade(), aHedgeTrade()], 'late-fill'],
    ['nothing changes', [aBuyTrade(), sold()], [aBuyTrade(), sold()], null],
    ['a sale fails', [aBuyTrade(), sold()], [aBuyTrade(), failedSell()], 'sell-failed'],
    ['a hedge fails', [aBuyTrade(), aHedgeTrade()], [aBuyTrade(), aHedgeTrade({ status: 'failed' })], 'sell-failed'],
    [
      'a sale of 0.01 share fails',
      [aBuyTrade({ sharesMicros: 10_000n }), sold(10_000n)],
      [aBuyTrade({ sharesMicros: 10_000n }), failedSell(10_000n)],
      'sell-failed',
    ],
    [
      'a sale of less fails',
      [aBuyTrade({ sharesMicros: 9_999n }), sold(9_999n)],
      [aBuyTrade({ sharesMicros: 9_999n }), failedSell(9_999n)],
      null,
    ],
    [
      'a sale fails, and its shares are paired',
      [aBuyTrade(), aHedgeTrade(), sold()],
      [aBuyTrade(), aHedgeTrade(), failedSell()],
      null,
    ],
  ])('%s', (_, before, after, kind) => {
    expect(kindAfter(withTrades(before), withTrades(after), observed)).toBe(kind);
  });
});

describe('isOutdatedAnswer', () => {
  const again = aPosition({ state: 'exiting', attempts: [aLiveAttempt({ postCount: 2 })] });

  test.each(['order-refused', 'order-not-sent', 'order-unknown'] as const)(
    '%s of an earlier post is outdated',
    (type) => {
      expect(isOutdatedAnswer(anEvent({ type }), posting, again)).toBe(true);
      expect(isOutdatedAnswer(anEvent({ type }), posting, posting)).toBe(false);
    },
  );

  test('an acceptance of an earlier post counts for the later one', () => {
    expect(isOutdatedAnswer(anEvent({ type: 'order-accepted' }), posting, again)).toBe(false);
  });

  test.each(['order-refused', 'order-not-sent', 'order-unknown'] as const)(
    '%s never makes a known fill disappear',
    (type) => {
      const reported = { sharesMicros: 36_000_000n, valueMicros: 21_600_000n, feesMicros: 0n };
      const matched = aPosition({
        state: 'exiting',
        attempts: [aLiveAttempt({ phase: { phase: 'matched', reported } })],
      });
      expect(evolvePosition(matched, anEvent({ type }))).toBe(matched);
    },
  );
});

describe('attempt records', () => {
  const attemptsAfter = (event: PositionEvent) => {
    const after = evolvePosition(posting, event);
    return allAttempts(after, endedAttempts(posting, event, after));
  };

  test.each([
    [
      'a refusal, with its cause',
      anEvent({ type: 'order-refused', cause: 'stale-balance' }),
      { phase: 'refused', cause: 'stale-balance' },
    ],
    ['that it was not sent', anEvent({ type: 'order-not-sent' }), { phase: 'not-sent', code: 'engine-restarting' }],
    [
      'that it settled',
      anEvent({
        type: 'orders-observed',
        orders: [{ orderHash: SELL_ORDER_HASH, working: false, trades: [aSellTrade()] }],
      }),
      { phase: 'settled' },
    ],
  ])('record %s', (_, event, result) => {
    expect(attemptsAfter(event)).toMatchObject([
      { intent: { orderHash: SELL_ORDER_HASH }, result, endedAtMs: event.atMs },
    ]);
  });

  test.each([
    ['that its answer is lost', anEvent({ type: 'order-unknown' }), { phase: 'unknown' }],
    ['that it matched', anEvent({ type: 'order-accepted' }), { phase: 'matched' }],
    ['that it works', anEvent({ type: 'order-accepted', working: true }), { phase: 'working' }],
    ['nothing new', anEvent({ type: 'look-up-failed' }), { phase: 'posting' }],
  ])('are not written while the row shows %s', (_, event, result) => {
    const after = evolvePosition(posting, event);
    expect(endedAttempts(posting, event, after)).toEqual([]);
    expect(attemptsAfter(event)).toMatchObject([{ intent: { orderHash: SELL_ORDER_HASH }, result, endedAtMs: null }]);
  });
});
