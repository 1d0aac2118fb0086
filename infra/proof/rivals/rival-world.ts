import type { OrderTerms } from '#lib/domain/market/order.ts';
import type { PositionTerms } from '#lib/domain/position/position.ts';
import { UpstreamUnavailableError } from '#lib/errors/errors.ts';
import { marketTermsOf } from '#lib/lifecycle/market-terms.ts';
import type { Clock } from '#lib/ports/clock.ts';
import type { OrderReply } from '#lib/ports/venue/exchange.ts';
import type { MarketData } from '#lib/ports/venue/market-data.ts';
import { drawResolution, planOutsideRedemptions } from '#lib/simulation/draw-resolution.ts';
import { createFaultDice, isAnyOn } from '#lib/simulation/fault-dice.ts';
import { SIM_SETTINGS } from '#lib/simulation/life-setup.ts';
import {
  createInstanceClock,
  createServiceCall,
  type FunctionInstance,
  guardEffect,
} from '#lib/simulation/world/function-instance.ts';
import { drawSkewMs } from '#lib/simulation/world/invoke.ts';
import { createSimMarketData } from '#lib/simulation/world/sim-public-data.ts';
import { SIM_LIVE_WALLET } from '#lib/simulation/world/sim-settlement.ts';
import { createVenueExchange } from '#lib/simulation/world/venue-exchange.ts';
import { createVirtualTime } from '#lib/simulation/world/virtual-time.ts';
import { travelMs, type World } from '#lib/simulation/world/world.ts';
import { type ConditionChain, createConditionChain } from '#lib/venue/engine/condition-chain.ts';
import { drawConditions } from '#lib/venue/engine/venue-conditions.ts';
import { createVenueEngine, type VenueEngine } from '#lib/venue/engine/venue-engine.ts';
import { createRandom } from '#lib/venue/random.ts';
import type { Situation } from './situation.ts';
import type { SentOrder } from './weigh-life.ts';

/** The services that one run of a rival's program calls, with the faults and deaths of the product's functions. */
export type RivalPorts = {
  readonly clock: Clock;
  readonly marketData: Pick<MarketData, 'findBook'>;
  /** Sends an order once. The hash is known whatever becomes of the answer. */
  post(order: OrderTerms): { readonly orderHash: string; readonly reply: Promise<OrderReply> };
  /** Shares that the venue shows as filled. @throws UpstreamUnavailableError */
  findFilledMicros(orderHash: string): Promise<bigint>;
  /** Makes the one-time timer. The same again changes nothing. @throws UpstreamUnavailableError */
  setTimer(atMs: number, fire: () => void): Promise<void>;
};

type Program = (ports: RivalPorts) => Promise<void>;

/** A dead program is started again after this time, so many times at most. */
export type Restart = { readonly afterMs: number; readonly countMax: number };

export type RivalWorld = {
  readonly world: World;
  readonly engine: VenueEngine;
  readonly chain: ConditionChain;
  readonly orders: readonly SentOrder[];
  /** Runs the program until it ends or dies; without `restart` a dead one stays dead. */
  start(program: Program, restart: Restart | null): void;
  /** What a program threw. */
  readonly failures: readonly unknown[];
};

/** The patience of the product's requests. */
const REQUEST_DEADLINE_MS = SIM_SETTINGS.exitPolicy.requestDeadlineMs;
const SCHEDULER_GRAIN_MS = 60_000;

type Running = { readonly instance: FunctionInstance; readonly onDeath: () => void };

/** Venue, chain and faults of the life as `createLifeWorld` builds them, without the suite. */
export function createRivalWorld(situation: Situation): RivalWorld {
  const { playing, outcome, opensAtMs } = situation.setup;
  const { endsAtMs, tokenIds, version } = playing.market;
  const running = new Set<Running>();
  const world = createWorld(situation, () => {
    for (const each of running) {
      if (!each.instance.isDead) continue;
      running.delete(each);
      each.onDeath();
    }
  });
  const { time, dice, draw } = world;
  const conditions = drawConditions(dice, { startsAtMs: opensAtMs, endsAtMs });
  const engine = createVenueEngine({ playing, conditions, dice, draw });
  const { ledger } = engine;
  const chain = createConditionChain({ ledger, tokenIds, version, resolution: drawResolution(world, playing) });
  planOutsideRedemptions(world, chain, SIM_LIVE_WALLET, outcome);
  const orders: SentOrder[] = [];
  const failures: unknown[] = [];
  const connect = createPorts(world, situation, engine, orders);
  const run = (program: Program, restart: Restart | null, deathCount: number): void => {
    const instance: FunctionInstance = { name: 'sell', hopCount: 0, skewMs: drawSkewMs(world), isDead: false };
    const entry: Running = {
      instance,
      onDeath: () => {
        if (restart === null || deathCount >= restart.countMax) return;
        time.at(time.nowMs() + restart.afterMs, () => run(program, restart, deathCount + 1));
      },
    };
    running.add(entry);
    program(connect(instance)).then(
      () => running.delete(entry),
      (error: unknown) => failures.push(error),
    );
  };
  return { world, engine, chain, orders, start: (program, restart) => run(program, restart, 0), failures };
}

