import { createPaperExchange } from '#lib/adapters/paper/paper-exchange.ts';
import { createPaperSettlement } from '#lib/adapters/paper/paper-settlement.ts';
import { createPaperWallet } from '#lib/adapters/paper/paper-wallet.ts';
import type { OrderBook, Outcome } from '#lib/domain/market/market.ts';
import type { DomainEvent } from '#lib/domain/news/domain-event.ts';
import type { OrderIntent } from '#lib/domain/position/order-attempt.ts';
import type { PositionTerms } from '#lib/domain/position/position.ts';
import { StoreUnavailableError } from '#lib/errors/errors.ts';
import type { OpenPositionDeps } from '#lib/lifecycle/buy/open-position.ts';
import type { DeliverNoticeDeps } from '#lib/lifecycle/notify/deliver-notice.ts';
import type { SettleDeps } from '#lib/lifecycle/settle/settle-deps.ts';
import type { TradingAccounts } from '#lib/lifecycle/trading-account.ts';
import type { WakePositionDeps } from '#lib/lifecycle/wake-position.ts';
import type { SweepOverdueDeps } from '#lib/lifecycle/watch/sweep-overdue.ts';
import type { Clock } from '#lib/ports/clock.ts';
import type { EventBus } from '#lib/ports/event-bus.ts';
import type { WakeMessage } from '#lib/ports/exit-queue.ts';
import type { IdSource } from '#lib/ports/id-source.ts';
import type { Notice } from '#lib/ports/notifier.ts';
import type { PaperLedger } from '#lib/ports/store/paper-ledger.ts';
import type { RedemptionStore } from '#lib/ports/store/redemption-store.ts';
import type { Exchange, OrderReply } from '#lib/ports/venue/exchange.ts';
import type { MarketData } from '#lib/ports/venue/market-data.ts';
import type { RedemptionIntent } from '#lib/ports/wallet/settlement.ts';
import type { PlayingMarket } from '#lib/venue/books/playing-market.ts';
import type { ConditionChain } from '#lib/venue/engine/condition-chain.ts';
import type { VenueEngine } from '#lib/venue/engine/venue-engine.ts';
import type { CrashSite } from '../crash-points.ts';
import {
  createInstanceClock,
  createServiceCall,
  type FunctionInstance,
  guardEffect,
  type ServiceCall,
} from './function-instance.ts';
import { createSimBus } from './sim-bus.ts';
import { createMemoryNoticeLedger, createSimNotifier, type NoticeRows } from './sim-discord.ts';
import { createSimExitQueue } from './sim-exit-queue.ts';
import { createSimMarketData, createSimMarketResults, createSimReferencePrice } from './sim-public-data.ts';
import type { SimQueue } from './sim-queue.ts';
import { createSimSettlement, SIM_LIVE_WALLET } from './sim-settlement.ts';
import type { FunctionStore, OpenStore } from './sim-store.ts';
import { createSimTimer } from './sim-timer.ts';
import { type ChainView, createSimWallet } from './sim-wallet.ts';
import { createSimWalletReadings } from './sim-wallet-readings.ts';
import { createVenueExchange } from './venue-exchange.ts';
import { travelMs, type World } from './world.ts';

