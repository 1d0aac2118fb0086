import { beforeEach, describe, expect, it } from 'vitest';
import { toEmbed } from '#lib/adapters/discord/discord-embed.ts';
import { evolvePosition } from '#lib/domain/evolve/evolve-position.ts';
import type { Market } from '#lib/domain/market/market.ts';
import type { TokenPayout } from '#lib/domain/market/payout.ts';
import { stateChangeOf } from '#lib/domain/news/domain-event.ts';
import { type ForeignHolding, holdingKeyOf, type ToldMarket } from '#lib/domain/news/foreign-holding.ts';
import { DEFAULT_OPENING_POLICY, type Presets } from '#lib/domain/plan/plan-opening.ts';
import { planSettlement } from '#lib/domain/plan/plan-settlement.ts';
import { canTakeIn } from '#lib/domain/plan/plan-take-in.ts';
import { DEFAULT_EXIT_POLICY } from '#lib/domain/position/exit-policy.ts';
import { remainingSharesMicros } from '#lib/domain/position/fill-totals.ts';
import { type ClosedPosition, isClosed, type OpenPosition } from '#lib/domain/position/position.ts';
import { describePosition } from '#lib/domain/position/position-view.ts';
import { DEFAULT_RISK_LIMITS } from '#lib/domain/position/risk-limits.ts';
import type { ConditionReading } from '#lib/domain/position/settlement-progress.ts';
import { CorruptRowError, StoreUnavailableError, UpstreamUnavailableError } from '#lib/errors/errors.ts';
import {
  type GuardPositionCommand,
  type GuardPositionDeps,
  guardPosition,
} from '#lib/lifecycle/guard/guard-position.ts';
import { createTakeIn } from '#lib/lifecycle/watch/take-in-holding.ts';
import { type WatchWalletDeps, watchWallet } from '#lib/lifecycle/watch/watch-wallet.ts';
import type { WakeMessage } from '#lib/ports/exit-queue.ts';
import type { IndexedHolding } from '#lib/ports/wallet/wallet-positions.ts';
import { createMemoryPositionStore } from '#lib/simulation/world/memory-position-store.ts';
import { aBook } from '#test/factories/a-book.ts';
import { aMarket, DOWN_TOKEN_ID, UP_TOKEN_ID, WINDOW_STARTS_AT_MS } from '#test/factories/a-market.ts';
import { aPosition, WALLET } from '#test/factories/a-position.ts';
import { aTrade } from '#test/factories/a-trade.ts';
import { countingIds } from '#test/fixtures/counting-ids.ts';

const START_MS = WINDOW_STARTS_AT_MS + 30_000;
const WON: TokenPayout = { own: 1n, other: 0n, total: 1n };
const ELSE = aMarket({
  ...{ slug: 'will-it-rain', conditionId: `0x${'e1'.repeat(32)}`, asset: null },
  ...{ tokenIds: { UP: '501', DOWN: '502' }, outcomeNames: { UP: 'Yes', DOWN: 'No' }, endsAtMs: START_MS + 9e8 },
});

