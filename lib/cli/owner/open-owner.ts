import { join } from 'node:path';
import { type Hex, isAddress, isHex } from 'viem';
import * as z from 'zod';
import { DataSettings } from '#functions/wiring/data-settings.ts';
import { RelayerSettings } from '#functions/wiring/relayer-settings.ts';
import { LiveSettingsSchema } from '#functions/wiring/trading-settings.ts';
import { createRpc, type Rpc } from '#lib/adapters/polygon/json-rpc.ts';
import { findDepositWallet } from '#lib/adapters/polygon/owner/deposit-wallet.ts';
import { createWalletActions, type WalletActions } from '#lib/adapters/polygon/owner/wallet-actions.ts';
import { createBuilderKey } from '#lib/adapters/polymarket/account/create-builder-key.ts';
import { deriveApiCredentials } from '#lib/adapters/polymarket/account/derive-api-credentials.ts';
import type { ApiCredentials } from '#lib/adapters/polymarket/api-credentials.ts';
import { createPolymarketRelayer, type Relayer } from '#lib/adapters/polymarket/relayer/polymarket-relayer.ts';
import { parseRelayerKey, type RelayerKey } from '#lib/adapters/polymarket/relayer/relayer-key.ts';
import { createSecretsManagerVault } from '#lib/adapters/secrets/secrets-manager-vault.ts';
import { systemClock as clock } from '#lib/adapters/system/system-clock.ts';
import { CliError, EXIT_CODES } from '#lib/cli/cli-error.ts';
import type { ConfirmOptions } from '#lib/cli/confirm.ts';
import { DEFAULT_STATE_DIR } from '#lib/cli/options.ts';
import { storeSecret } from '#lib/cli/store-secret.ts';
import { orAskToLogIn } from '#lib/cli/suite/ask-to-log-in.ts';
import { assertProfileExists } from '#lib/cli/suite/aws-profile.ts';
import type { SuiteChoice } from '#lib/cli/suite/find-suite.ts';
import type { Terminal } from '#lib/cli/terminal.ts';
import { ConfigError } from '#lib/errors/errors.ts';
import type { SecretVault } from '#lib/ports/secret-vault.ts';
import type { SignatureType } from '#lib/ports/venue/venue-account.ts';
import type { SigningAccount } from '#lib/ports/wallet/signing-account.ts';
import { once } from '#lib/runtime/once.ts';
import { parseEnv } from '#lib/runtime/parse-env.ts';
import { createVaultClients } from '#lib/runtime/vault-clients.ts';
import { type ActionJournal, createActionJournal } from './action-journal.ts';
import { findOwnerPlace, type OwnerPlace } from './find-owner-place.ts';
import { loadKey } from './load-key.ts';

export type OwnerOptions = SuiteChoice &
  ConfirmOptions & {
    readonly keyFile?: string;
    readonly wallet?: string;
    readonly walletType?: SignatureType;
    readonly notes?: string;
  };

/** The key's owner: key, node, venue and relayer. Nothing here needs the table. */
export type Owner = {
  readonly place: OwnerPlace;
  readonly account: SigningAccount;
  readonly walletAddress: Hex;
  readonly signatureType: SignatureType;
  readonly rpcUrl: string;
  readonly rpc: Rpc;
  readonly hosts: {
    readonly clobHost: string;
    readonly gammaHost: string;
    readonly relayerHost: string;
    readonly dataHost: string;
  };
  readonly relayer: Relayer;
  readonly actions: WalletActions;
  readonly journal: ActionJournal;
  /** Derived from the key by the venue: nothing has to be stored. */
  readonly loadCredentials: () => Promise<ApiCredentials>;
  readonly loadRelayerKey: () => Promise<RelayerKey>;
  /** The secret of the relayer's key; null where none is named. */
  readonly relayerSecret: {
    readonly name: string;
    lacksKey(): Promise<boolean>;
    store(key: RelayerKey): Promise<void>;
  } | null;
  close(): void;
};

const OwnerEnvSchema = z.object({
  CLOB_HOST: z.url(),
  GAMMA_HOST: z.url(),
  POLYGON_RPC_URL: LiveSettingsSchema.shape.POLYGON_RPC_URL,
  LIVE_WALLET_ADDRESS: LiveSettingsSchema.shape.LIVE_WALLET_ADDRESS,
  LIVE_SIGNATURE_TYPE: LiveSettingsSchema.shape.LIVE_SIGNATURE_TYPE,
  LIVE_KEY_SECRET: LiveSettingsSchema.shape.LIVE_KEY_SECRET,
  LIVE_KMS_KEY_ID: LiveSettingsSchema.shape.LIVE_KMS_KEY_ID,
  ...RelayerSettings.shape,
  ...DataSettings.shape,
});
type OwnerEnv = z.output<typeof OwnerEnvSchema>;

const READ_DEADLINE_MS = 20_000;

