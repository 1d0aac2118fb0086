import { createPolygonInspection } from '#lib/adapters/polygon/polygon-inspection.ts';
import { createPolymarketAccount } from '#lib/adapters/polymarket/account/polymarket-account.ts';
import { parseRelayerKey } from '#lib/adapters/polymarket/relayer/relayer-key.ts';
import type { MaintenanceWindow } from '#lib/domain/plan/maintenance-window.ts';
import { ok, type PlannedCheck, red } from '#lib/lifecycle/check/check.ts';
import { planVenueChecks } from '#lib/lifecycle/check/venue-checks.ts';
import { planWalletChecks, type WalletCheckDeps } from '#lib/lifecycle/check/wallet-checks.ts';
import type { Clock } from '#lib/ports/clock.ts';
import type { SecretVault } from '#lib/ports/secret-vault.ts';
import type { WalletInspection } from '#lib/ports/wallet-inspection.ts';
import type { LiveDeps } from './live-deps.ts';
import type { LiveSettings } from './trading-settings.ts';

export type LiveChecks = {
  /** Checks of what would stop an exit. `open` refuses while a hard one is red. */
  readonly checks: readonly PlannedCheck[];
  readonly inspection: WalletInspection;
};

export type CreateLiveChecks = {
  readonly clobHost: string;
  readonly clock: Clock;
  readonly maintenance?: readonly MaintenanceWindow[];
  /** Readings of the approvals; without `save` they are only used. */
  readonly readings?: WalletCheckDeps['readings'];
  /** False for a check that has to tell whether the stored credentials are valid. */
  readonly mayRenew?: boolean;
  /** Checks whether a deposit wallet can be redeemed. An opening does not depend on it. */
  readonly relayer?: { readonly secretName: string | undefined };
};

const POLYMARKET_WEBSITE = 'https://polymarket.com';

/** Polymarket's website knows the countries of Polymarket only; any other venue is asked itself. */
export function websiteOf(clobHost: string): string {
  return /(?:^|\.)polymarket\.com$/.test(new URL(clobHost).hostname) ? POLYMARKET_WEBSITE : clobHost;
}

/** Checks before live openings. Apart from the rest, so that the bundle of an exit has nothing of it. */
export function createLiveChecks(
  { polymarketHost, rpcUrl, signatureType }: LiveSettings,
  { walletAddress, loadAccount, loadCredentials, forgetCredentials, vault }: Omit<LiveDeps, 'exchange' | 'wallet'>,
  { clobHost, clock, maintenance = [], readings, mayRenew = true, relayer }: CreateLiveChecks,
): LiveChecks {
  const account = { loadAccount, loadCredentials, forgetCredentials, mayRenew };
  const venue = createPolymarketAccount({
    clobHost,
    polymarketHost: polymarketHost ?? websiteOf(clobHost),
    clock,
    ...account,
  });
  const inspection = createPolygonInspection({ clock, rpcUrl, walletAddress });
  const key = { signatureType, loadAddress: async () => (await loadAccount()).address };
  const checks = [
    ...planVenueChecks({ clock, account: venue, signatureType, maintenance }),
    ...planWalletChecks({ clock, inspection, readings, key }),
    ...(relayer !== undefined && signatureType === 3 ? [planRelayerCheck(relayer.secretName, vault)] : []),
  ];
  return { checks, inspection };
}

function planRelayerCheck(secretName: string | undefined, vault: SecretVault): PlannedCheck {
  const advice =
    "Store JSON with key and address from the venue's website (Settings) in the secret that LIVE_RELAYER_SECRET names: without it winnings of this deposit wallet are not redeemed.";
  return {
    name: 'relayer key',
    isHard: false,
    whenUnread: 'red',
    adviceWhenUnread: advice,
    run: async () => {
      if (secretName === undefined) return red('LIVE_RELAYER_SECRET is not set', advice);
      return ok(`of ${parseRelayerKey(await vault.getSecret(secretName)).address}`);
    },
  };
}