/** One wallet that another bot uses, its index and its chain, and the suite's table. */
function aWorld(policy = { isGuarding: true, isRedeeming: true }, presets: Presets = {}) {
  let nowMs = START_MS;
  const markets: Market[] = [aMarket(), ELSE];
  const held = new Map<string, bigint>();
  const payouts = new Map<string, { readonly tokenId: string; readonly payout: TokenPayout }>();
  const faults = { isGammaDown: false, isIndexDown: false, isNodeDown: false, isTableDown: false, corruptId: '' };
  const published: ForeignHolding[] = [];
  const messages: WakeMessage[] = [];
  const timers: string[] = [];
  const told = new Map<string, ToldMarket>();
  const store = createMemoryPositionStore();
  const clock = { nowMs: () => nowMs, sleepUntil: async () => undefined };
  const failIf = (isDown: boolean) => {
    if (isDown) throw new UpstreamUnavailableError('out of order');
  };
  const blockOf = () => ({ number: BigInt(Math.floor(nowMs / 2_000)), atMs: nowMs - 4_000 });
  const marketOf = (id: string) => markets.find(({ tokenIds }) => Object.values(tokenIds).includes(id));
  const marketData = {
    findMarket: async (slug: string) => {
      failIf(faults.isGammaDown);
      return markets.find((each) => each.slug === slug);
    },
    findInSeries: async () => undefined,
    findBook: async (tokenId: string) => aBook({ tokenId, atMs: nowMs }),
  };
  const readings: NonNullable<GuardPositionDeps['accounts']['live']>['readings'] = {
    readShares: async ({ tokenId, otherTokenId }) => ({
      ...{ blockNumber: blockOf().number, blockAtMs: blockOf().atMs },
      ...{ sharesMicros: held.get(tokenId) ?? 0n, otherSharesMicros: held.get(otherTokenId) ?? 0n },
    }),
    findCost: async (_, sharesMicros) => sharesMicros / 2n,
    listTransfers: async () => [],
  };
  const guarding: GuardPositionDeps = {
    ...{ clock, marketData },
    ids: countingIds('position'),
    queue: { send: async (message) => void messages.push(message as WakeMessage) },
    timer: { schedule: async ({ positionId }) => void timers.push(positionId) },
    settings: {
      ...{ exitPolicy: DEFAULT_EXIT_POLICY, openingPolicy: DEFAULT_OPENING_POLICY, limits: DEFAULT_RISK_LIMITS },
      ...presets,
    },
    accounts: { live: { address: WALLET, readings, wallet: null } },
    store: {
      ...store,
      find: async (id) => {
        if (id === faults.corruptId) throw new CorruptRowError('A stored row breaks its schema');
        return store.find(id);
      },
      create: async (...given) => {
        const created = await store.create(...given);
        if (faults.isTableDown) throw new StoreUnavailableError('The answer was lost');
        return created;
      },
    },
  };
  const indexed = (): IndexedHolding[] =>
    [...held].map(([tokenId, sharesMicros]) => {
      const market = marketOf(tokenId);
      const isFirst = market?.tokenIds.UP === tokenId;
      return {
        ...{ tokenId, sharesMicros, conditionId: market?.conditionId ?? `0x${tokenId}`, entry: null, negRisk: false },
        oppositeTokenId: market?.tokenIds[isFirst ? 'DOWN' : 'UP'] ?? `${tokenId}0`,
        ...{ marketSlug: market?.slug ?? `old-${tokenId}`, outcomeIndex: isFirst || market === undefined ? 0 : 1 },
        ...{
          isRedeemable: payouts.has(market?.conditionId ?? `0x${tokenId}`),
          marketEndsAtMs: market?.endsAtMs ?? null,
        },
      };
    });
  const deps: WatchWalletDeps = {
    ...{ clock, store, marketData, policy, memory: new Map(), verdicts: new Map(), taking: createTakeIn(guarding) },
    bus: {
      publish: async (events) =>
        void published.push(...events.flatMap((each) => (each.type === 'foreign-holding' ? [each.holding] : []))),
    },
    told: {
      find: async (_, conditionId) => told.get(conditionId) ?? null,
      save: async (_, conditionId, market) => void told.set(conditionId, market),
    },
    positions: {
      listHoldings: async () => {
        failIf(faults.isIndexDown);
        return { holdings: indexed(), unreadableCount: 0 };
      },
    },
    tokens: {
      identify: () => ({ marketVersion: 'v1', otherTokenId: null }),
      readShares: async (_, ids) => {
        failIf(faults.isNodeDown);
        return { block: blockOf(), sharesOf: new Map(ids.map((id) => [id, held.get(id) ?? 0n])) };
      },
      readPayout: async ({ conditionId, tokenId }) => {
        const result = payouts.get(conditionId);
        if (result === undefined) return null;
        const { own, other, total } = result.payout;
        return tokenId === result.tokenId ? result.payout : { own: other, other: own, total };
      },
    },
  };
  return {
    ...{ held, payouts, faults, published, messages, timers, markets, store, deps },
    /** By the command that a card names. */
    guard: (requestId: string, changes: Partial<GuardPositionCommand> = {}) =>
      guardPosition(guarding, {
        ...{ requestId, origin: 'guard', mode: 'live', marketSlug: aMarket().slug, outcome: 'UP' },
        expectShares: false,
        ...changes,
      }),
    run: (changes: Partial<WatchWalletDeps> = {}) =>
      watchWallet({ ...deps, ...changes }, { walletAddress: WALLET, deadlineAtMs: nowMs + 25_000 }),
    /** Another minute. */
    pass: (ms = 60_000) => {
      nowMs += ms;
    },
    restart: () => {
      deps.memory.clear();
      deps.verdicts.clear();
    },
    open: async () => (await store.findMany(await store.listDue(Number.MAX_SAFE_INTEGER, 100))).positions,
    end: async (position: OpenPosition, as: 'exited' | 'voided' = 'exited') => {
      const { wakeUp, ...record } = position;
      const after: ClosedPosition = {
        ...record,
        ...{ state: as, version: position.version + 1, closedAtMs: nowMs, exitAtMs: nowMs },
        ...{ exitReason: as === 'voided' ? 'void:nothing-found' : 'manual', forceClosed: false },
        ...{ forceCloseReason: null, underlyingAtExitMicros: null, shortfallMicros: 0n },
      };
      const event = { type: 'exit-requested', atMs: nowMs } as const;
      await store.save({ before: position, after, event, endedAttempts: [], alert: null, evidence: {} });
    },
  };
}

let world: ReturnType<typeof aWorld>;
beforeEach(() => {
  world = aWorld();
});

