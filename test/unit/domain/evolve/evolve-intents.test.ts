import { describe, expect, it } from 'vitest';
import { evolvePosition } from '#lib/domain/evolve/evolve-position.ts';
import type { ExitingPosition, HoldingPosition, OpenPosition } from '#lib/domain/position/position.ts';
import { DOWN_TOKEN_ID, UP_TOKEN_ID, WINDOW_STARTS_AT_MS } from '#test/factories/a-market.ts';
import { aPosition } from '#test/factories/a-position.ts';
import { aBuyTrade, aHedgeTrade, aSellTrade } from '#test/factories/a-trade.ts';
import { aLiveAttempt } from '#test/factories/an-attempt.ts';
import { anEvent, type EventOf } from '#test/factories/an-event.ts';
import { anIntent, HEDGE_ORDER_HASH, orderHashOf } from '#test/factories/an-intent.ts';

/** When the default exit is due. */
const DUE_AT_MS = WINDOW_STARTS_AT_MS + 180_000;
const GUARDED = { origin: 'guard', attemptCount: 0 } as const;
const FRESH_EXIT = {
  exitStartedAtMs: DUE_AT_MS,
  fruitlessCount: 0,
  noBuyerCount: 0,
  shortfallMicros: 0n,
  sellableMicros: null,
  postAgainAtMs: null,
  isPostOnly: false,
  pagedCauses: [],
  isOverdueTold: false,
  isFailingTold: false,
};
const unresolved = aLiveAttempt({ phase: { phase: 'unknown', sinceMs: DUE_AT_MS } });
const matched = aLiveAttempt({
  intent: anIntent({ orderHash: orderHashOf(9) }),
  phase: { phase: 'matched', reported: { sharesMicros: 0n, valueMicros: 0n, feesMicros: 0n } },
});

describe('a buy that is saved', () => {
  const buying = aPosition({ state: 'buying' });
  const event = anEvent({ type: 'buy-intended', atMs: buying.openedAtMs, leaseUntilMs: buying.openedAtMs + 8_000 });

  it('is an attempt that only its invocation touches until its lease ends', () => {
    expect(evolvePosition(buying, event)).toEqual({
      ...buying,
      version: 2,
      attemptCount: 1,
      attempts: [
        {
          intent: event.intent,
          postCount: 1,
          lostPostAtMs: null,
          phase: 'posting',
          leaseUntilMs: buying.openedAtMs + 8_000,
        },
      ],
      wakeUp: { id: 'v2', atMs: buying.openedAtMs + 8_000 },
    });
  });

  it.each<[string, OpenPosition, EventOf<'buy-intended'>]>([
    ['a second time', aPosition({ state: 'buying', attemptCount: 1 }), event],
    ['once the position holds shares', aPosition({ state: 'holding', ...GUARDED }), event],
    ['of the other token', buying, { ...event, intent: anIntent({ side: 'BUY', tokenId: DOWN_TOKEN_ID }) }],
    ['that is a sell', buying, { ...event, intent: anIntent() }],
  ])('is a bug %s', (_, position, again) => {
    expect(() => evolvePosition(position, again)).toThrow(/A position buys once|A buy names the token requested/);
  });
});

describe('a buy that is abandoned', () => {
  const event = anEvent({ type: 'buy-abandoned', reason: 'wake-up-not-set' });

  it('voids the position, with the reason', () => {
    expect(evolvePosition(aPosition({ state: 'buying' }), event)).toMatchObject({
      state: 'voided',
      version: 2,
      exitReason: 'void:wake-up-not-set',
      exitAtMs: event.atMs,
      closedAtMs: event.atMs,
    });
  });

  it.each([
    ['it may have been posted', aPosition({ state: 'buying', attemptCount: 1 })],
    ['the position holds shares', aPosition({ state: 'holding', ...GUARDED })],
  ])('is a bug once %s', (_, position) => {
    expect(() => evolvePosition(position, event)).toThrow('A saved buy is not abandoned');
  });
});