/** @throws ConfigError, CliError, UpstreamUnavailableError */
export async function openOwner(terminal: Terminal, options: OwnerOptions): Promise<Owner> {
  assertProfileExists(terminal.env);
  const place = await findOwnerPlace(options, terminal.env);
  const config = parseEnv(OwnerEnvSchema, place.env);
  const rpcUrl = config.POLYGON_RPC_URL;
  if (rpcUrl === undefined) {
    throw new ConfigError(
      'The environment cannot be used: POLYGON_RPC_URL is missing, the https URL of a Polygon node',
    );
  }
  const clients = createVaultClients(place.env, place.limits);
  try {
    const vault = createSecretsManagerVault({ client: clients.secretsManager });
    const source = { kmsKeyId: config.LIVE_KMS_KEY_ID, secretName: config.LIVE_KEY_SECRET };
    const keys = { kms: clients.kms, vault };
    const account = await loadKey({ ...source, keyFile: options.keyFile }, keys).catch(orAskToLogIn);
    const rpc = createRpc({ clock, rpcUrl });
    const wallet = await findWallet(rpc, account, config, options);
    const { CLOB_HOST: clobHost, GAMMA_HOST: gammaHost, RELAYER_HOST: relayerHost, DATA_HOST: dataHost } = config;
    const deadline = (): number => clock.nowMs() + READ_DEADLINE_MS;
    const loadCredentials = once(() => deriveApiCredentials({ clock, clobHost, account }, deadline()));
    const loadStoredRelayerKey = () =>
      options.keyFile === undefined ? findRelayerKey(vault, config.LIVE_RELAYER_SECRET) : Promise.resolve(undefined);
    const loadRelayerKey = once(async () => {
      const stored = await loadStoredRelayerKey();
      if (stored !== undefined) return stored;
      return createBuilderKey({ clock, clobHost, account, credentials: await loadCredentials() }, deadline());
    });
    const secretName = options.keyFile === undefined ? config.LIVE_RELAYER_SECRET : undefined;
    const relayerSecret =
      secretName === undefined
        ? null
        : {
            name: secretName,
            lacksKey: () => isWithoutKey(vault, secretName),
            store: (key: RelayerKey) => storeSecret(clients.secretsManager, secretName, JSON.stringify(key)),
          };
    const relayer = createPolymarketRelayer({ clock, relayerHost, loadRelayerKey });
    const hosts = { clobHost, gammaHost, relayerHost, dataHost };
    return {
      ...{ place, account, rpcUrl, rpc, hosts, relayer, loadCredentials, loadRelayerKey, relayerSecret, ...wallet },
      actions: createWalletActions({ clock, rpc, account, relayer, ...wallet }),
      journal: createActionJournal(notesOf(options), wallet.walletAddress),
      close: clients.destroy,
    };
  } catch (error) {
    clients.destroy();
    throw error;
  }
}

/** Where an action is written down before it is sent. */
export function notesOf({ notes, stateDir = DEFAULT_STATE_DIR }: OwnerOptions): string {
  return notes ?? join(stateDir, 'owner');
}

/** The named wallet; without one the deposit wallet that the factory has, or would make, for the key. */
async function findWallet(
  rpc: Rpc,
  account: SigningAccount,
  config: OwnerEnv,
  { wallet, walletType }: OwnerOptions,
): Promise<{ readonly walletAddress: Hex; readonly signatureType: SignatureType }> {
  const address = wallet ?? config.LIVE_WALLET_ADDRESS;
  const type = walletType ?? (wallet === undefined ? config.LIVE_SIGNATURE_TYPE : undefined);
  if (address === undefined) {
    if (type === 0 && isHex(account.address)) return { walletAddress: account.address, signatureType: 0 };
    if (type !== undefined && type !== 3) throw usage('--wallet-type needs --wallet, the address of the wallet.');
    const { address: walletAddress } = await findDepositWallet(rpc, account.address, clock.nowMs() + READ_DEADLINE_MS);
    return { walletAddress, signatureType: 3 };
  }
  if (type === undefined) throw usage('--wallet needs --wallet-type: 0 key, 1 proxy, 2 safe, 3 deposit wallet.');
  // In mixed case the digits are a checksum.
  if (isHex(address) && isAddress(address, { strict: address !== address.toLowerCase() })) {
    return { walletAddress: address, signatureType: type };
  }
  throw usage('The wallet is not an address, or its checksum does not fit.');
}

/** Undefined for a secret that does not exist, may not be read or was never stored: a builder key takes its place. */
async function findRelayerKey(vault: SecretVault, name: string | undefined): Promise<RelayerKey | undefined> {
  if (name === undefined) return undefined;
  try {
    return parseRelayerKey(await vault.getSecret(name));
  } catch (error) {
    if (error instanceof ConfigError) return undefined;
    throw error;
  }
}

/** Whether the secret certainly holds no key. CDK creates it with a random text. One that may not be read is kept. */
async function isWithoutKey(vault: SecretVault, name: string): Promise<boolean> {
  try {
    parseRelayerKey(await vault.getSecret(name));
    return false;
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const { reason } = error.context;
    // A text that is no key has no reason. Secrets Manager answers "not found" for a secret without a value, too.
    return reason === undefined || reason === 'ResourceNotFoundException';
  }
}

function usage(message: string): CliError {
  return new CliError(EXIT_CODES.usage, 'usage', message);
}
