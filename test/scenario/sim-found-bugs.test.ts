/** Bugs the simulator found, each repeated in a few steps. The table is in lib/simulation/README.md. */
import { describe, expect, it } from 'vitest';
import { evolvePosition } from '#lib/domain/evolve/evolve-position.ts';
import { LOOK_WAKE_UP_ID } from '#lib/domain/plan/plan-look.ts';
import { DEFAULT_EXIT_POLICY } from '#lib/domain/position/exit-policy.ts';
import type { LiveAttempt } from '#lib/domain/position/order-attempt.ts';
import type { ExitingPosition, Position } from '#lib/domain/position/position.ts';
import { REFUSAL_CODES } from '#lib/domain/refusal/refusal.ts';
import { VersionConflictError } from '#lib/errors/errors.ts';
import { type LookDeps, lookAtPrice } from '#lib/lifecycle/hold/look-at-price.ts';
import { FaultPlanSchema } from '#lib/simulation/fault-plan.ts';
import { playLife } from '#lib/simulation/life.ts';
import { aBook, someLevels } from '#test/factories/a-book.ts';
import { aPosition } from '#test/factories/a-position.ts';
import { aLiveAttempt } from '#test/factories/an-attempt.ts';
import { anIntent, SELL_ORDER_HASH as orderHash } from '#test/factories/an-intent.ts';
import { createFakeClock } from '#test/fakes/fake-clock.ts';
import { createTradingWorld, EXIT_AT_MS as WORLD_EXIT_AT_MS } from '#test/fakes/trading-world.ts';

function phaseOf(position: Position): string | undefined {
  return position.attempts.find(({ intent }) => intent.orderHash === orderHash)?.phase;
}

const EXIT_AT_MS = aPosition({ state: 'exiting' }).exitDueAtMs + 500;

/** An exit whose sell is being posted, for the first time or again; the earlier answer was lost `lostAgoMs` ago. */
function selling(postCount: number, lostAgoMs = 17_000): { readonly position: ExitingPosition; readonly atMs: number } {
  const lostPostAtMs = postCount === 1 ? null : EXIT_AT_MS - lostAgoMs;
  const attempts = [aLiveAttempt({ postCount, lostPostAtMs })];
  return { position: aPosition({ state: 'exiting', attemptCount: 2, attempts }), atMs: EXIT_AT_MS };
}

describe('a sell whose first answer was lost', () => {
  it('stays unknown when its second post is answered with 429', () => {
    const { position, atMs } = selling(2);
    const text = 'Too Many Requests';
    const after = evolvePosition(position, {
      type: 'order-not-sent',
      atMs,
      orderHash,
      code: 'rate-limited',
      text,
      retryAfterMs: 9_000,
    });
    expect(phaseOf(after)).toBe('unknown');
    expect(after.refusals['rate-limited']).toBe(1);
    expect(after.state === 'exiting' && after.wakeUp.atMs).toBe(atMs + 9_000);
  });

  it('stays unknown when its second post is refused before the venue reads book and balance, and leaves otherwise', () => {
    const looked = ['balance-or-allowance', 'no-match', 'tick-size', 'order-size'];
    for (const code of REFUSAL_CODES) {
      const { position, atMs } = selling(2);
      const after = evolvePosition(position, {
        type: 'order-refused',
        atMs,
        orderHash,
        code,
        cause: 'unrecognised',
        text: 'no',
        sellableMicros: null,
        shortfallMicros: null,
        remedied: false,
      });
      expect(phaseOf(after)).toBe(looked.includes(code) ? undefined : 'unknown');
    }
  });

  // A request may arrive 12 s after it was given up, and two clocks may differ by 4 s.
  it('stays unknown while its first post may still arrive, whatever the answer to the second', () => {
    for (const code of REFUSAL_CODES) {
      const { position, atMs } = selling(2, 16_999);
      const refusal = {
        code,
        cause: 'no-liquidity',
        text: 'no',
        sellableMicros: null,
        shortfallMicros: null,
        remedied: false,
      } as const;
      const after = evolvePosition(position, { type: 'order-refused', atMs, orderHash, ...refusal });
      expect(phaseOf(after)).toBe('unknown');
    }
  });

  it('leaves at once when its only post was not sent', () => {
    const { position, atMs } = selling(1);
    const after = evolvePosition(position, {
      type: 'order-not-sent',
      atMs,
      orderHash,
      code: 'engine-restarting',
      text: '425',
      retryAfterMs: null,
    });
    expect(phaseOf(after)).toBeUndefined();
  });
});

