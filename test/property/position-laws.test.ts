import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { createGuarded, createPosition } from '#lib/domain/evolve/create-position.ts';
import { evolvePosition } from '#lib/domain/evolve/evolve-position.ts';
import { entriesOfPosition } from '#lib/domain/ledger/entries-of-position.ts';
import { sumCash } from '#lib/domain/ledger/ledger-entry.ts';
import { alertAfter } from '#lib/domain/news/alert-after.ts';
import { planNextStep } from '#lib/domain/plan/plan-next-step.ts';
import { allAttempts, endedAttempts } from '#lib/domain/position/attempt-records.ts';
import { activeRequest } from '#lib/domain/position/exit-request.ts';
import {
  acquiredSharesMicros,
  boughtTotals,
  DUST_SHARES_MICROS,
  goneSharesMicros,
  openOrderHashes,
  remainingSharesMicros,
  soldTotals,
} from '#lib/domain/position/fill-totals.ts';
import { type FoundShares, listLeft } from '#lib/domain/position/guarded-shares.ts';
import { isUnresolved, type LiveAttempt, type OrderIntent, type Trade } from '#lib/domain/position/order-attempt.ts';
import {
  type AwaitingResolutionPosition,
  deadlineAtMs,
  dueAtMs,
  isClosed,
  type OpenPosition,
  type Position,
} from '#lib/domain/position/position.ts';
import type { PositionEvent } from '#lib/domain/position/position-event.ts';
import { describePosition, realisedPnlMicros } from '#lib/domain/position/position-view.ts';
import { REFUSAL_CAUSES } from '#lib/domain/refusal/refusal.ts';
import { sumShares } from '#lib/simulation/laws/evidence.ts';
import { aMarket } from '#test/factories/a-market.ts';
import { somePositionTerms } from '#test/factories/a-position.ts';
import { anIntent, orderHashOf } from '#test/factories/an-intent.ts';

/** One draw per step: the kind of event, its order, how much is filled, and the time that passes. */
const anyDraw = fc.record({
  kind: fc.constantFrom(
    'answer',
    'look-up',
    'look-up',
    'look-up',
    'look-up-failed',
    'chain',
    'exit-requested',
    'step',
    'step',
    'step',
    'step',
    'step',
    'resolve',
    'resolve',
    'found',
    'left',
    'nothing',
    'fired',
    'high',
    'held',
    'cancelled',
  ),
  outcome: fc.constantFrom('accepted', 'working', 'refused', 'not-sent', 'unknown'),
  cause: fc.constantFrom(...REFUSAL_CAUSES),
  percent: fc.constantFrom(0n, 25n, 50n, 100n, 100n),
  status: fc.constantFrom('provisional' as const, 'confirmed' as const, 'failed' as const),
  isOld: fc.boolean(),
  waitMs: fc.constantFrom(0, 200, 1_000, 5_000, 20_000, 60_000),
  amount: fc.bigInt({ min: 0n, max: 40_000_000n }),
});
type Draw = typeof anyDraw extends fc.Arbitrary<infer Value> ? Value : never;

/** Shares in the wallet that do not belong to the position. */
const HELD_BEFORE_MICROS = 36_000_000n;

/** What the venue has filled, by order. Answers and look-ups show parts of it. */
type Venue = Map<string, { readonly intent: OrderIntent; readonly percent: bigint; readonly status: Trade['status'] }>;

function tradesAt(venue: Venue, orderHash: string): readonly Trade[] {
  const order = venue.get(orderHash);
  if (order === undefined || order.percent === 0n) return [];
  const sharesMicros = (order.intent.sharesMicros * order.percent) / 100n;
  const { side, limitPriceMicros } = order.intent;
  const valueMicros = (sharesMicros * limitPriceMicros) / 1_000_000n;
  return [
    {
      tradeId: `trade-of-${orderHash}`,
      orderHash,
      side,
      status: order.status,
      matchedAtMs: order.intent.timestampMs,
      sharesMicros,
      valueMicros,
      feesMicros: 10n,
      feeDriftMicros: null,
    },
  ];
}

