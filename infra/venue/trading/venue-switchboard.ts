import type { FeeSettings, VenueSettings } from '#infra/shared/local-venue.ts';
import { createSwitchableConditions, type SwitchableConditions } from '#lib/venue/engine/switchable-conditions.ts';
import { createVenueAccounts, type VenueAccounts } from './venue-accounts.ts';
import { DEFAULT_VENUE_SETTINGS } from './venue-settings.ts';

/** What tests and people set at the venue: who may trade, what is wrong, how it speaks. */
export type VenueSwitchboard = {
  readonly accounts: VenueAccounts;
  readonly conditions: SwitchableConditions;
  settings(): VenueSettings;
  setSettings(changes: Partial<VenueSettings>): void;
};

export function createVenueSwitchboard(seed: string, nowMs: () => number): VenueSwitchboard {
  let settings = DEFAULT_VENUE_SETTINGS;
  const fees = (market: string | null): FeeSettings =>
    (market === null ? undefined : settings.feesByMarket[market]) ?? settings;
  return {
    accounts: createVenueAccounts(),
    conditions: createSwitchableConditions({ seed, nowMs, fees }),
    settings: () => settings,
    setSettings: (changes) => {
      settings = { ...settings, ...changes };
    },
  };
}