describe('a stage that guards', () => {
  it('takes in what another bot bought, with its wake-ups, the stage’s exit and no card', async () => {
    world.held.set(UP_TOKEN_ID, 6_000_000n);
    const outcome = await world.run();
    expect(outcome).toMatchObject({ told: [], failed: [], taken: [{ kind: 'guard', positionId: 'position-000001' }] });
    const [position] = await world.open();
    expect(position).toMatchObject({ state: 'holding', origin: 'watch', mode: 'live', wallet: WALLET, outcome: 'UP' });
    expect(position?.exitDueAtMs).toBe(aMarket().endsAtMs - DEFAULT_EXIT_POLICY.exitLeadMs);
    expect(position && remainingSharesMicros(position)).toBe(6_000_000n);
    expect(world.timers).toEqual(['position-000001']);
    expect(world.messages.map(({ wakeUpId }) => wakeUpId)).toContain('exit');
    // Once: now it is managed, for this process as for the next.
    for (const again of [() => undefined, world.restart]) {
      again();
      world.pass();
      expect(await world.run()).toMatchObject({ told: [], taken: [], failed: [] });
    }
    expect(world.published).toEqual([]);
  });

  it('says of which preset it left the rules out, and why', async () => {
    world = aWorld(undefined, {
      presets: { careful: { rules: { stopLoss: { priceMicros: 990_000n } } } },
      defaultPreset: 'careful',
    });
    world.held.set(UP_TOKEN_ID, 6_000_000n);
    expect(await world.run()).toMatchObject({ taken: [{ kind: 'guard' }] });
    const [position] = await world.open();
    if (position === undefined) throw new Error('It is open');
    expect(position.policy.rules).toBeUndefined();
    const view = describePosition(position);
    expect(view.refusedPreset).toMatchObject({
      ...{ preset: 'careful', code: 'rule-already-met' },
      message: expect.stringContaining('stop-loss of $0.99 would fire at once'),
    });
    // On the card by which Discord is told of it, and nothing of the kind where the rules fit.
    const event = stateChangeOf(null, position);
    if (event?.type !== 'position-state-changed') throw new Error('It is news');
    expect(event.isNews).toBe(true);
    expect(toEmbed({ kind: 'event', event }).description).toMatch(
      /Rules: none, those of preset careful were refused: The stop-loss .+[^.]\.$/,
    );
    const fitting = { ...position, refusedPreset: undefined };
    expect(
      toEmbed({ kind: 'event', event: { ...event, position: describePosition(fitting) } }).description,
    ).not.toContain('Rules');
  });

  it('takes in the same market again when the bot buys again after the exit, and not before the block shows it', async () => {
    world.held.set(UP_TOKEN_ID, 6_000_000n);
    await world.run();
    const [position] = await world.open();
    if (position === undefined || isClosed(position)) throw new Error('It is open');
    await world.end(position);
    world.pass(5_000);
    expect(await world.run()).toMatchObject({ taken: [], told: [] });
    world.pass(70_000);
    expect(await world.run()).toMatchObject({ taken: [{ positionId: 'position-000002' }] });
    expect((await world.open()).map(({ requestId }) => requestId)).not.toContain(position.requestId);
  });

  it('makes one position when its answer is lost, when it dies after the row, and when two run at once', async () => {
    world.held.set(UP_TOKEN_ID, 6_000_000n);
    world.faults.isTableDown = true;
    await expect(world.run()).rejects.toBeInstanceOf(StoreUnavailableError);
    world.faults.isTableDown = false;
    world.restart();
    expect(await world.run()).toMatchObject({ taken: [], failed: [], told: [] });
    world.held.set('501', 0n);
    const second = aWorld();
    second.held.set(DOWN_TOKEN_ID, 6_000_000n);
    const both = await Promise.all([second.run(), second.run()]);
    expect(both.map(({ outcome }) => outcome)).toEqual(['watched', 'watched']);
    expect(await second.open()).toHaveLength(1);
    expect(await world.open()).toHaveLength(1);
  });

  it('leaves pairs alone and guards the rest of the larger side; the other side is told as beside it', async () => {
    world.held.set(UP_TOKEN_ID, 4_000_000n).set(DOWN_TOKEN_ID, 9_000_000n);
    await world.run();
    const [position] = await world.open();
    expect(position).toMatchObject({ outcome: 'DOWN', guardedSharesMicros: 5_000_000n });
    world.pass();
    await world.run();
    expect(world.published).toMatchObject([
      { besidePositionId: 'position-000001', outcomes: [{ sharesMicros: '4000000' }] },
    ]);
    // The bot buys more of the side that is guarded in part.
    world.held.set(DOWN_TOKEN_ID, 12_000_000n);
    world.pass();
    await world.run();
    expect(world.published.at(-1)?.outcomes).toContainEqual(
      expect.objectContaining({ tokenId: DOWN_TOKEN_ID, sharesMicros: '3000000' }),
    );
  });

  it('tells of pairs once, and takes in what is left when one side is sold', async () => {
    world.held.set(UP_TOKEN_ID, 4_000_000n).set(DOWN_TOKEN_ID, 4_000_000n);
    await world.run();
    world.pass();
    await world.run();
    expect(world.published).toMatchObject([{ refusal: { code: 'pairs' } }]);
    world.held.set(DOWN_TOKEN_ID, 0n);
    world.pass();
    expect(await world.run()).toMatchObject({ taken: [{ kind: 'guard' }] });
  });

  it('tells of a market without a known end once, with the reason, and asks the venue no more about it', async () => {
    world.held.set('501', 7_000_000n);
    await world.run();
    expect(world.published).toMatchObject([
      { marketSlug: 'will-it-rain', isEndCertain: false, refusal: { code: 'exit-time-required' } },
    ]);
    let asked = 0;
    const marketData = {
      ...world.deps.marketData,
      findMarket: async (slug: string) => {
        asked += 1;
        return world.deps.marketData.findMarket(slug);
      },
    };
    for (let minute = 0; minute < 5; minute += 1) {
      world.pass();
      await world.run({ marketData });
    }
    expect(world.published).toHaveLength(1);
    expect(asked).toBe(0);
  });

  it('tells of it with the next run where the bus did not take the message', async () => {
    world.held.set('501', 7_000_000n);
    const bus = { publish: () => Promise.reject(new UpstreamUnavailableError('out of order')) };
    expect(await world.run({ bus })).toMatchObject({ told: [], failed: [{ reason: 'out of order' }] });
    world.pass();
    expect(await world.run()).toMatchObject({ told: [{ refusal: { code: 'exit-time-required' } }] });
  });

  it('tells of what it finds when its market is over: nothing can be sold any more', async () => {
    world.held.set(UP_TOKEN_ID, 6_000_000n);
    world.pass(300_000);
    await world.run();
    expect(world.published).toMatchObject([{ refusal: { code: 'market-over' } }]);
    expect(await world.open()).toEqual([]);
  });

  it('takes in between exit and end as well: the exit is due at once', async () => {
    world.held.set(UP_TOKEN_ID, 6_000_000n);
    world.pass(200_000);
    expect(await world.run()).toMatchObject({ taken: [{ kind: 'guard' }] });
    expect(world.messages.length).toBeGreaterThan(0);
  });

  it('tells nothing and tries again where the venue does not say what market it is', async () => {
    world.held.set(UP_TOKEN_ID, 6_000_000n);
    world.faults.isGammaDown = true;
    expect(await world.run()).toMatchObject({ told: [], taken: [], failed: [{ reason: 'out of order' }] });
    world.faults.isGammaDown = false;
    world.pass();
    expect(await world.run()).toMatchObject({ taken: [{ kind: 'guard' }] });
  });

  it('takes in what an earlier stage only told', async () => {
    world.held.set(UP_TOKEN_ID, 6_000_000n);
    await world.run({ policy: { isGuarding: false, isRedeeming: false } });
    expect(world.published).toHaveLength(1);
    world.restart();
    world.pass();
    expect(await world.run()).toMatchObject({ taken: [{ kind: 'guard' }], told: [] });
  });

  it('leaves alone dust, the suite’s own shares and those of a hedge', async () => {
    const own = aPosition({ state: 'exiting', mode: 'live', hedge: { orderHash: '0x1', costMicrosMax: 1n } });
    const store = {
      ...world.store,
      listDue: async () => [own.positionId],
      findMany: async () => ({ positions: [own], corruptIds: [] }),
    };
    world.held.set(UP_TOKEN_ID, 36_000_000n).set(DOWN_TOKEN_ID, 36_000_000n).set('501', 9_999n);
    expect(await world.run({ store })).toMatchObject({ told: [], taken: [], failed: [] });
  });
});