describe('a sell that is saved', () => {
  const holding = aPosition({ state: 'holding' });
  const exiting = aPosition({ state: 'exiting' });
  const event = anEvent({ type: 'sell-intended' });
  const sellOf = (sharesMicros: bigint) => ({ ...event, intent: anIntent({ sharesMicros }) });
  const exitAfter = (position: OpenPosition, changes: Partial<EventOf<'sell-intended'>> = {}): ExitingPosition => {
    const after = evolvePosition(position, { ...event, ...changes });
    if (after.state !== 'exiting') throw new Error(`The position is ${after.state}`);
    return after;
  };

  it('begins the exit and keeps the wake-up, so that its message counts when it comes again', () => {
    expect(exitAfter(holding)).toEqual({
      ...holding,
      ...FRESH_EXIT,
      state: 'exiting',
      version: 4,
      attemptCount: 2,
      attempts: [
        { intent: event.intent, postCount: 1, lostPostAtMs: null, phase: 'posting', leaseUntilMs: DUE_AT_MS + 8_000 },
      ],
      firstExitAttemptAtMs: DUE_AT_MS,
      underlyingAtExitMicros: 97_398_120_000n,
      lastBid: { priceMicros: 600_000n, atMs: DUE_AT_MS, soldMicros: 0n },
    });
  });

  it('keeps what the exit has learned, and when it began', () => {
    const learned = {
      fruitlessCount: 3,
      noBuyerCount: 2,
      shortfallMicros: 1_000_000n,
      sellableMicros: 35_000_000n,
      isFailingTold: true,
      firstExitAttemptAtMs: DUE_AT_MS - 1,
      underlyingAtExitMicros: 5n,
      lastBid: { priceMicros: 1n, atMs: 2, soldMicros: 3n },
      attempts: [matched],
    };
    const position = aPosition({ state: 'exiting', ...learned, postAgainAtMs: DUE_AT_MS + 9_000 });
    const unseen = { ...sellOf(35_000_000n), bidMicros: null, underlyingMicros: null };
    const after = exitAfter(position, unseen);
    expect(after).toMatchObject({ ...learned, attempts: [matched, { phase: 'posting' }], postAgainAtMs: null });
    expect(after.attempts).toHaveLength(2);
  });

  it('notes a missing approval once', () => {
    expect(exitAfter(exiting, { needsApproval: true }).pagedCauses).toEqual(['missing-approval']);
    const paged = aPosition({ state: 'exiting', pagedCauses: ['missing-approval', 'wrong-wallet'] });
    expect(exitAfter(paged, { needsApproval: true }).pagedCauses).toEqual(['missing-approval', 'wrong-wallet']);
    expect(exitAfter(exiting).pagedCauses).toEqual([]);
  });

  it('notes once that shares are left five minutes after the exit was due, or after it was held', () => {
    const early = aPosition({ state: 'exiting', exitDueAtMs: DUE_AT_MS - 300_000 });
    expect(exitAfter(early).isOverdueTold).toBe(true);
    expect(exitAfter(early, { atMs: DUE_AT_MS - 1 }).isOverdueTold).toBe(false);
    expect(exitAfter({ ...early, isOverdueTold: true }, { atMs: DUE_AT_MS - 1 }).isOverdueTold).toBe(true);
    const firstSell = aPosition({ state: 'holding', exitDueAtMs: DUE_AT_MS - 300_000 });
    expect(exitAfter(firstSell).isOverdueTold).toBe(false);
    const held = { ...early, holdLook: { atMs: 1, priceMicros: null } };
    expect(exitAfter({ ...held, exitStartedAtMs: DUE_AT_MS - 299_999 }).isOverdueTold).toBe(false);
    expect(exitAfter({ ...held, exitStartedAtMs: DUE_AT_MS - 300_000 }).isOverdueTold).toBe(true);
  });

  it('on request is not the first of the exit', () => {
    const exitRequest = { atMs: DUE_AT_MS - 60_000, untilSoldMicros: 9_000_000n };
    const asked = aPosition({ state: 'holding', exitRequest });
    const early = { atMs: DUE_AT_MS - 60_000, postAtMs: DUE_AT_MS - 1 };
    expect(exitAfter(asked, early)).toMatchObject({ exitRequest, firstExitAttemptAtMs: null });
    expect(exitAfter(holding, early).firstExitAttemptAtMs).toBe(DUE_AT_MS - 1);
  });

  it('of the due exit overtakes a request: its pauses begin anew, and what the sells showed stays', () => {
    const known = {
      shortfallMicros: 1_000_000n,
      pagedCauses: ['wrong-wallet'],
      underlyingAtExitMicros: 5n,
    } as const;
    const selling = aPosition({
      ...{ state: 'exiting', exitRequest: { atMs: DUE_AT_MS - 60_000 }, exitStartedAtMs: 7 },
      ...{ fruitlessCount: 4, noBuyerCount: 4, sellableMicros: 1n, isPostOnly: true, isFailingTold: true },
      ...known,
    });
    const overtaking = { ...sellOf(9_000_000n), underlyingMicros: null };
    const after = exitAfter(selling, overtaking);
    expect(after).toMatchObject({ ...FRESH_EXIT, ...known, firstExitAttemptAtMs: DUE_AT_MS });
    expect(after).not.toHaveProperty('exitRequest');
    const before = exitAfter(selling, { ...overtaking, postAtMs: DUE_AT_MS - 1 });
    expect(before).toMatchObject({ ...known, exitStartedAtMs: 7, fruitlessCount: 4, isPostOnly: true });
    expect(before.exitRequest).toEqual({ atMs: DUE_AT_MS - 60_000 });
  });

  const hedge = { orderHash: HEDGE_ORDER_HASH, costMicrosMax: 15_000_000n };
  const paired = aPosition({
    state: 'exiting',
    hedge,
    trades: [aBuyTrade(), aHedgeTrade({ sharesMicros: 26_000_000n })],
  });

  it('takes all shares that are held without a pair', () => {
    expect(exitAfter(paired, sellOf(10_000_000n)).attempts).toHaveLength(1);
    const short = aPosition({ state: 'exiting', shortfallMicros: 1_000_000n });
    expect(exitAfter(short, sellOf(35_000_000n)).attempts).toHaveLength(1);
  });

  it.each<[string, OpenPosition, EventOf<'sell-intended'>]>([
    ['A buying position cannot sell', aPosition({ state: 'buying', trades: [aBuyTrade()] }), event],
    ['A awaiting-resolution position cannot sell', aPosition({ state: 'awaiting-resolution' }), event],
    ['The token sold is the token bought', holding, { ...event, intent: anIntent({ tokenId: DOWN_TOKEN_ID }) }],
    ['The token sold is the token bought', holding, { ...event, intent: anIntent({ side: 'BUY' }) }],
    [
      'At most one order in flight',
      aPosition({ state: 'exiting', attempts: [matched, unresolved] }),
      sellOf(36_000_000n),
    ],
    ['No more shares are sold than are held', holding, sellOf(36_000_001n)],
    ['No more shares are sold than are held', { ...exiting, shortfallMicros: 1n }, sellOf(36_000_000n)],
    ['Shares of a pair are merged, not sold', paired, sellOf(10_000_001n)],
  ])('is a bug: %s', (law, position, bad) => {
    expect(() => evolvePosition(position, bad)).toThrow(law);
  });
});