/** The chain shows first what the shares pay, then the payout, or the loss once more. */
function settlementFor(position: AwaitingResolutionPosition, isWon: boolean, atMs: number): PositionEvent {
  const { payout, seenBlock } = position.settlement;
  const read = { blockNumber: (seenBlock ?? 7_000n) + 1n, holdsAll: true };
  if (payout === null) {
    const own = isWon ? 1n : 0n;
    return { type: 'market-resolved', atMs, payout: { own, other: 1n - own, total: 1n }, read, venueWinner: null };
  }
  if (payout.own === 0n) return { type: 'loss-confirmed', atMs, read };
  return { type: 'redemption-confirmed', atMs, payoutMicros: 1n, transactionHash: '0x01', gasWei: null };
}

function factFor(position: OpenPosition, draw: Draw, venue: Venue, atMs: number): PositionEvent | null {
  const live = position.attempts.at(draw.isOld ? 0 : -1);
  switch (draw.kind) {
    case 'look-up-failed':
      return { type: 'look-up-failed', atMs, text: 'no answer' };
    case 'chain':
      return chainFor(position, draw, venue, atMs);
    case 'exit-requested':
      return { type: 'exit-requested', atMs, ...partOf(draw) };
    case 'found':
      return { type: 'shares-found', atMs, found: foundBy(position, draw) };
    case 'left':
      return leftBy(position, draw, atMs);
    case 'nothing':
      return { type: 'nothing-found', atMs, blockNumber: draw.isOld ? null : 6_500n };
    case 'fired':
      // Seldom, so that the other ends are met as well.
      return draw.percent === 25n ? { type: 'rule-fired', atMs, ...ruleOf(draw) } : null;
    case 'high':
      return { type: 'high-raised', atMs, priceMicros: draw.amount };
    case 'held':
      // Seldom, for the same reason.
      if (draw.percent === 25n && draw.isOld) return { type: 'hold-requested', atMs };
      return { type: 'exit-held', atMs, ...(draw.isOld ? NO_PRICE : { priceMicros: 970_000n, proceedsMicros: 9n }) };
    case 'cancelled':
      return live === undefined ? null : { type: 'order-cancelled', atMs, orderHash: live.intent.orderHash };
    case 'resolve':
      return position.state === 'awaiting-resolution' ? settlementFor(position, draw.isOld, atMs) : null;
    case 'answer':
      return live === undefined ? null : answerFor(live.intent, draw, venue, atMs);
    case 'look-up': {
      const hashes = draw.isOld ? [...venue.keys()] : openOrderHashes(position);
      for (const [hash, order] of venue)
        if (order.status === 'provisional') venue.set(hash, { ...order, status: draw.status });
      const known = hashes.filter((hash) => venue.has(hash));
      return {
        type: 'orders-observed',
        atMs,
        orders: known.map((orderHash) => ({
          orderHash,
          working: draw.outcome === 'working',
          trades: tradesAt(venue, orderHash),
        })),
        absentHashes: hashes.filter((hash) => !venue.has(hash)),
      };
    }
    case 'step':
      return stepFor(position, draw, atMs);
  }
}

/** A reading of the wallet; an old one is repeated, or of an earlier block, perhaps with more shares. */
function foundBy({ found }: Pick<Position, 'found'>, draw: Draw): FoundShares {
  const known = found ?? { sharesMicros: 0n, costMicros: 0n, blockNumber: 6_000n };
  if (draw.isOld) {
    const sharesMicros = known.sharesMicros + (draw.outcome === 'refused' ? draw.amount : 0n);
    return { ...known, sharesMicros, blockNumber: known.blockNumber - (draw.amount % 2n) };
  }
  const costMicros =
    draw.outcome === 'unknown' || known.costMicros === null ? null : known.costMicros + draw.amount / 2n;
  return { sharesMicros: known.sharesMicros + draw.amount, costMicros, blockNumber: known.blockNumber + 1n };
}

/** Transactions of other programs: perhaps one that is known, and one that may take more than there is. */
function leftBy(position: OpenPosition, draw: Draw, atMs: number): PositionEvent {
  const cashMicros = draw.outcome === 'not-sent' ? null : draw.amount / 3n;
  const left = { transactionHash: `0x${position.version}`, sharesMicros: draw.amount, cashMicros };
  const found = draw.isOld ? {} : { found: foundBy(position, draw) };
  return { type: 'shares-left', atMs, left: [...(position.left ?? []).slice(-1), left], ...found };
}

const NO_PRICE = { priceMicros: null, proceedsMicros: null };

function ruleOf({ isOld, outcome, amount }: Draw) {
  const stop = outcome === 'refused' ? 'stop-loss' : 'trailing-stop';
  return { rule: isOld ? 'take-profit' : stop, priceMicros: amount, levelMicros: 600_000n } as const;
}

