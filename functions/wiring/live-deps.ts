import { createPolygonWallet, type LoadSendApproval, restAfterFailure } from '#lib/adapters/polygon/polygon-wallet.ts';
import { type ApiCredentials, parseApiCredentials } from '#lib/adapters/polymarket/api-credentials.ts';
import {
  createPolymarketExchange,
  type PolymarketExchangeDeps,
} from '#lib/adapters/polymarket/orders/polymarket-exchange.ts';
import { createSecretsManagerVault } from '#lib/adapters/secrets/secrets-manager-vault.ts';
import { createKeySigningAccount } from '#lib/adapters/signing/key-signing-account.ts';
import { createKmsSigningAccount } from '#lib/adapters/signing/kms-signing-account.ts';
import type { Clock } from '#lib/ports/clock.ts';
import type { IdSource } from '#lib/ports/id-source.ts';
import type { SecretVault } from '#lib/ports/secret-vault.ts';
import type { Exchange } from '#lib/ports/venue/exchange.ts';
import type { SigningAccount } from '#lib/ports/wallet/signing-account.ts';
import type { Wallet } from '#lib/ports/wallet/wallet.ts';
import { once } from '#lib/runtime/once.ts';
import type { Env } from '#lib/runtime/parse-env.ts';
import { createVaultClients } from '#lib/runtime/vault-clients.ts';
import { toChecksumAddress } from './checksum-address.ts';
import type { LiveSettings } from './trading-settings.ts';

export type LiveDeps = {
  readonly exchange: Exchange;
  readonly wallet: Wallet;
  /** Checksummed: rows are found by it. */
  readonly walletAddress: string;
  /** From the secret store, on first use. */
  readonly loadAccount: () => Promise<SigningAccount>;
  readonly loadCredentials: () => Promise<ApiCredentials>;
  /** Makes the next use read them again: they may have been renewed. */
  readonly forgetCredentials: () => void;
  readonly vault: SecretVault;
};

export type CreateLiveDeps = {
  readonly clobHost: string;
  readonly clock: Clock;
  readonly env: Env;
  readonly ids: IdSource;
  readonly loadSendApproval?: LoadSendApproval | undefined;
  readonly onRenewed?: PolymarketExchangeDeps['onRenewed'];
};

/**
 * What live trading needs. This file is loaded only where live trading is configured. Key and credentials are read when
 * the first live order needs them, once per process (law 7).
 * @throws ConfigError
 */
export function createLiveDeps(live: LiveSettings, deps: CreateLiveDeps): LiveDeps {
  const { clobHost, clock, env, ids, loadSendApproval, onRenewed } = deps;
  const walletAddress = toChecksumAddress(live.walletAddress);
  const { secretsManager, kms } = createVaultClients(env);
  const vault = createSecretsManagerVault({ client: secretsManager });
  const loadAccount = once(async (): Promise<SigningAccount> => {
    if ('kmsKeyId' in live.key) return createKmsSigningAccount({ client: kms, keyId: live.key.kmsKeyId });
    return createKeySigningAccount(await vault.getSecret(live.key.secretName));
  });
  const readCredentials = () =>
    once(async () => parseApiCredentials(await vault.getSecret(live.credentialsSecretName)));
  let credentials = readCredentials();
  const loadCredentials = () => credentials();
  const forgetCredentials = (): void => {
    credentials = readCredentials();
  };
  const { signatureType, rpcUrl, mayApprove } = live;
  const account = { walletAddress, signatureType, loadAccount };
  const renewable = { loadCredentials, forgetCredentials };
  const wallet = createPolygonWallet({ clock, rpcUrl, mayApprove, loadSendApproval, ...account });
  const chain = restAfterFailure(wallet, clock);
  const exchange = createPolymarketExchange({ clobHost, clock, ids, chain, onRenewed, ...renewable, ...account });
  return { walletAddress, wallet, exchange, loadAccount, vault, ...renewable };
}