describe('shares of a bot beside those that the suite bought itself, of the same side', () => {
  async function anOwn() {
    const trades = [aTrade({ matchedAtMs: START_MS - 20_000 })];
    const own = aPosition({ state: 'holding', mode: 'live', wallet: WALLET, attempts: [], trades });
    if (isClosed(own)) throw new Error('It is open');
    expect(await world.store.create(own, null)).toEqual({ outcome: 'created' });
    return remainingSharesMicros(own);
  }
  const found = async () => (await world.open())[0]?.found;

  it('are taken into its position, once a block is a minute younger than its last trade', async () => {
    const boughtMicros = await anOwn();
    world.held.set(UP_TOKEN_ID, boughtMicros + 6_000_000n);
    expect(await world.run()).toMatchObject({ told: [], taken: [], failed: [] });
    world.pass();
    expect(await world.run()).toMatchObject({ told: [], taken: [{ kind: 'guard' }], failed: [] });
    expect(await found()).toMatchObject({ sharesMicros: 6_000_000n });
    const [position] = await world.open();
    expect(position && remainingSharesMicros(position)).toBe(boughtMicros + 6_000_000n);
    world.pass();
    expect(await world.run()).toMatchObject({ told: [], taken: [], failed: [] });
    expect(await world.open()).toHaveLength(1);
  });

  it('are told with the command that has the position take them in, where the stage only tells', async () => {
    const boughtMicros = await anOwn();
    world.held.set(UP_TOKEN_ID, boughtMicros + 6_000_000n);
    world.pass();
    const tells = { policy: { isGuarding: false, isRedeeming: false } };
    await world.run(tells);
    expect(world.published).toMatchObject([
      { ownPositionId: expect.any(String), besidePositionId: null, outcomes: [{ sharesMicros: '6000000' }] },
    ]);
    expect(await world.guard('by-hand')).toMatchObject({ outcome: 'guarded' });
    expect(await found()).toMatchObject({ sharesMicros: 6_000_000n });
    // Repeated, and after more have come.
    expect(await world.guard('by-hand')).toMatchObject({ outcome: 'already-requested' });
    world.held.set(UP_TOKEN_ID, boughtMicros + 9_000_000n);
    world.pass();
    await world.run(tells);
    expect(world.published).toHaveLength(1);
  });

  it('are taken in where only that position says when to leave its market, by the command of the card as well', async () => {
    for (const isGuarding of [true, false]) {
      world = aWorld();
      const { conditionId, slug, tokenIds, endsAtMs } = ELSE;
      const market = { conditionId, marketSlug: slug, tokenId: tokenIds.UP, otherTokenId: tokenIds.DOWN, asset: null };
      const times = { marketEndsAtMs: endsAtMs, givenExitAtMs: endsAtMs - 9e6, exitDueAtMs: endsAtMs - 9e6 };
      const trades = [aTrade({ matchedAtMs: START_MS - 80_000 })];
      const own = aPosition({ state: 'holding', mode: 'live', wallet: WALLET, trades, ...market, ...times });
      if (isClosed(own)) throw new Error('It is open');
      await world.store.create(own, null);
      world.held.set(tokenIds.UP, remainingSharesMicros(own) + 6_000_000n);
      await world.run({ policy: { isGuarding, isRedeeming: false } });
      if (!isGuarding) {
        expect(world.published).toMatchObject([{ ownPositionId: own.positionId }]);
        expect(await world.guard('by-hand', { marketSlug: slug, outcome: 'Yes' })).toMatchObject({
          outcome: 'guarded',
        });
      }
      expect(await found()).toMatchObject({ sharesMicros: 6_000_000n });
    }
  });

  it('leave the exit that is held its next look at the price', async () => {
    const trades = [aTrade({ matchedAtMs: START_MS - 80_000 })];
    const ofWallet = { mode: 'live', wallet: WALLET, trades } as const;
    const holdLook = { atMs: START_MS - 1_000, priceMicros: 900_000n };
    const wakeUp = { id: 'v7', atMs: START_MS + 4_000 };
    const own = aPosition({ ...ofWallet, state: 'holding', exitDueAtMs: START_MS - 1_000, holdLook, wakeUp });
    if (isClosed(own)) throw new Error('It is open');
    await world.store.create(own, null);
    world.held.set(UP_TOKEN_ID, remainingSharesMicros(own) + 6_000_000n);
    expect(await world.guard('by-hand')).toMatchObject({ outcome: 'guarded', areWakeUpsSet: true });
    const [after] = await world.open();
    if (after === undefined || isClosed(after)) throw new Error('It is open');
    expect(after.wakeUp.id).not.toBe('v7');
    expect(world.messages).toContainEqual({
      ...{ positionId: own.positionId, wakeUpId: after.wakeUp.id, source: 'retry' },
    });
  });

  it('are left alone and told where they may be part of a pair', async () => {
    const boughtMicros = await anOwn();
    world.held.set(UP_TOKEN_ID, boughtMicros + 6_000_000n).set(DOWN_TOKEN_ID, 2_000_000n);
    world.pass();
    expect(await world.run()).toMatchObject({ taken: [], failed: [] });
    expect(world.published).toMatchObject([
      { outcomes: expect.arrayContaining([{ sharesMicros: '4000000' }].map((each) => expect.objectContaining(each))) },
    ]);
    expect(await found()).toBeUndefined();
  });

  it('are not told apart within a minute of a trade of the suite: a guard says so and changes nothing', async () => {
    const boughtMicros = await anOwn();
    world.held.set(UP_TOKEN_ID, boughtMicros + 6_000_000n);
    const early = await world.guard('by-hand');
    expect(early).toMatchObject({ outcome: 'refused', refusal: { code: 'market-occupied' } });
    expect(early.outcome === 'refused' && early.refusal.message).toContain('Repeat');
    expect(await found()).toBeUndefined();
  });

  it('that are still to come are taken in by a position that was asked to guard before', async () => {
    const boughtMicros = await anOwn();
    world.held.set(UP_TOKEN_ID, boughtMicros);
    world.pass();
    expect(await world.guard('by-hand')).toMatchObject({ outcome: 'guarded' });
    const [position] = await world.open();
    if (position === undefined || isClosed(position)) throw new Error('It is open');
    expect(canTakeIn(position)).toBe(true);
    expect(describePosition(position).pnlMicros).toBe(null);
    expect(remainingSharesMicros(position)).toBe(boughtMicros);
  });
});

