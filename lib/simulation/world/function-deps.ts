import { createPaperExchange } from '#lib/adapters/paper/paper-exchange.ts';
import type { DomainEvent } from '#lib/domain/news/domain-event.ts';
import type { OrderIntent } from '#lib/domain/position/order-attempt.ts';
import type { PositionTerms } from '#lib/domain/position/position.ts';
import type { OpenPositionDeps } from '#lib/lifecycle/buy/open-position.ts';
import type { DeliverNoticeDeps } from '#lib/lifecycle/notify/deliver-notice.ts';
import { createBookTurns } from '#lib/lifecycle/sell/book-turns.ts';
import type { TradingAccounts } from '#lib/lifecycle/trading-account.ts';
import type { WakePositionDeps } from '#lib/lifecycle/wake-position.ts';
import type { SweepOverdueDeps } from '#lib/lifecycle/watch/sweep-overdue.ts';
import type { Clock } from '#lib/ports/clock.ts';
import type { EventBus } from '#lib/ports/event-bus.ts';
import type { Exchange, OrderReply } from '#lib/ports/exchange.ts';
import type { WakeMessage } from '#lib/ports/exit-queue.ts';
import type { IdSource } from '#lib/ports/id-source.ts';
import type { MarketData } from '#lib/ports/market-data.ts';
import type { Notice } from '#lib/ports/notifier.ts';
import type { PaperLedger } from '#lib/ports/paper-ledger.ts';
import type { PlayingMarket } from '#lib/venue/books/playing-market.ts';
import type { VenueEngine } from '#lib/venue/engine/venue-engine.ts';
import type { CrashSite } from '../crash-points.ts';
import { type Caller, createCaller, createInstanceClock, guardEffect, type Incarnation } from './incarnation.ts';
import { createMemoryNoticeLedger, type NoticeRows } from './memory-notice-ledger.ts';
import { createSimExitQueue } from './sim-exit-queue.ts';
import { createSimPaperLedger } from './sim-paper-ledger.ts';
import { createSimMarketData, createSimReferencePrice } from './sim-public-data.ts';
import type { SimQueue } from './sim-queue.ts';
import type { FunctionStore, OpenStore } from './sim-store.ts';
import { createSimBus, createSimNotifier } from './sim-tell.ts';
import { createSimTimer } from './sim-timer.ts';
import { type ChainView, createSimWallet } from './sim-wallet.ts';
import { createVenueExchange } from './venue-exchange.ts';
import type { World } from './world.ts';

/** Everything that outlives an incarnation. */
export type Surroundings = {
  readonly openStore: OpenStore;
  readonly paperLedger: PaperLedger;
  readonly noticeRows: NoticeRows;
  readonly isTableAway: () => boolean;
  readonly exitQueue: SimQueue<WakeMessage>;
  readonly discordQueue: SimQueue<DomainEvent>;
  readonly timersKnown: Set<string>;
  readonly playing: PlayingMarket;
  readonly engine: VenueEngine;
  readonly ids: IdSource;
  readonly chainView: ChainView;
  readonly settings: OpenPositionDeps['settings'];
  readonly watch: {
    readonly onPost: (position: PositionTerms, intent: OrderIntent) => void;
    readonly onReply: (intent: OrderIntent, reply: OrderReply) => void;
    readonly onKeyUsed: (position: PositionTerms) => void;
    readonly onTold: (notice: Notice) => void;
  };
};

/** What any function of the suite may need. */
export type FunctionDeps = OpenPositionDeps &
  WakePositionDeps &
  Pick<SweepOverdueDeps, 'clock' | 'queue'> & { readonly store: FunctionStore } & {
    readonly bus: EventBus;
    readonly notices: DeliverNoticeDeps;
  };

/**
 * The ports as one incarnation has them: each effect may go wrong, and the incarnation may die before and after it. Accounts
 * are only there for the functions that trade, as they are deployed. Plain
 * fields, all made at once: a getter per incarnation would give each of them a hidden class of its own, and V8 keeps the
 * whole life alive for it until the next full collection.
 */
export function createFunctionDeps(world: World, around: Surroundings, incarnation: Incarnation): FunctionDeps {
  const call = createCaller(world, incarnation);
  const clock = createInstanceClock(world, incarnation, call);
  const { playing, engine, ids, settings, exitQueue, watch } = around;
  const marketData = createSimMarketData(world, { playing, engine, clock, call });
  const isTrading = incarnation.name === 'open' || incarnation.name === 'sell';
  const guard: Guard = (site, effect) => guardEffect(world, incarnation, site, effect);
  return {
    clock,
    ids,
    settings,
    bookTurns: createBookTurns(),
    queue: createSimExitQueue(world, { queue: exitQueue, clock, call, incarnation }),
    timer: createSimTimer(world, { queue: exitQueue, known: around.timersKnown, clock, call }),
    referencePrice: createSimReferencePrice(world, playing, call),
    bus: createSimBus(world, around.discordQueue, call),
    marketData,
    accounts: isTrading ? createAccounts(world, around, { guard, clock, marketData, call }) : {},
    store: around.openStore(call),
    notices: {
      clock,
      ledger: createMemoryNoticeLedger(world, { rows: around.noticeRows, isAway: around.isTableAway, clock, call }),
      notifier: createSimNotifier(world, watch.onTold, call),
    },
  };
}

type Guard = <Args extends readonly unknown[], Value>(
  site: CrashSite,
  effect: (...args: Args) => Promise<Value>,
) => (...args: Args) => Promise<Value>;

/** Paper fills in its own ledger, live at the venue; both are there in every life, so that a mix-up would show (law 7). */
function createAccounts(
  world: World,
  around: Surroundings,
  own: { readonly guard: Guard; readonly clock: Clock; readonly marketData: MarketData; readonly call: Caller },
): TradingAccounts {
  const { engine, ids, watch } = around;
  const ledger = createSimPaperLedger(world, around.paperLedger);
  const paper = createPaperExchange({
    clock: own.clock,
    ids,
    marketData: own.marketData,
    ledger: {
      read: own.guard('paperLedger.read', ledger.read),
      record: own.guard('paperLedger.record', ledger.record),
    },
  });
  const live = createVenueExchange({
    engine,
    ids,
    clock: own.clock,
    dice: world.dice,
    time: world.time,
    travelMs: () => 10 + world.draw(40),
    onKeyUsed: watch.onKeyUsed,
  });
  const wallet = createSimWallet(world, { engine, view: around.chainView, clock: own.clock, call: own.call });
  return {
    paper: { address: 'paper-sim', exchange: guardExchange(own.guard, paper, watch), wallet: null },
    live: { address: `0x${'1f'.repeat(20)}`, exchange: guardExchange(own.guard, live, watch), wallet },
  };
}

function guardExchange(guard: Guard, exchange: Exchange, watch: Surroundings['watch']): Exchange {
  return {
    prepareOrder: guard('exchange.prepareOrder', exchange.prepareOrder),
    postOrder: guard('exchange.postOrder', async (position, intent, deadlineAtMs) => {
      watch.onPost(position, intent);
      const reply = await exchange.postOrder(position, intent, deadlineAtMs);
      watch.onReply(intent, reply);
      return reply;
    }),
    listOrders: guard('exchange.listOrders', exchange.listOrders),
    getBalance: guard('exchange.getBalance', exchange.getBalance),
    refreshBalance: guard('exchange.refreshBalance', exchange.refreshBalance),
    listRestingOrders: guard('exchange.listRestingOrders', exchange.listRestingOrders),
    cancelRestingOrders: guard('exchange.cancelRestingOrders', exchange.cancelRestingOrders),
  };
}
