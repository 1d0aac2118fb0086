import { cancelOrder } from '#lib/venue/engine/cancel-order.ts';
import type { ChainSettlement } from './chain-settlement.ts';
import type { TradedMarket } from './traded-markets.ts';

export type TradingLoop = { start(): void; stop(): void };

export type TradingLoopDeps = {
  listMarkets(): readonly TradedMarket[];
  readonly settlement: ChainSettlement | null;
  nowMs(): number;
};

/** Short beside the taker delay of 150 ms. */
const PERIOD_MS = 50;

/** An order expires a minute before its expiration time (venue §2.5). */
const EXPIRES_EARLY_MS = 60_000;

/**
 * Advances the matching engines, which move only when they are called: resting and late orders fill, expire and settle.
 * Runs from `start` until no order and no trade is open.
 */
export function createTradingLoop({ listMarkets, settlement, nowMs }: TradingLoopDeps): TradingLoop {
  let timer: NodeJS.Timeout | undefined;
  const stop = (): void => {
    clearInterval(timer);
    timer = undefined;
  };
  const advance = (): void => {
    const atMs = nowMs();
    let isBusy = false;
    for (const traded of listMarkets()) {
      if (traded.engine.ledger.orders.size === 0) continue;
      traded.engine.advanceTo(atMs);
      cancelOverdue(traded, atMs);
      settlement?.advance(traded, atMs);
      isBusy ||= hasOpenOrders(traded, atMs) || settlement?.isPending(traded) === true;
    }
    if (!isBusy) stop();
  };
  return {
    start: () => {
      timer ??= setInterval(advance, PERIOD_MS).unref();
    },
    stop,
  };
}

function cancelOverdue({ playing, engine, placed }: TradedMarket, atMs: number): void {
  const isMarketOver = atMs >= playing.market.endsAtMs;
  for (const { orderHash, status } of engine.ledger.orders.values()) {
    if (status !== 'live') continue;
    const expiresAtMs = placed.get(orderHash)?.expiresAtMs ?? null;
    const isExpired = expiresAtMs !== null && atMs >= expiresAtMs - EXPIRES_EARLY_MS;
    if (isMarketOver || isExpired) cancelOrder(engine, orderHash, atMs);
  }
}

/** Open orders, or trades that are not final. */
function hasOpenOrders({ engine }: TradedMarket, atMs: number): boolean {
  const isWorking = [...engine.ledger.orders.values()].some(({ status }) => status === 'held' || status === 'live');
  return isWorking || engine.ledger.trades.some(({ finalAtMs }) => atMs < finalAtMs);
}