describe('a stage that guards, when something is wrong', () => {
  const NOT_READY = { code: 'market-not-ready', message: 'has no token ids at the venue yet' } as const;
  const SECOND = aMarket({
    ...{ slug: 'eth-updown-5m', conditionId: `0x${'e2'.repeat(32)}` },
    tokenIds: { UP: '601', DOWN: '602' },
  });

  it('takes in what the venue lists later, in the same process', async () => {
    world.held.set(UP_TOKEN_ID, 6_000_000n);
    for (const found of [undefined, { slug: aMarket().slug, refusal: NOT_READY }]) {
      await world.run({ marketData: { ...world.deps.marketData, findMarket: async () => found } });
      world.pass(20_000);
    }
    expect(world.published).toMatchObject([{ refusal: { code: 'market-unknown' } }]);
    expect(await world.run()).toMatchObject({ taken: [{ kind: 'guard' }], told: [] });
  });

  it('takes in what the venue leaves out between two answers', async () => {
    world.held.set(UP_TOKEN_ID, 6_000_000n);
    const listed = await world.deps.positions.listHoldings(WALLET, 0);
    const [market] = world.markets.splice(0, 1);
    const positions = { listHoldings: async () => listed };
    const marketData = { ...world.deps.marketData, findMarket: async () => market };
    expect(await world.run({ marketData, positions })).toMatchObject({ taken: [], told: [], failed: [{}] });
    world.pass();
    if (market !== undefined) world.markets.push(market);
    expect(await world.run()).toMatchObject({ taken: [{ kind: 'guard' }] });
  });

  it('takes in every other market while the row of one cannot be read', async () => {
    world.held.set(UP_TOKEN_ID, 6_000_000n);
    await world.run();
    const [managed] = await world.open();
    world.markets.push(SECOND);
    world.held.set('601', 6_000_000n);
    world.pass();
    world.faults.corruptId = managed?.positionId ?? '';
    const findMany: typeof world.store.findMany = async (ids) => {
      const corruptIds = ids.filter((id) => id === managed?.positionId);
      const { positions } = await world.store.findMany(ids.filter((id) => !corruptIds.includes(id)));
      return { positions, corruptIds };
    };
    expect(await world.run({ store: { ...world.store, findMany } })).toMatchObject({
      failed: [{ conditionId: aMarket().conditionId }],
      taken: [{ kind: 'guard', conditionId: SECOND.conditionId }],
    });
  });

  it('takes in every other market before it fails for an unexpected one', async () => {
    const first = aMarket();
    world.held.set(UP_TOKEN_ID, 6_000_000n);
    const others = [1, 2, 3, 4, 5, 6].map((index) =>
      aMarket({
        ...{ slug: `other-${index}`, conditionId: `0x0${index}`, endsAtMs: first.endsAtMs + index },
        tokenIds: { UP: `70${index}`, DOWN: `80${index}` },
      }),
    );
    world.markets.push(...others);
    for (const { tokenIds } of others) world.held.set(tokenIds.UP, 6_000_000n);
    const findMarket = async (slug: string) => {
      if (slug === first.slug) throw new TypeError('A bug');
      return world.deps.marketData.findMarket(slug);
    };
    await expect(world.run({ marketData: { ...world.deps.marketData, findMarket } })).rejects.toThrow('A bug');
    expect((await world.open()).map(({ marketSlug }) => marketSlug).toSorted()).toEqual(others.map(({ slug }) => slug));
  });

  it('takes in a rest before the end, after the suite has sold its own shares at the exit', async () => {
    world.held.set(UP_TOKEN_ID, 6_000_000n);
    await world.run();
    const [position] = await world.open();
    if (position === undefined || isClosed(position)) throw new Error('It is open');
    world.pass(aMarket().endsAtMs - START_MS - 100_000);
    await world.end(position);
    world.pass(60_000);
    expect(await world.run()).toMatchObject({ taken: [{ kind: 'guard' }] });
  });

  it('says that it does not see what came since the node fell behind', async () => {
    const { readShares } = world.deps.tokens;
    const stuckMs = START_MS;
    const tokens: WatchWalletDeps['tokens'] = {
      ...world.deps.tokens,
      readShares: async (...given) => ({
        ...(await readShares(...given)),
        block: { number: 1n, atMs: stuckMs },
      }),
    };
    expect(await world.run({ tokens })).toMatchObject({ outcome: 'watched', isNodeBehind: false });
    world.pass(180_000);
    expect(await world.run({ tokens })).toMatchObject({ outcome: 'watched', isNodeBehind: true });
  });

  it('goes by the token where the index names another condition for the suite’s own shares', async () => {
    const own = aPosition({ state: 'holding', mode: 'live' });
    const store = {
      ...world.store,
      listDue: async () => [own.positionId],
      findMany: async () => ({ positions: [own], corruptIds: [] }),
    };
    world.held.set(UP_TOKEN_ID, 36_000_000n);
    const other = `0x${'f1'.repeat(32)}`;
    world.payouts.set(other, { tokenId: UP_TOKEN_ID, payout: WON });
    const { holdings } = await world.deps.positions.listHoldings(WALLET, 0);
    const positions = {
      listHoldings: async () => ({
        holdings: holdings.map((each) => ({ ...each, conditionId: other, isRedeemable: true })),
        unreadableCount: 0,
      }),
    };
    expect(await world.run({ store, positions })).toMatchObject({ told: [], taken: [], failed: [] });
    expect(await world.open()).toEqual([]);
  });
});