describe('a resting sell that was cancelled', () => {
  const cancelledAtMs = EXIT_AT_MS + 12_000;
  const cancelled = () => {
    const intent = anIntent({ orderType: 'GTC', orderHash });
    const attempts = [aLiveAttempt({ intent, phase: { phase: 'cancelled', sinceMs: cancelledAtMs } })];
    return aPosition({ state: 'exiting', attemptCount: 2, attempts });
  };
  const lookedUp = (afterMs: number) =>
    evolvePosition(cancelled(), {
      type: 'orders-observed',
      atMs: cancelledAtMs + afterMs,
      orders: [],
      absentHashes: [orderHash],
    });

  it('stays open while look-ups and clocks may be behind, and counts as unfilled after that', () => {
    expect(phaseOf(lookedUp(19_999))).toBe('cancelled');
    expect(phaseOf(lookedUp(20_000))).toBeUndefined();
  });
});

describe('a sell without an answer that would rest', () => {
  const lostAtMs = EXIT_AT_MS + 4_000;
  const unknown = (orderType: 'GTC' | 'FAK') => {
    const intent = anIntent({ orderType, orderHash });
    const attempts = [aLiveAttempt({ intent, phase: { phase: 'unknown', sinceMs: lostAtMs } })];
    return aPosition({ state: 'exiting', attemptCount: 2, attempts });
  };
  const lookUp = (before: Position, atMs: number) =>
    evolvePosition(before, { type: 'orders-observed', atMs, orders: [], absentHashes: [orderHash] });

  // It was filled a moment ago: no open order any more, and its trades show seconds later.
  it('does not count as absent however long look-ups do not show it, as one that ends at once does', () => {
    expect(phaseOf(lookUp(unknown('FAK'), lostAtMs + 20_000))).toBeUndefined();
    expect(phaseOf(lookUp(unknown('GTC'), lostAtMs + 60_000))).toBe('unknown');
  });

  it('counts as absent some seconds after it was cancelled', () => {
    const cancelled = evolvePosition(unknown('GTC'), { type: 'order-cancelled', atMs: lostAtMs + 5_000, orderHash });
    expect(phaseOf(cancelled)).toBe('cancelled');
    expect(phaseOf(lookUp(cancelled, lostAtMs + 24_999))).toBe('cancelled');
    expect(phaseOf(lookUp(cancelled, lostAtMs + 25_000))).toBeUndefined();
  });

  it('is cancelled once the price has left it behind, and the shares are offered again', async () => {
    const world = createTradingWorld();
    world.exchange.script.SELL.push({ does: 'fail' });
    await world.open();
    world.exchange.settings.isPostOnly = true;
    await world.runUntil(WORLD_EXIT_AT_MS + 1_500);
    world.faults.book = () =>
      aBook({
        bids: someLevels([['0.80', '500']]),
        asks: someLevels([['0.81', '500']]),
        atMs: world.clock.nowMs(),
      });
    world.exchange.settings.isPostOnly = false;
    await world.runUntil(WORLD_EXIT_AT_MS + 60_000);
    expect(world.exchange.remedies).toEqual(['cancel']);
    const sells = world.exchange.posted.filter(({ side }) => side === 'SELL');
    expect(sells.map(({ orderType }) => orderType)).toEqual(['FAK', 'GTC', 'FAK']);
    expect((await world.position()).state).toBe('exited');
  });
});

