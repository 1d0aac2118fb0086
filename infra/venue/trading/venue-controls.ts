import type { FeeSettings, VenueSettings } from '#infra/shared/local-venue.ts';
import { createSwitchableConditions, type SwitchableConditions } from '#lib/venue/engine/switchable-conditions.ts';
import { createVenueAccounts, type VenueAccounts } from './venue-accounts.ts';

/** What tests and operators control: the accounts, the faults and the protocol details. */
export type VenueControls = {
  readonly accounts: VenueAccounts;
  readonly conditions: SwitchableConditions;
  settings(): VenueSettings;
  setSettings(changes: Partial<VenueSettings>): void;
};

const DEFAULT_SETTINGS: VenueSettings = {
  feeRounding: 'round',
  feePer: 'level',
  feesByMarket: {},
  statusPrefix: false,
  lateFillStatus: 'live',
  finishedOrders: false,
  pageSize: 100,
  closedOnly: false,
  gammaIds: 'mixed',
  gammaConditionBytes: 31,
  dataLagMs: 4_000,
  dataCached: true,
  dataStaleMs: 0,
  dataRows: 'all',
  dataPageSize: 1_000,
  dataArchiveAfterMs: 3_600_000,
  reportedResults: 'true',
  geoblocked: false,
};

export function createVenueControls(seed: string, nowMs: () => number): VenueControls {
  let settings = DEFAULT_SETTINGS;
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