describe('shares that come after the exit of a guarded position, before the end of its market,', () => {
  const tells = { policy: { isGuarding: false, isRedeeming: false } };
  const guardAndEnd = async (as: 'exited' | 'voided') => {
    await world.guard('guard-1');
    world.pass();
    await world.run(tells);
    const [position] = await world.open();
    if (position === undefined || isClosed(position)) throw new Error('It is open');
    await world.end(position, as);
    world.held.set(UP_TOKEN_ID, 0n);
    world.pass(30_000);
    await world.run(tells);
  };

  it.each(['exited', 'voided'] as const)('are told by a stage that tells, after an end as %s', async (as) => {
    world.held.set(UP_TOKEN_ID, 6_000_000n);
    await guardAndEnd(as);
    expect(world.published).toEqual([]);
    world.held.set(UP_TOKEN_ID, 4_000_000n);
    world.pass(30_000);
    expect(await world.run(tells)).toMatchObject({ told: [{ besidePositionId: null, refusal: null }] });
    expect(world.published).toMatchObject([
      { afterPositionId: 'position-000001', outcomes: [{ name: 'Up', sharesMicros: '4000000' }] },
    ]);
    expect(await world.guard('guard-2')).toMatchObject({ outcome: 'guarded', position: { state: 'holding' } });
  });

  it('are told although they are as many as were told and guarded', async () => {
    world.held.set(UP_TOKEN_ID, 6_000_000n);
    await world.run(tells);
    await world.guard('guard-1');
    world.pass();
    await world.run(tells);
    const [position] = await world.open();
    if (position === undefined || isClosed(position)) throw new Error('It is open');
    await world.end(position);
    // The bot's next order fills before the next look.
    world.pass();
    await world.run(tells);
    world.pass();
    await world.run(tells);
    expect(world.published).toHaveLength(2);
    // Discord's ledger knows copies by their key.
    expect(new Set(world.published.map(holdingKeyOf)).size).toBe(2);
  });

  it.each([false, true])(
    'are told although more was told before it was guarded; after a restart: %s',
    async (isNew) => {
      world.held.set(UP_TOKEN_ID, 6_000_000n);
      await world.run(tells);
      expect(world.published).toHaveLength(1);
      await guardAndEnd('exited');
      world.held.set(UP_TOKEN_ID, 4_000_000n);
      if (isNew) world.restart();
      world.pass(30_000);
      await world.run(tells);
      expect(world.published.slice(1)).toMatchObject([{ outcomes: [{ sharesMicros: '4000000' }] }]);
      world.pass();
      await world.run(tells);
      expect(world.published).toHaveLength(2);
      expect(await world.guard('guard-1')).toMatchObject({
        outcome: 'already-requested',
        position: { state: 'exited' },
      });
      expect(await world.guard('guard-2')).toMatchObject({ outcome: 'guarded' });
    },
  );
});