function createWorld({ seed, plan, setup }: Situation, noteDisruption: () => void): World {
  const random = createRandom(`${seed}|life`);
  const time = createVirtualTime(setup.opensAtMs);
  const sinceEndMs = (): number => time.nowMs() - setup.playing.market.endsAtMs;
  const dice = createFaultDice({ seed, plan, sinceEndMs, onFault: () => undefined });
  const skews = dice.rollLife('clock-skew');
  return {
    ...{ time, sinceEndMs, dice, noteDisruption, focus: setup.focus, coveredPoints: new Set() },
    draw: (endExclusive) => random.nextInt(endExclusive),
    isSkewed: () => skews.length > 0 && isAnyOn(skews, sinceEndMs()),
    note: () => undefined,
  };
}

function createPorts(world: World, situation: Situation, engine: VenueEngine, orders: SentOrder[]) {
  const { time, dice } = world;
  const { playing } = situation.setup;
  const terms = termsOf(situation);
  let timerCount = 0;
  return (instance: FunctionInstance): RivalPorts => {
    const call = createServiceCall(world, instance);
    const clock = createInstanceClock(world, instance, call);
    const exchange = createVenueExchange({
      ...{ engine, dice, time, clock, version: playing.market.version },
      ids: { nextSalt: () => String(orders.length + 1) },
      travelMs: () => 10 + world.draw(40),
      onKeyUsed: () => undefined,
    });
    const post = guardEffect(world, instance, 'exchange.postOrder', exchange.postOrder);
    const list = guardEffect(world, instance, 'exchange.listOrders', exchange.listOrders);
    return {
      clock,
      marketData: createSimMarketData(world, { playing, engine, clock, call, onBookShown: () => undefined }),
      post: (order) => {
        const salt = String(orders.length + 1);
        const orderHash = `0xrival${salt}`;
        const intent = { ...order, attemptNumber: orders.length + 1, salt, timestampMs: clock.nowMs(), orderHash };
        const { side, tokenId, sharesMicros } = order;
        const reply = post(terms, intent, clock.nowMs() + REQUEST_DEADLINE_MS);
        // An instance that died before the request has sent nothing.
        if (!instance.isDead) orders.push({ orderHash, side, tokenId, sharesMicros, atMs: time.nowMs() });
        return { orderHash, reply };
      },
      findFilledMicros: async (orderHash) => {
        const [record] = await list(terms, [orderHash], clock.nowMs() + REQUEST_DEADLINE_MS);
        const filled = (record?.trades ?? []).filter(({ status }) => status !== 'failed');
        return filled.reduce((sum, { sharesMicros }) => sum + sharesMicros, 0n);
      },
      setTimer: (atMs, fire) => {
        const plan = (): void => {
          const lateMs = dice.roll('timer-late') ? dice.between('timer-late', 60_000, 300_000) : 0;
          time.at(atMs + world.draw(SCHEDULER_GRAIN_MS) + lateMs, fire);
        };
        return call(
          'timer.schedule',
          () => travelMs(world),
          () => {
            if (dice.roll('timer-unavailable')) throw new UpstreamUnavailableError('The timer service did not answer');
            timerCount += 1;
            if (timerCount === 1 && !dice.roll('timer-lost')) plan();
            if (timerCount === 1 && dice.roll('timer-duplicate')) plan();
            if (dice.roll('timer-answer-lost')) throw new UpstreamUnavailableError('The answer of the timer was lost');
          },
        );
      },
    };
  };
}

/** What the model of the exchange needs to know of an account's order. */
function termsOf({ setup }: Situation): PositionTerms {
  const { playing, outcome, budgetMicros, opensAtMs } = setup;
  return {
    ...{ positionId: 'rival', requestId: 'rival', origin: 'request', mode: 'live', wallet: SIM_LIVE_WALLET },
    ...marketTermsOf(playing.market, outcome),
    ...{ budgetMicros, openedAtMs: opensAtMs, policy: SIM_SETTINGS.exitPolicy, underlyingAtEntryMicros: null },
  };
}
