import { createApiKeys } from '#infra/venue/clob/api-keys.ts';
import type { PrivateDeps } from '#infra/venue/clob/private-deps.ts';
import type { PlayingVenue } from '#lib/venue/books/playing-venue.ts';
import type { VenueEngineDeps } from '#lib/venue/engine/venue-engine.ts';
import { createChainReadings } from './chain-readings.ts';
import { createChainSettlement } from './chain-settlement.ts';
import type { SettlingChain } from './settling-chain.ts';
import { createVenueCash } from './venue-cash.ts';
import { createVenueDesks, type VenueDesks, type VenueDesksDeps } from './venue-desks.ts';
import { createVenuePulse } from './venue-pulse.ts';
import type { VenueSwitchboard } from './venue-switchboard.ts';

export type TradingFloorOptions = {
  readonly seed: string;
  readonly venue: PlayingVenue;
  readonly switchboard: VenueSwitchboard;
  /** Never goes back: the engines' time. */
  nowMs(): number;
  sleepUntil(atMs: number): Promise<void>;
  readonly chain?: SettlingChain;
  readonly settlementMs?: NonNullable<VenueEngineDeps['settlementMs']>;
};

/** Where it is traded: desks with their engines, keys, cash, and the chain if there is one. */
export type TradingFloor = {
  readonly desks: VenueDesks;
  readonly privateDeps: PrivateDeps;
  /** Ends the pulse and waits for what the chain is doing. */
  close(): Promise<void>;
};

export function openTradingFloor(options: TradingFloorOptions): TradingFloor {
  const { seed, venue, nowMs, sleepUntil, chain = null } = options;
  const { accounts, conditions, settings } = options.switchboard;
  const readings = chain === null ? null : createChainReadings(chain, nowMs);
  const settlement = chain === null || readings === null ? null : createChainSettlement({ chain, readings, nowMs });
  const cashGate: VenueDesksDeps['cashGate'] = (desk, order, atMs) => {
    const account = accounts.findByWallet(order.wallet);
    return account === undefined ? null : cash.gate(account, desk, order, atMs);
  };
  const desks = createVenueDesks({
    ...{ seed, venue, conditions, nowMs, cashGate },
    ...(readings === null ? {} : { holdings: readings.holdings }),
    ...(options.settlementMs === undefined ? {} : { settlementMs: options.settlementMs }),
    onChange: (desk) => {
      settlement?.takeOver(desk);
      pulse.start();
    },
  });
  const cash = createVenueCash({ desks: desks.all, readings });
  const pulse = createVenuePulse({ desks, settlement, nowMs });
  const privateDeps: PrivateDeps = {
    ...{ apiKeys: createApiKeys(seed), accounts, desks, cash, chain, readings, settings, nowMs, sleepUntil },
    faults: conditions.of(null),
    catchUp: async (desk) => {
      desk.engine.advanceTo(nowMs());
      await settlement?.followOutside(desk);
    },
  };
  return {
    ...{ desks, privateDeps },
    close: async () => {
      pulse.stop();
      await settlement?.drain();
    },
  };
}