/** What all function instances of a life share. */
export type SharedServices = {
  readonly openStore: OpenStore;
  readonly paperLedger: PaperLedger;
  readonly noticeRows: NoticeRows;
  readonly isTableDown: () => boolean;
  readonly isDiscordBanned: () => boolean;
  readonly exitQueue: SimQueue<WakeMessage>;
  readonly settleQueue: SimQueue<WakeMessage>;
  readonly conditionChain: ConditionChain;
  readonly redemptions: RedemptionStore;
  readonly outcome: Outcome;
  readonly discordQueue: SimQueue<DomainEvent>;
  readonly timerNames: Set<string>;
  readonly playing: PlayingMarket;
  readonly engine: VenueEngine;
  readonly ids: IdSource;
  readonly chainView: ChainView;
  readonly settings: OpenPositionDeps['settings'];
  /** The position has exit rules, or is guarded. */
  readonly hasLooks: boolean;
  readonly watch: {
    readonly onPost: (position: PositionTerms, intent: OrderIntent) => void;
    /** A balance or an approval is read or set, at the venue or on the chain. */
    readonly onRead: (terms: Pick<PositionTerms, 'marketVersion'>) => void;
    readonly onReply: (intent: OrderIntent, reply: OrderReply) => void;
    readonly onBookShown: (book: OrderBook) => void;
    readonly onKeyUsed: (position: PositionTerms) => void;
    readonly onUnderWay: (orderHash: string, change: 1 | -1) => void;
    /** Returns what to call once the relayer has answered. */
    readonly onRedemption: (intent: RedemptionIntent) => () => void;
    readonly onNotified: (notice: Notice) => void;
  };
};

export type FunctionDeps = OpenPositionDeps &
  WakePositionDeps &
  Pick<SettleDeps, 'settlements' | 'redemptions' | 'results'> &
  Pick<SweepOverdueDeps, 'clock' | 'queue'> & { readonly store: FunctionStore } & {
    readonly hasLooks: boolean;
    readonly bus: EventBus;
    readonly notices: DeliverNoticeDeps;
  };

/**
 * The ports of one instance, with faults and deaths. Fields rather than getters: a getter would give each object a
 * hidden class of its own, for which V8 keeps the whole life alive until the next full collection.
 */
export function createFunctionDeps(world: World, shared: SharedServices, instance: FunctionInstance): FunctionDeps {
  const call = createServiceCall(world, instance);
  const clock = createInstanceClock(world, instance, call);
  const { playing, engine, ids, settings, exitQueue, watch } = shared;
  const marketData = createSimMarketData(world, { playing, engine, clock, call, onBookShown: watch.onBookShown });
  const isTrading = instance.name !== 'sweep' && instance.name !== 'announce' && instance.name !== 'discord';
  const guard: Guard = (site, effect) => guardEffect(world, instance, site, effect);
  return {
    clock,
    ids,
    settings,
    hasLooks: shared.hasLooks,
    queue: createSimExitQueue(world, { queue: exitQueue, settleQueue: shared.settleQueue, clock, call, instance }),
    ...createSettlements(world, shared, { clock, call, guard }),
    timer: createSimTimer(world, { queue: exitQueue, known: shared.timerNames, clock, call }),
    referencePrice: createSimReferencePrice(world, playing, call),
    bus: createSimBus(world, shared.discordQueue, call),
    marketData,
    accounts: isTrading ? createAccounts(world, shared, { guard, clock, marketData, call }) : {},
    store: shared.openStore(call),
    notices: {
      clock,
      ledger: createMemoryNoticeLedger(world, { rows: shared.noticeRows, isDown: shared.isTableDown, clock, call }),
      notifier: createSimNotifier(world, { onNotified: watch.onNotified, isBanned: shared.isDiscordBanned }, call),
    },
  };
}

type Settlements = Pick<SettleDeps, 'settlements' | 'redemptions' | 'results'>;

function createSettlements(
  world: World,
  shared: SharedServices,
  own: { readonly guard: Guard; readonly clock: Clock; readonly call: ServiceCall },
): Settlements {
  const { conditionChain: chain, outcome, watch } = shared;
  const { clock, call } = own;
  const results = createSimMarketResults(world, shared.playing, call);
  return {
    results: [results],
    settlements: {
      live: createSimSettlement(world, { chain, outcome, clock, call, onRedemption: watch.onRedemption }),
      paper: createPaperSettlement({ results, ledger: createSimPaperLedger(world, shared.paperLedger), clock }),
    },
    redemptions: {
      findRedemption: own.guard('settlement.loadRow', shared.redemptions.findRedemption),
      saveRedemption: own.guard('settlement.saveRow', shared.redemptions.saveRedemption),
    },
  };
}