describe('a stage that redeems', () => {
  const resolve = (conditionId: string, tokenId: string, payout = WON) =>
    world.payouts.set(conditionId, { tokenId, payout });

  it('makes a position of winnings straight before their settlement, and leaves losers', async () => {
    world.held.set('501', 8_000_000n).set(DOWN_TOKEN_ID, 5_000_000n);
    resolve(ELSE.conditionId, '501');
    resolve(aMarket().conditionId, UP_TOKEN_ID);
    expect(await world.run()).toMatchObject({ told: [], taken: [{ kind: 'redeem', conditionId: ELSE.conditionId }] });
    const [position] = await world.open();
    expect(position).toMatchObject({
      ...{ state: 'awaiting-resolution', origin: 'watch', exitReason: 'found:resolved', outcomeName: 'Yes' },
      ...{ found: { sharesMicros: 8_000_000n, costMicros: 4_000_000n }, budgetMicros: 4_000_000n },
      marketEndsAtMs: START_MS,
    });
    expect(world.messages).toMatchObject([{ positionId: position?.positionId, to: 'settle' }]);
    world.pass();
    expect(await world.run()).toMatchObject({ told: [], taken: [] });
    expect(world.published).toEqual([]);
  });

  it('redeems a market that the venue no longer lists, and a split one by the token that pays the most', async () => {
    world.held.set('777', 3_000_000n).set('501', 2_000_000n).set('502', 6_000_000n);
    resolve('0x777', '777');
    resolve(ELSE.conditionId, '501', { own: 1n, other: 1n, total: 2n });
    await world.run();
    const open = await world.open();
    expect(open.map(({ tokenId }) => tokenId).toSorted()).toEqual(['502', '777']);
    expect(open.find(({ tokenId }) => tokenId === '777')).toMatchObject({
      marketSlug: 'old-777',
      otherTokenId: '7770',
    });
  });

  it('redeems what was told while it was open; a stage that does not redeem tells of it again', async () => {
    world.held.set(UP_TOKEN_ID, 6_000_000n);
    const tells = { policy: { isGuarding: false, isRedeeming: false } };
    await world.run(tells);
    world.pass(400_000);
    resolve(aMarket().conditionId, UP_TOKEN_ID);
    await world.run(tells);
    await world.run(tells);
    expect(world.published.map(({ isResolved }) => isResolved)).toEqual([false, true]);
    world.pass();
    expect(await world.run()).toMatchObject({ taken: [{ kind: 'redeem' }], told: [] });
  });

  it('goes by the chain where the index does not say that a market is resolved', async () => {
    world.held.set(UP_TOKEN_ID, 6_000_000n);
    world.pass(400_000);
    await world.run();
    resolve(aMarket().conditionId, UP_TOKEN_ID);
    const { holdings } = await world.deps.positions.listHoldings(WALLET, 0);
    const late = holdings.map((each) => ({ ...each, isRedeemable: false }));
    world.pass();
    const positions = { listHoldings: async () => ({ holdings: late, unreadableCount: 0 }) };
    expect(await world.run({ positions })).toMatchObject({ taken: [{ kind: 'redeem' }] });
  });

  it('redeems later what only the venue can name, when it does not answer', async () => {
    world.held.set('501', 8_000_000n);
    resolve(ELSE.conditionId, '501');
    const { holdings } = await world.deps.positions.listHoldings(WALLET, 0);
    const nameless = holdings.map((each) => ({ ...each, outcomeIndex: null }));
    const positions = { listHoldings: async () => ({ holdings: nameless, unreadableCount: 0 }) };
    world.faults.isGammaDown = true;
    expect(await world.run({ positions })).toMatchObject({ told: [], failed: [{}] });
    world.faults.isGammaDown = false;
    world.pass();
    expect(await world.run({ positions })).toMatchObject({ taken: [{ kind: 'redeem' }] });
  });

  it('does not redeem the other outcome again while the block still shows it', async () => {
    world.held.set('501', 2_000_000n).set('502', 6_000_000n);
    resolve(ELSE.conditionId, '501', { own: 1n, other: 1n, total: 2n });
    await world.run();
    const [position] = await world.open();
    if (position === undefined || isClosed(position)) throw new Error('It is open');
    await world.end(position);
    expect(await world.run()).toMatchObject({ taken: [], told: [] });
  });

  it('says nothing more of a told market that lost', async () => {
    world.held.set(UP_TOKEN_ID, 6_000_000n);
    const tells = { policy: { isGuarding: false, isRedeeming: false } };
    await world.run(tells);
    resolve(aMarket().conditionId, DOWN_TOKEN_ID);
    await world.run(tells);
    await world.run(tells);
    expect(world.published).toHaveLength(1);
  });

  it('takes ten a run, and the others with the next', async () => {
    for (let index = 0; index < 13; index += 1) {
      world.held.set(`90${index}`, 3_000_000n);
      resolve(`0x90${index}`, `90${index}`);
    }
    expect(await world.run()).toMatchObject({ leftCount: 3 });
    expect(await world.open()).toHaveLength(10);
    world.pass();
    await world.run();
    expect(await world.open()).toHaveLength(13);
  });

  it('names a market of negative risk instead', async () => {
    world.held.set('501', 8_000_000n);
    world.markets.splice(1, 1, { ...ELSE, negRisk: true });
    resolve(ELSE.conditionId, '501');
    await world.run();
    expect(world.published).toMatchObject([{ isResolved: true, refusal: { code: 'neg-risk' } }]);
    expect(await world.open()).toEqual([]);
  });
});

