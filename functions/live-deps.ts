import { getAddress, isAddress } from 'viem';
import { createRpc } from '#lib/adapters/polygon/json-rpc.ts';
import type { NeededApproval } from '#lib/adapters/polygon/needed-approvals.ts';
import { createPolygonInspection } from '#lib/adapters/polygon/polygon-inspection.ts';
import { createPolygonWallet } from '#lib/adapters/polygon/polygon-wallet.ts';
import { sendApproval } from '#lib/adapters/polygon/send-approval.ts';
import { parseApiCredentials } from '#lib/adapters/polymarket/api-credentials.ts';
import { createPolymarketAccount } from '#lib/adapters/polymarket/polymarket-account.ts';
import { createPolymarketExchange } from '#lib/adapters/polymarket/polymarket-exchange.ts';
import { createSecretsManagerVault } from '#lib/adapters/secrets/secrets-manager-vault.ts';
import { createKeySigningAccount } from '#lib/adapters/signing/key-signing-account.ts';
import { createKmsSigningAccount } from '#lib/adapters/signing/kms-signing-account.ts';
import type { MaintenanceWindow } from '#lib/domain/plan-opening.ts';
import { ConfigError } from '#lib/errors/errors.ts';
import type { PlannedCheck } from '#lib/lifecycle/check/check.ts';
import { planVenueChecks } from '#lib/lifecycle/check/venue-checks.ts';
import { planWalletChecks } from '#lib/lifecycle/check/wallet-checks.ts';
import type { Clock } from '#lib/ports/clock.ts';
import type { Exchange } from '#lib/ports/exchange.ts';
import type { IdSource } from '#lib/ports/id-source.ts';
import type { SigningAccount } from '#lib/ports/signing-account.ts';
import type { Wallet } from '#lib/ports/wallet.ts';
import type { WalletInspection } from '#lib/ports/wallet-inspection.ts';
import type { Env } from '#lib/runtime/env.ts';
import { once } from '#lib/runtime/once.ts';
import { createVaultClients } from '#lib/runtime/vault-clients.ts';
import type { LiveSettings } from './trading-settings.ts';

export type LiveDeps = {
  readonly exchange: Exchange;
  /** The same wallet on the chain. */
  readonly wallet: Wallet;
  /** In the one spelling that carries its checksum: rows are found by it. */
  readonly walletAddress: string;
  /** What would stop an exit, as `tminus doctor` tells it; `open` refuses while a hard one is red. */
  readonly checks: readonly PlannedCheck[];
  /** The wallet's approvals, for people. */
  readonly inspection: WalletInspection;
  /** Sets one by a transaction of the wallet itself; null for wallets that cannot send one. Answers with its hash, or null when it was given. */
  readonly setApproval: ((approval: NeededApproval, deadlineAtMs: number) => Promise<string | null>) | null;
};

export type CreateLiveDeps = {
  readonly clobHost: string;
  readonly clock: Clock;
  readonly env: Env;
  readonly ids: IdSource;
  readonly maintenance?: readonly MaintenanceWindow[];
};

/**
 * Everything that trades with real money. This file is loaded where live trading is configured and nowhere else; key and
 * credentials come from the vault when the first live order needs them, once per process (law 7).
 * @throws ConfigError
 */
export function createLiveDeps(
  live: LiveSettings,
  { clobHost, clock, env, ids, maintenance = [] }: CreateLiveDeps,
): LiveDeps {
  const walletAddress = toChecksumAddress(live.walletAddress);
  const { secretsManager, kms } = createVaultClients(env);
  const vault = createSecretsManagerVault({ client: secretsManager });
  const loadAccount = once(async (): Promise<SigningAccount> => {
    if ('kmsKeyId' in live.key) return createKmsSigningAccount({ client: kms, keyId: live.key.kmsKeyId });
    return createKeySigningAccount(await vault.getSecret(live.key.secretName));
  });
  const loadCredentials = once(async () => parseApiCredentials(await vault.getSecret(live.credentialsSecretName)));
  const { signatureType, rpcUrl, mayApprove } = live;
  const account = { walletAddress, signatureType, loadAccount };
  const wallet = createPolygonWallet({ clock, rpcUrl, mayApprove, ...account });
  const exchange = createPolymarketExchange({ clobHost, clock, ids, chain: wallet, loadCredentials, ...account });
  const { polymarketHost } = live;
  const venue = createPolymarketAccount({ clobHost, polymarketHost, clock, loadAccount, loadCredentials });
  const inspection = createPolygonInspection({ clock, rpcUrl, walletAddress });
  const checks = [
    ...planVenueChecks({ clock, account: venue, signatureType, maintenance }),
    ...planWalletChecks({ clock, inspection }),
  ];
  const setApproval: LiveDeps['setApproval'] =
    signatureType === 0
      ? async (approval, deadlineAtMs) => {
          const rpc = createRpc({ clock, rpcUrl });
          return sendApproval({ clock, rpc, account: await loadAccount() }, approval, deadlineAtMs);
        }
      : null;
  return { walletAddress, wallet, exchange, checks, inspection, setApproval };
}

/** One digit typed wrong would send the money elsewhere: mixed case has to be the address's own checksum. */
function toChecksumAddress(address: string): string {
  const isOneCase = address === address.toLowerCase() || address.slice(2) === address.slice(2).toUpperCase();
  if (isOneCase || isAddress(address, { strict: true })) return getAddress(address);
  throw new ConfigError('The environment cannot be used: LIVE_WALLET_ADDRESS is wrong (its checksum does not fit)');
}
