import { createApiKeys } from '#infra/venue/clob/api-keys.ts';
import type { PrivateRouteDeps } from '#infra/venue/clob/private-requests.ts';
import type { PlayingVenue } from '#lib/venue/books/playing-venue.ts';
import type { VenueEngineDeps } from '#lib/venue/engine/venue-engine.ts';
import type { VenueChain } from '../chain/venue-chain.ts';
import { createChainReadings } from './chain-readings.ts';
import { createChainSettlement } from './chain-settlement.ts';
import { createTradedMarkets, type TradedMarket, type TradedMarkets } from './traded-markets.ts';
import { createTradingLoop } from './trading-loop.ts';
import { createVenueCash } from './venue-cash.ts';
import type { VenueControls } from './venue-controls.ts';

export type TradingOptions = {
  readonly seed: string;
  readonly venue: PlayingVenue;
  readonly controls: VenueControls;
  /** Must not go back: it is the engines' time. */
  nowMs(): number;
  sleepUntil(atMs: number): Promise<void>;
  readonly chain?: VenueChain;
  readonly settlementMs?: NonNullable<VenueEngineDeps['settlementMs']>;
};

/** The markets with their matching engines, and what the authenticated routes need. */
export type Trading = {
  readonly markets: TradedMarkets;
  readonly privateDeps: PrivateRouteDeps;
  /** Resolves when the last transaction on the chain has ended. */
  stop(): Promise<void>;
};

export function startTrading(options: TradingOptions): Trading {
  const { seed, venue, nowMs, sleepUntil, chain = null, settlementMs } = options;
  const { accounts, conditions, settings } = options.controls;
  const readings = chain === null ? null : createChainReadings(chain, nowMs);
  const settlement = chain === null || readings === null ? null : createChainSettlement({ chain, readings, nowMs });
  const bySlug = new Map<string, TradedMarket>();
  const listMarkets = (): readonly TradedMarket[] => [...bySlug.values()];
  const cash = createVenueCash({ listMarkets, readings });
  const loop = createTradingLoop({ listMarkets, settlement, nowMs });
  const markets = createTradedMarkets({
    seed,
    venue,
    conditions,
    bySlug,
    nowMs,
    ...(readings !== null && { holdings: readings.holdings }),
    ...(settlementMs !== undefined && { settlementMs }),
    cashGate: (market, order, atMs) => {
      const account = accounts.findByWallet(order.wallet);
      return account === undefined ? null : cash.gate(account, market, order, atMs);
    },
    onChange: (traded) => {
      settlement?.takeOver(traded);
      loop.start();
    },
  });
  const privateDeps: PrivateRouteDeps = {
    apiKeys: createApiKeys(seed),
    accounts,
    markets,
    cash,
    chain,
    readings,
    settings,
    nowMs,
    sleepUntil,
    faults: conditions.of(null),
    catchUp: async (traded) => {
      traded.engine.advanceTo(nowMs());
      await settlement?.followOutside(traded);
    },
  };
  return {
    markets,
    privateDeps,
    stop: async () => {
      loop.stop();
      await settlement?.drain();
    },
  };
}