/** Everything, a part, or everything at a floor. */
function partOf({ percent, isOld, amount }: Draw) {
  if (percent === 25n || percent === 50n) return { sharesMicros: (36_000_000n * percent) / 100n };
  return isOld ? { minPriceMicros: 600_000n, requestId: `request-${amount % 3n}` } : {};
}

/** Shares of a mined buy, which can no longer fail, or fewer than before. */
function chainFor({ attempts }: OpenPosition, draw: Draw, venue: Venue, atMs: number): PositionEvent | null {
  const buy = attempts.find(({ intent }) => intent.side === 'BUY');
  if (buy === undefined) return null;
  const { orderHash, sharesMicros } = buy.intent;
  const order = venue.get(orderHash);
  const isMined = order?.percent === 100n && order.status !== 'failed';
  if (isMined) venue.set(orderHash, { ...order, status: 'confirmed' });
  const heldMicros = isMined ? HELD_BEFORE_MICROS + sharesMicros : draw.amount % HELD_BEFORE_MICROS;
  return { type: 'shares-observed', atMs, orderHash, sharesMicros: heldMicros };
}

function answerFor(intent: OrderIntent, draw: Draw, venue: Venue, atMs: number): PositionEvent {
  const { orderHash } = intent;
  const isPlaced = venue.has(orderHash);
  if (draw.outcome === 'unknown' || (isPlaced && draw.outcome !== 'accepted' && draw.outcome !== 'working')) {
    // A lost answer may hide a fill.
    if (!isPlaced && draw.isOld) venue.set(orderHash, { intent, percent: draw.percent, status: 'provisional' });
    return { type: 'order-unknown', atMs, orderHash, text: 'lost' };
  }
  if (draw.outcome === 'refused') {
    const sellableMicros = draw.isOld ? draw.amount : null;
    return {
      type: 'order-refused',
      atMs,
      orderHash,
      code: 'balance-or-allowance',
      cause: draw.cause,
      text: 'no',
      sellableMicros,
      shortfallMicros: draw.cause === 'fewer-shares' ? draw.amount : null,
      remedied: draw.isOld,
    };
  }
  if (draw.outcome === 'not-sent')
    return { type: 'order-not-sent', atMs, orderHash, code: 'rate-limited', text: 'wait', retryAfterMs: null };
  if (!isPlaced) venue.set(orderHash, { intent, percent: draw.percent, status: 'provisional' });
  const [trade] = tradesAt(venue, orderHash);
  const reported = trade ?? { sharesMicros: 0n, valueMicros: 0n, feesMicros: 0n };
  const { sharesMicros, valueMicros, feesMicros } = reported;
  return {
    type: 'order-accepted',
    atMs,
    orderHash,
    working: draw.outcome === 'working',
    reported: { sharesMicros, valueMicros, feesMicros },
  };
}

/** The planned step, as the use case records it. */
function stepFor(position: OpenPosition, draw: Draw, atMs: number): PositionEvent | null {
  const attemptNumber = position.attemptCount + 1;
  const intended = { attemptNumber, orderHash: orderHashOf(attemptNumber), timestampMs: atMs };
  if (position.state === 'buying' && position.attemptCount === 0 && draw.isOld)
    return {
      type: 'buy-intended',
      atMs,
      leaseUntilMs: atMs + 8_000,
      intent: anIntent({ side: 'BUY', sharesBeforeMicros: HELD_BEFORE_MICROS, ...intended }),
    };
  const next = planNextStep(position, atMs);
  if (next.step === 'abandon-buy') return { type: 'buy-abandoned', atMs, reason: 'abandoned' };
  if (next.step === 'write-deadline') return { type: 'deadline-reached', atMs };
  if (next.step === 'sell')
    return {
      type: 'sell-intended',
      atMs,
      leaseUntilMs: atMs + 8_000,
      postAtMs: next.postAtMs,
      underlyingMicros: null,
      bidMicros: draw.isOld ? null : 600_000n,
      needsApproval: draw.isOld,
      intent: anIntent({ ...intended, sharesMicros: next.sharesMicros, orderType: next.orderType }),
    };
  const lost = position.attempts.find((attempt) => attempt.phase === 'unknown' && attempt.intent.side === 'SELL');
  if (next.step === 'look-up' && position.state === 'exiting' && lost !== undefined)
    return { type: 'sell-reposted', atMs, orderHash: lost.intent.orderHash, leaseUntilMs: atMs + 8_000 };
  return null;
}

