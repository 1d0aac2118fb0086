import { createPolygonInspection } from '#lib/adapters/polygon/polygon-inspection.ts';
import { createPolymarketAccount } from '#lib/adapters/polymarket/account/polymarket-account.ts';
import type { MaintenanceWindow } from '#lib/domain/plan/maintenance-window.ts';
import type { PlannedCheck } from '#lib/lifecycle/check/check.ts';
import { planVenueChecks } from '#lib/lifecycle/check/venue-checks.ts';
import { planWalletChecks, type WalletCheckDeps, type WalletKey } from '#lib/lifecycle/check/wallet-checks.ts';
import type { Clock } from '#lib/ports/clock.ts';
import type { WalletInspection } from '#lib/ports/wallet/wallet-inspection.ts';
import type { LiveDeps } from './live-deps.ts';
import type { LiveSettings } from './trading-settings.ts';

export type LiveChecks = {
  /** Checks of what would stop an exit. `open` refuses while a hard one is red. */
  readonly checks: readonly PlannedCheck[];
  readonly inspection: WalletInspection;
  readonly key: WalletKey;
};

export type CreateLiveChecks = {
  readonly clobHost: string;
  readonly clock: Clock;
  readonly maintenance?: readonly MaintenanceWindow[];
  /** Readings of the approvals; without `save` they are only used. */
  readonly readings?: WalletCheckDeps['readings'];
  /** False for a check that has to tell whether the stored credentials are valid. */
  readonly mayRenew?: boolean;
};

const POLYMARKET_WEBSITE = 'https://polymarket.com';

/** Polymarket's website knows the countries of Polymarket only; any other venue is asked itself. */
export function websiteOf(clobHost: string): string {
  return /(?:^|\.)polymarket\.com$/.test(new URL(clobHost).hostname) ? POLYMARKET_WEBSITE : clobHost;
}

/** Checks before live openings. Apart from the rest, so that the bundle of an exit has nothing of it. */
export function createLiveChecks(
  { polymarketHost, rpcUrl, signatureType }: LiveSettings,
  { walletAddress, loadAccount, loadCredentials, forgetCredentials }: Omit<LiveDeps, 'exchange' | 'wallet'>,
  { clobHost, clock, maintenance = [], readings, mayRenew = true }: CreateLiveChecks,
): LiveChecks {
  const account = { loadAccount, loadCredentials, forgetCredentials, mayRenew };
  const venue = createPolymarketAccount({
    clobHost,
    polymarketHost: polymarketHost ?? websiteOf(clobHost),
    clock,
    ...account,
  });
  const inspection = createPolygonInspection({ clock, rpcUrl, walletAddress });
  const key: WalletKey = { signatureType, loadAddress: async () => (await loadAccount()).address };
  const checks = [
    ...planVenueChecks({ clock, account: venue, signatureType, maintenance }),
    ...planWalletChecks({ clock, inspection, readings, key }),
  ];
  return { checks, inspection, key };
}