describe('winnings that were found', () => {
  it('are redeemed once and booked as the cash that arrived, with their cost where it is known', async () => {
    world.held.set('501', 8_000_000n);
    world.payouts.set(ELSE.conditionId, { tokenId: '501', payout: WON });
    await world.run();
    const [found] = await world.open();
    if (found?.state !== 'awaiting-resolution') throw new Error('It waits for its settlement');
    const atMs = START_MS + 60_000;
    const block = { blockNumber: (found.settlement.seenBlock ?? 0n) + 30n, blockAtMs: atMs - 4_000 };
    const held: ConditionReading = { ...block, payout: WON, sharesMicros: 8_000_000n, otherSharesMicros: 0n };
    expect(planSettlement(found, held, null, atMs)).toEqual({ step: 'record-result', payout: WON });
    const read = { blockNumber: block.blockNumber, holdsAll: true };
    const resolved = evolvePosition(found, { type: 'market-resolved', atMs, payout: WON, read, venueWinner: null });
    if (resolved.state !== 'awaiting-resolution') throw new Error('It still waits');
    expect(planSettlement(resolved, held, null, atMs)).toEqual({ step: 'redeem' });
    const gone = { ...held, blockNumber: block.blockNumber + 5n, sharesMicros: 0n };
    expect(planSettlement(resolved, gone, null, atMs)).toEqual({ step: 'find-payouts', afterBlock: block.blockNumber });
    // One redemption pays for all shares of the wallet: more than the position's own is not its result.
    const paid = { kind: 'redemption', cashMicros: 9_000_000n, transactionHash: '0x77', gasWei: 1n } as const;
    const confirm = planSettlement(resolved, gone, [{ ...paid, blockNumber: gone.blockNumber }], atMs);
    expect(confirm).toEqual({ step: 'confirm-payout', payoutMicros: 8_000_000n, transactionHash: '0x77', gasWei: 1n });
    const { payoutMicros, transactionHash, gasWei } = { payoutMicros: 8_000_000n, transactionHash: '0x77', gasWei: 1n };
    const end = evolvePosition(resolved, { type: 'redemption-confirmed', atMs, payoutMicros, transactionHash, gasWei });
    expect(end).toMatchObject({ state: 'redeemed', exitReason: 'found:resolved' });
    expect(describePosition(end)).toMatchObject({
      costMicros: '4000000',
      payoutMicros: '8000000',
      pnlMicros: '4000000',
    });
  });
});