describe('a hedge that is saved', () => {
  const policy = { ...aPosition({ state: 'exiting' }).policy, mayMerge: true };
  const mayHedge = (changes: Partial<ExitingPosition> = {}) => aPosition({ state: 'exiting', policy, ...changes });
  const event = anEvent({ type: 'hedge-intended', costMicrosMax: 14_400_000n });
  const hedgeOf = (changes: Partial<typeof event.intent>) => ({ ...event, intent: { ...event.intent, ...changes } });

  it('is the order of the other token, and keeps the wake-up', () => {
    const position = mayHedge({ attempts: [matched], postAgainAtMs: DUE_AT_MS + 9_000, fruitlessCount: 4 });
    expect(evolvePosition(position, event)).toEqual({
      ...position,
      version: 5,
      attemptCount: 3,
      attempts: [
        matched,
        { intent: event.intent, postCount: 1, lostPostAtMs: null, phase: 'posting', leaseUntilMs: DUE_AT_MS + 8_000 },
      ],
      hedge: { orderHash: HEDGE_ORDER_HASH, costMicrosMax: 14_400_000n },
      postAgainAtMs: null,
    });
  });

  it.each<[string, OpenPosition, EventOf<'hedge-intended'>]>([
    ['A exiting position is not hedged', aPosition({ state: 'exiting' }), event],
    ['A holding position is not hedged', aPosition({ state: 'holding', policy }), event],
    ['bought once', mayHedge({ hedge: { orderHash: '0x1', costMicrosMax: 1n } }), event],
    ['A hedge buys the other outcome', mayHedge(), hedgeOf({ tokenId: UP_TOKEN_ID })],
    ['A hedge buys the other outcome', mayHedge(), hedgeOf({ side: 'SELL' })],
    ['At most one order in flight', mayHedge({ attempts: [matched, unresolved] }), event],
    [
      'No more shares are hedged than are held',
      mayHedge({ trades: [aBuyTrade({ sharesMicros: 35_999_999n })] }),
      event,
    ],
    ['A hedge costs what was planned at most', mayHedge(), { ...event, costMicrosMax: 14_399_999n }],
  ])('is a bug: %s', (law, position, bad) => {
    expect(() => evolvePosition(position, bad)).toThrow(law);
  });
});

describe('a sell that is put off until the venue shows the shares', () => {
  const event = anEvent({ type: 'sell-put-off' });
  const waiting = aPosition({ state: 'exiting', postAgainAtMs: DUE_AT_MS + 9_000 });

  it('reads the balance again in 2.5 s, and never after it is due', () => {
    expect(evolvePosition(waiting, event)).toEqual({
      ...waiting,
      version: 5,
      wakeUp: { id: 'v5', atMs: DUE_AT_MS + 2_500 },
    });
    const wokenAt = (atMs: number) => evolvePosition(waiting, { ...event, atMs });
    expect(wokenAt(DUE_AT_MS + 8_000)).toMatchObject({ wakeUp: { atMs: DUE_AT_MS + 9_000 } });
    expect(wokenAt(DUE_AT_MS + 9_500)).toMatchObject({ wakeUp: { atMs: DUE_AT_MS + 9_501 } });
  });

  it('changes nothing without a time to sell, nor after the deadline, and is a bug before the exit', () => {
    const unplanned = aPosition({ state: 'exiting' });
    const awaiting = aPosition({ state: 'awaiting-resolution' });
    expect(evolvePosition(unplanned, event)).toBe(unplanned);
    expect(evolvePosition(awaiting, event)).toBe(awaiting);
    const early = 'Only an exiting position puts off a sell';
    expect(() => evolvePosition(aPosition({ state: 'holding' }), event)).toThrow(early);
    expect(() => evolvePosition(aPosition({ state: 'buying' }), event)).toThrow(early);
  });
});