type Step = { readonly before: OpenPosition; readonly event: PositionEvent; readonly after: Position };

/** Opened by its buy, or guarded: with shares of known or unknown cost, or before they arrive. */
const BEGINNINGS: readonly (() => OpenPosition)[] = [
  () => createPosition(somePositionTerms()),
  ...[null, 20_000_000n].map((costMicros) => () => {
    const terms = somePositionTerms({ origin: 'guard', guardedSharesMicros: 40_000_000n });
    return createGuarded(terms, { sharesMicros: 36_000_000n, costMicros, blockNumber: 6_000n });
  }),
  () => createGuarded(somePositionTerms({ origin: 'watch' }), null),
];

/** A position from its creation, for as many steps as there are draws. */
function live(create: () => OpenPosition, draws: readonly Draw[]): readonly Step[] {
  const venue: Venue = new Map();
  const steps: Step[] = [];
  let position: Position = create();
  let atMs = position.openedAtMs;
  for (const draw of draws) {
    atMs += draw.waitMs;
    if (isClosed(position)) break;
    const event = factFor(position, draw, venue, atMs);
    if (event === null) continue;
    const after = evolvePosition(position, event);
    steps.push({ before: position, event, after });
    position = after;
  }
  return steps;
}

const anyLife = fc
  .tuple(fc.constantFrom(...BEGINNINGS), fc.array(anyDraw, { minLength: 5, maxLength: 60 }))
  .map(([create, draws]) => live(create, draws));
const RUNS = { numRuns: 400 };

function forEveryStep(check: (step: Step) => void): void {
  fc.assert(
    fc.property(anyLife, (steps) => {
      for (const step of steps) check(step);
    }),
    RUNS,
  );
}

function hashesByStatus(position: Position): ReadonlyMap<string, Trade['status']> {
  return new Map(position.trades.map((trade) => [trade.tradeId, trade.status]));
}

