import { setTimeout as sleep } from 'node:timers/promises';
import type { PlayingVenue } from '#lib/simulation/venue/playing-venue.ts';
import { createSwitchableConditions, type SwitchableConditions } from '#lib/simulation/venue/switchable-conditions.ts';
import type { VenueEngineDeps } from '#lib/simulation/venue/venue-engine.ts';
import type { VenueChain } from '../chain/venue-chain.ts';
import { createApiKeys } from './api-keys.ts';
import { createChainReadings } from './chain-readings.ts';
import { createChainSettlement } from './chain-settlement.ts';
import type { PrivateDeps } from './private-deps.ts';
import { createVenueAccounts, type VenueAccounts } from './venue-accounts.ts';
import { createVenueCash } from './venue-cash.ts';
import { createVenueDesks, type VenueDesks, type VenueDesksDeps } from './venue-desks.ts';
import { createVenuePulse } from './venue-pulse.ts';
import { DEFAULT_VENUE_SETTINGS, type VenueSettings } from './venue-settings.ts';

export type TradingFloorOptions = {
  readonly seed: string;
  readonly venue: PlayingVenue;
  nowMs(): number;
  readonly chain?: VenueChain;
  readonly settlementMs?: NonNullable<VenueEngineDeps['settlementMs']>;
};

/** Everything behind the routes: desks with their engines, accounts, keys, switches, and the chain if there is one. */
export type TradingFloor = {
  readonly desks: VenueDesks;
  readonly accounts: VenueAccounts;
  readonly conditions: SwitchableConditions;
  readonly privateDeps: PrivateDeps;
  settings(): VenueSettings;
  setSettings(changes: Partial<VenueSettings>): void;
  /** Ends the pulse and waits for what the chain is doing. */
  close(): Promise<void>;
};

export function openTradingFloor(options: TradingFloorOptions): TradingFloor {
  const { seed, venue, chain = null } = options;
  const nowMs = onlyForward(options.nowMs);
  let settings = DEFAULT_VENUE_SETTINGS;
  const conditions = createSwitchableConditions({ seed, nowMs, fees: () => settings });
  const accounts = createVenueAccounts();
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
    ...{ apiKeys: createApiKeys(seed), accounts, desks, cash, chain, readings, nowMs },
    faults: conditions.of(null),
    settings: () => settings,
    // A venue that stops is not kept alive by what it was still waiting for.
    sleepUntil: async (atMs) => void (await sleep(Math.max(atMs - nowMs(), 0), undefined, { ref: false })),
  };
  return {
    ...{ desks, accounts, conditions, privateDeps },
    settings: () => settings,
    setSettings: (changes) => {
      settings = { ...settings, ...changes };
    },
    close: async () => {
      pulse.stop();
      await settlement?.drain();
    },
  };
}

/** The engines' time never goes back, whatever the machine's clock does. */
function onlyForward(nowMs: () => number): () => number {
  let lastMs = 0;
  return () => {
    lastMs = Math.max(lastMs, nowMs());
    return lastMs;
  };
}