describe('a sell that waits for the floor of its request', () => {
  const askedAtMs = DUE_AT_MS - 60_000;
  const exitRequest = { atMs: askedAtMs, minPriceMicros: 900_000n };
  const event = anEvent({ type: 'sell-put-off', atMs: askedAtMs, bidMicros: 500_000n });
  const asked = (changes: Partial<HoldingPosition> = {}) => aPosition({ state: 'holding', exitRequest, ...changes });

  it('begins its exit, uses no attempt, and looks again in some seconds', () => {
    const before = asked();
    expect(evolvePosition(before, event)).toEqual({
      ...before,
      ...FRESH_EXIT,
      state: 'exiting',
      version: 4,
      exitStartedAtMs: askedAtMs,
      underlyingAtExitMicros: null,
      wakeUp: { id: 'v4', atMs: askedAtMs + 5_000 },
    });
  });

  it('keeps what it has learned already', () => {
    const selling = aPosition({ state: 'exiting', exitRequest, fruitlessCount: 2, attempts: [matched] });
    expect(evolvePosition(selling, event)).toMatchObject({ version: 5, fruitlessCount: 2, attempts: [matched] });
  });

  it.each<[string, OpenPosition]>([
    ['while an order is open', aPosition({ state: 'exiting', exitRequest, attempts: [matched, unresolved] })],
    ['without a request', aPosition({ state: 'exiting' })],
    ['once the exit itself is due', asked({ exitDueAtMs: askedAtMs })],
    ['after the deadline', aPosition({ state: 'awaiting-resolution', exitRequest })],
  ])('changes nothing %s', (_, position) => {
    expect(evolvePosition(position, event)).toBe(position);
  });

  it('is a bug while the buy is not known', () => {
    expect(() => evolvePosition(aPosition({ state: 'buying' }), event)).toThrow('nothing to put off');
  });
});

describe('a sell that is posted again', () => {
  const event = anEvent({ type: 'sell-reposted' });
  const selling = (...attempts: ExitingPosition['attempts']) => aPosition({ state: 'exiting', attempts });

  it('has another lease, and keeps the time of the answer that was lost', () => {
    const before = selling(matched, { ...unresolved, lostPostAtMs: 77, answer: 'failed' });
    expect(evolvePosition(before, event)).toEqual({
      ...before,
      version: 5,
      attempts: [
        matched,
        { intent: anIntent(), postCount: 2, lostPostAtMs: 77, phase: 'posting', leaseUntilMs: DUE_AT_MS + 8_000 },
      ],
    });
  });

  it('lost the answer of the post before, where the invocation ended in between', () => {
    const after = evolvePosition(selling(aLiveAttempt()), event);
    expect(after).toMatchObject({ attempts: [{ postCount: 2, lostPostAtMs: DUE_AT_MS }] });
  });

  it.each<[string, OpenPosition]>([
    ['Only an exiting position', aPosition({ state: 'awaiting-resolution', attempts: [unresolved] })],
    ['Only an exiting position', selling(matched)],
    [
      'Only an exiting position',
      selling(aLiveAttempt({ intent: anIntent({ side: 'BUY', orderHash: orderHashOf(2) }) })),
    ],
    ['Only an order of unknown outcome', selling(aLiveAttempt({ phase: { phase: 'working', sinceMs: DUE_AT_MS } }))],
  ])('is a bug: %s', (law, position) => {
    expect(() => evolvePosition(position, event)).toThrow(law);
  });
});

describe('a position that is closed', () => {
  it.each(['buy-intended', 'sell-intended', 'hedge-intended', 'sell-reposted'] as const)(
    'places no order: %s is a bug',
    (type) => {
      expect(() => evolvePosition(aPosition({ state: 'exited' }), anEvent({ type }))).toThrow('cannot place an order');
    },
  );

  it('stays as it is, whatever is learned of it', () => {
    const exited = aPosition({ state: 'exited', trades: [aBuyTrade(), aSellTrade()] });
    expect(evolvePosition(exited, anEvent({ type: 'orders-observed' }))).toBe(exited);
  });
});