describe('a stop that sees the price while a take-profit sells everything', () => {
  const sell = anIntent({ orderHash, timestampMs: EXIT_AT_MS });
  const policy = { ...DEFAULT_EXIT_POLICY, rules: { takeProfitMicros: 700_000n, trailingStopMicros: 50_000n } };
  const fields = {
    policy,
    exitDueAtMs: EXIT_AT_MS + 60_000,
    highMicros: 760_000n,
    exitRequest: { atMs: EXIT_AT_MS, minPriceMicros: 700_000n },
    firedRule: { rule: 'take-profit', priceMicros: 720_000n, levelMicros: 700_000n, atMs: EXIT_AT_MS },
  } as const;
  const seen = aPosition({ state: 'exiting', ...fields });
  const reported = { sharesMicros: sell.sharesMicros, valueMicros: 25_200_000n, feesMicros: 0n };
  const look = async (attempts: readonly LiveAttempt[]) => {
    const row = aPosition({ state: 'exiting', ...fields, version: seen.version + 2, attempts });
    const saved: string[] = [];
    const clock = createFakeClock(EXIT_AT_MS + 1_000);
    const bids = someLevels([['0.70', '500']]);
    const book = () => aBook({ bids, asks: someLevels([['0.71', '500']]), atMs: clock.nowMs() });
    const deps: LookDeps = {
      clock,
      marketData: { findBook: async () => book() },
      queue: { send: async () => {} },
      store: {
        find: async () => row,
        save: async ({ before, event }) => {
          if (before.version !== row.version) throw new VersionConflictError('moved');
          saved.push(event.type);
        },
      },
    };
    const { positionId } = seen;
    const looked = lookAtPrice(deps, seen, { positionId, wakeUpId: LOOK_WAKE_UP_ID, source: 'retry' });
    await clock.advanceTo(EXIT_AT_MS + 5_000);
    return { looked: await looked, saved };
  };

  it('does not fire for shares that are sold', async () => {
    const attempts = [aLiveAttempt({ intent: sell, phase: { phase: 'matched', reported } })];
    const { looked, saved } = await look(attempts);
    expect(saved).toEqual([]);
    expect(looked).not.toHaveProperty('fired');
  });

  it('fires for those that are left', async () => {
    const { looked, saved } = await look([]);
    expect(saved).toEqual(['rule-fired']);
    expect(looked).toMatchObject({ fired: 'trailing-stop' });
  });
});

describe('a request that waits for its floor, long before the exit', () => {
  // The pause is a hundredth of the time left; a row with a part of a millisecond cannot be read.
  it('is woken at a whole millisecond', () => {
    const atMs = aPosition({ state: 'exiting' }).openedAtMs + 333;
    const exitRequest = { atMs, minPriceMicros: 700_000n };
    const waiting = aPosition({ state: 'exiting', exitRequest, exitDueAtMs: atMs + 1_234_567 });
    const after = evolvePosition(waiting, { type: 'sell-put-off', atMs, balanceMicros: null, bidMicros: 600_000n });
    expect(after.state === 'exiting' && after.wakeUp.atMs).toBe(atMs + 12_346);
  });
});

// Seed 100088426: the row was closed with that cash, and the shares that came later stayed unclaimed.
describe('a redemption by the venue before a hedge has settled', () => {
  it.each([[], ['resolution-split']] as const)(
    'leaves nothing that pays, and the ledger says what is left %s',
    async (...split) => {
      const faults = [
        ...['auto-redeem', 'wrong-wallet', ...split].map((kind) => ({ kind, at: [1] })),
        { kind: 'unsettled', at: [2] },
      ];
      const plan = FaultPlanSchema.parse({ v: 1, calmAfterEndMs: 60_000, faults });
      const { violations, end } = await playLife({ seed: 100_088_426, plan });
      expect(violations).toEqual([]);
      expect(end).toBe('redeemed');
    },
  );
});