type Guard = <Args extends readonly unknown[], Value>(
  site: CrashSite,
  effect: (...args: Args) => Promise<Value>,
) => (...args: Args) => Promise<Value>;

/** Every life has both accounts, so that a mix-up of modes shows (law 7). */
function createAccounts(
  world: World,
  shared: SharedServices,
  own: { readonly guard: Guard; readonly clock: Clock; readonly marketData: MarketData; readonly call: ServiceCall },
): TradingAccounts {
  const { engine, ids, watch } = shared;
  const ledger = createSimPaperLedger(world, shared.paperLedger);
  const paper = createPaperExchange({
    clock: own.clock,
    ids,
    marketData: own.marketData,
    ledger: {
      read: own.guard('paperLedger.read', ledger.read),
      record: own.guard('paperLedger.record', ledger.record),
    },
  });
  const { version } = shared.playing.market;
  const live = createVenueExchange({
    engine,
    version,
    ids,
    clock: own.clock,
    dice: world.dice,
    time: world.time,
    travelMs: () => 10 + world.draw(40),
    onKeyUsed: watch.onKeyUsed,
    onUnderWay: watch.onUnderWay,
  });
  const wallet = createSimWallet(world, {
    ...{ engine, version, view: shared.chainView, clock: own.clock, call: own.call, onRead: watch.onRead },
  });
  const readings = createSimWalletReadings(world, {
    ledger: engine.ledger,
    chain: shared.conditionChain,
    outcome: shared.outcome,
    clock: own.clock,
    call: own.call,
  });
  const paperWallet = createPaperWallet({ ledger, clock: own.clock });
  const onPaper = { paperWallet, readings: paperWallet };
  return {
    paper: { ...onPaper, address: 'paper-sim', exchange: guardExchange(own.guard, paper, watch), wallet: null },
    live: { address: SIM_LIVE_WALLET, exchange: guardExchange(own.guard, live, watch), wallet, readings },
  };
}

function createSimPaperLedger(world: World, ledger: PaperLedger): PaperLedger {
  const { time, dice } = world;
  const arrive = async (): Promise<void> => {
    await time.sleepUntil(time.nowMs() + travelMs(world));
    if (dice.roll('store-throttled')) throw new StoreUnavailableError('The table did not accept the call');
  };
  return {
    read: async (account) => {
      await arrive();
      return ledger.read(account);
    },
    record: async (account, sequence, order) => {
      await arrive();
      if (dice.roll('paper-ledger-conflict')) return 'conflict';
      const recording = await ledger.record(account, sequence, order);
      if (dice.roll('store-answer-lost')) throw new StoreUnavailableError('The answer of the table was lost');
      return recording;
    },
  };
}

function guardExchange(guard: Guard, exchange: Exchange, watch: SharedServices['watch']): Exchange {
  return {
    prepareOrder: guard('exchange.prepareOrder', exchange.prepareOrder),
    postOrder: guard('exchange.postOrder', async (position, intent, deadlineAtMs) => {
      watch.onPost(position, intent);
      const reply = await exchange.postOrder(position, intent, deadlineAtMs);
      watch.onReply(intent, reply);
      return reply;
    }),
    listOrders: guard('exchange.listOrders', exchange.listOrders),
    getBalance: guard('exchange.getBalance', async (position, deadlineAtMs) => {
      watch.onRead(position);
      return exchange.getBalance(position, deadlineAtMs);
    }),
    refreshBalance: guard('exchange.refreshBalance', async (position, deadlineAtMs) => {
      watch.onRead(position);
      return exchange.refreshBalance(position, deadlineAtMs);
    }),
    listRestingOrders: guard('exchange.listRestingOrders', exchange.listRestingOrders),
    cancelRestingOrders: guard('exchange.cancelRestingOrders', exchange.cancelRestingOrders),
  };
}