describe('any position, whatever the venue answers, in any order', () => {
  /** The positions after each step of lives that reach every state and end. */
  let reached: readonly Position[] = [];
  beforeAll(() => {
    const lives = fc.sample(anyLife, { numRuns: 4_000, seed: 12 });
    reached = lives.flat().map(({ after }) => after);
  });

  test('reaches all states but that of a contradicted record', () => {
    const states = new Set(reached.map(({ state }) => state));
    expect([...states].sort()).toEqual([
      'awaiting-resolution',
      'buying',
      'exited',
      'exiting',
      'holding',
      'redeemed',
      'voided',
      'worthless',
    ]);
  });

  test('reaches every end of a guarded position', () => {
    const ends = new Set(
      reached
        .filter(({ origin }) => origin !== 'request')
        .flatMap((after) => (isClosed(after) ? [`${after.state} ${after.exitReason}`] : [])),
    );
    expect([...ends]).toEqual(
      expect.arrayContaining([
        'exited emergency:timeout',
        'exited manual',
        'exited elsewhere',
        'redeemed emergency:timeout_sell_failed',
        'worthless emergency:timeout_sell_failed',
        'voided void:nothing-found',
      ]),
    );
  });

  test('sells no more than was bought, and buys no more than was ordered (law 2)', () => {
    forEveryStep(({ after }) => {
      const bought = boughtTotals(after).sharesMicros;
      expect(bought).toBeLessThanOrEqual(36_000_000n);
      const failed = after.trades.some((trade) => trade.side === 'BUY' && trade.status === 'failed');
      if (!failed) expect(goneSharesMicros(after)).toBeLessThanOrEqual(acquiredSharesMicros(after));
    });
  });

  test('manages no more shares than its guard names, and never counts fewer than before', () => {
    forEveryStep(({ before, after }) => {
      const { found, guardedSharesMicros } = after;
      if (guardedSharesMicros !== undefined) expect(found?.sharesMicros ?? 0n).toBeLessThanOrEqual(guardedSharesMicros);
      expect(found?.sharesMicros ?? 0n).toBeGreaterThanOrEqual(before.found?.sharesMicros ?? 0n);
      expect(found?.blockNumber ?? 0n).toBeGreaterThanOrEqual(before.found?.blockNumber ?? 0n);
    });
  });

  test('takes in and gives up shares only while no order is open and every trade is final', () => {
    forEveryStep(({ before, after }) => {
      if (before.found === after.found && before.left === after.left) return;
      expect(before.state).not.toBe('buying');
      expect(openOrderHashes(before)).toEqual([]);
    });
  });

  test('has no result where a cost or the cash of others is unknown, and one otherwise', () => {
    forEveryStep(({ after }) => {
      // Found shares that are missing: another program took them, and for how much is not known.
      const isFound = after.origin === 'watch' || after.origin === 'guard';
      const isTaken = isFound && 'shortfallMicros' in after && after.shortfallMicros >= DUST_SHARES_MICROS;
      const isCashUnknown = listLeft(after).some(({ cashMicros }) => cashMicros === null);
      const isUnknown = isTaken || isCashUnknown || after.found?.costMicros === null;
      expect(realisedPnlMicros(after) === null).toBe(isUnknown);
      const view = describePosition(after);
      if (isClosed(after)) expect(view.pnlMicros === null).toBe(isUnknown);
      if (after.found?.costMicros === null) expect(view).toMatchObject({ costMicros: null, entryPrice: null });
    });
  });

  test('has at most one order in flight or of unknown outcome (law 3)', () => {
    forEveryStep(({ after }) => {
      expect(after.attempts.filter(isUnresolved).length).toBeLessThanOrEqual(1);
    });
  });

  test('names its own token in every order (law 6)', () => {
    forEveryStep(({ after }) => {
      for (const attempt of after.attempts) expect(attempt.intent.tokenId).toBe(aMarket().tokenIds.UP);
    });
  });

  test('is exited only with final sales, or by transactions of others (law 5)', () => {
    forEveryStep(({ after }) => {
      if (after.state !== 'exited') return;
      const isSold = after.trades.some((trade) => trade.side === 'SELL' && trade.status === 'confirmed');
      expect(isSold || (after.left ?? []).length > 0).toBe(true);
      expect(after.exitReason === 'elsewhere').toBe(!isSold);
      expect(after.trades.some((trade) => trade.status === 'provisional')).toBe(false);
      expect(after.attempts).toEqual([]);
    });
  });

  test('is voided only if nothing was bought or found (law 4)', () => {
    forEveryStep(({ event, after }) => {
      if (after.state !== 'voided') return;
      expect(acquiredSharesMicros(after)).toBeLessThan(DUST_SHARES_MICROS);
      if (event.type === 'nothing-found') expect(event.blockNumber).not.toBeNull();
    });
  });

  test('grows by one version per step that is not ignored', () => {
    forEveryStep(({ before, after }) => {
      expect(after === before || after.version === before.version + 1).toBe(true);
    });
  });

  test('sells on request what was asked for at most, and is woken for the exit in time', () => {
    forEveryStep(({ before, after, event }) => {
      if (after.state !== 'exiting') return;
      const until = activeRequest(after, event.atMs)?.untilSoldMicros;
      if (activeRequest(after, event.atMs) !== undefined)
        expect(after.wakeUp.atMs).toBeLessThanOrEqual(after.exitDueAtMs);
      if (event.type !== 'sell-intended' || until === undefined) return;
      expect(soldTotals(before).sharesMicros + event.intent.sharesMicros).toBeLessThanOrEqual(until);
    });
  });

  test('fires a rule once, and only a stop after a take-profit', () => {
    forEveryStep(({ before, after, event }) => {
      if (before.firedRule === after.firedRule) return;
      expect(event.type).toBe('rule-fired');
      expect(before.state === 'holding' || activeRequest(before, event.atMs) !== undefined).toBe(true);
      expect(event.atMs).toBeLessThan(before.exitDueAtMs);
      if (before.firedRule !== undefined) {
        expect(before.firedRule.rule).toBe('take-profit');
        expect(after.firedRule?.rule).not.toBe('take-profit');
      }
      const isProfit = after.firedRule?.rule === 'take-profit';
      expect(after.exitDueAtMs).toBe(isProfit ? before.exitDueAtMs : event.atMs);
      if (!isClosed(after)) expect(after.wakeUp.atMs).toBeLessThanOrEqual(deadlineAtMs(before));
    });
  });

  test('keeps what selling would have brought where a rule held its exit', () => {
    forEveryStep(({ before, after }) => {
      if (before.holdDecision !== undefined) expect(after.holdDecision).toEqual(before.holdDecision);
    });
  });

  test('has a wake-up that is due, or no later than the deadline, until the deadline is written', () => {
    forEveryStep(({ after, event }) => {
      if (isClosed(after) || after.state === 'awaiting-resolution') return;
      expect(after.wakeUp.atMs).toBeLessThanOrEqual(Math.max(deadlineAtMs(after), event.atMs));
    });
  });

  test('has a due time while an order is open', () => {
    forEveryStep(({ after }) => {
      if (!isClosed(after) && openOrderHashes(after).length > 0) expect(dueAtMs(after)).not.toBeNull();
    });
  });

  test('has an exit time from the deadline on', () => {
    forEveryStep(({ after }) => {
      if (after.state === 'awaiting-resolution' || isClosed(after)) expect(after.exitAtMs).toBeGreaterThan(0);
    });
  });

  test('never changes a final trade', () => {
    forEveryStep(({ before, after }) => {
      const now = hashesByStatus(after);
      for (const [tradeId, status] of hashesByStatus(before)) {
        if (status !== 'provisional') expect(now.get(tradeId)).toBe(status);
      }
    });
  });

  test('has entries that add up to its profit and to the shares it holds (law 8)', () => {
    forEveryStep(({ after }) => {
      const entries = entriesOfPosition(after);
      expect(sumCash(entries)).toBe(realisedPnlMicros(after) ?? sumCash(entries));
      const isOversold = goneSharesMicros(after) > acquiredSharesMicros(after);
      const heldMicros = after.state === 'redeemed' ? 0n : remainingSharesMicros(after);
      if (!isOversold) expect(sumShares(entries)).toBe(heldMicros);
      expect(entries.every(({ positionId }) => positionId === after.positionId)).toBe(true);
    });
  });

  test('can be described at any time, and its money adds up (law 8)', () => {
    forEveryStep(({ after }) => {
      const view = describePosition(after);
      const sum =
        BigInt(view.proceedsMicros) +
        BigInt(view.leftCashMicros ?? 0) +
        BigInt(view.mergedMicros) +
        BigInt(view.payoutMicros) -
        BigInt(view.costMicros ?? 0) -
        BigInt(view.hedgeCostMicros ?? 0) -
        BigInt(view.feesMicros);
      expect(realisedPnlMicros(after) ?? sum).toBe(sum);
      if (view.pnlMicros !== null) expect(BigInt(view.pnlMicros)).toBe(sum);
    });
  });

  test('counts an event that arrives twice only once', () => {
    forEveryStep(({ event, after }) => {
      if (
        event.type === 'buy-intended' ||
        event.type === 'buy-abandoned' ||
        event.type === 'sell-intended' ||
        event.type === 'sell-reposted'
      )
        return;
      const again = evolvePosition(after, event);
      expect(boughtTotals(again)).toEqual(boughtTotals(after));
      expect(soldTotals(again)).toEqual(soldTotals(after));
      expect(remainingSharesMicros({ ...again, shortfallMicros: 0n })).toBe(
        remainingSharesMicros({ ...after, shortfallMicros: 0n }),
      );
    });
  });

  test('has one alert at every end but a quiet exit (law 9)', () => {
    forEveryStep(({ before, event, after }) => {
      if (!isClosed(after)) return;
      const isQuiet = after.state === 'exited' && !after.forceClosed && !after.exitReason.startsWith('rule:');
      const isLate = before.state === 'awaiting-resolution' && before.exitReason === 'emergency:timeout_sell_failed';
      const alert = alertAfter(before, event, after);
      if (isQuiet && !isLate) expect(alert).toBeNull();
      else expect(alert).toMatchObject({ version: after.version, positionId: after.positionId });
    });
  });

  test('keeps each attempt in the row while it is live, and in one record afterwards', () => {
    forEveryStep(({ before, event, after }) => {
      const hashesOf = (attempts: readonly Pick<LiveAttempt, 'intent'>[]) =>
        attempts.map(({ intent }) => intent.orderHash).toSorted();
      const ended = endedAttempts(before, event, after);
      const kept = after.attempts.filter(({ intent }) => hashesOf(before.attempts).includes(intent.orderHash));
      expect(hashesOf([...ended, ...kept])).toEqual(hashesOf(before.attempts));
      expect(hashesOf(allAttempts(after, ended))).toEqual(hashesOf([...ended, ...after.attempts]));
    });
  });
});
