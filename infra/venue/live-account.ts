import { Chain, ClobClient } from '@polymarket/clob-client-v2';
import { createWalletClient, custom } from 'viem';
import { generatePrivateKey, privateKeyToAccount } from 'viem/accounts';
import type { LocalVault } from '#infra/local/services/local-vault.ts';
import type { LocalChain } from './chain/start-local-chain.ts';
import type { LocalVenue } from './start-local-venue.ts';

export type LiveAccountRequest = {
  /** Part of the names of its secrets. */
  readonly name: string;
  /** 0 the key's own address, 1 proxy, 2 safe, 3 deposit wallet (venue §2.3). */
  readonly signatureType: 0 | 1 | 2 | 3;
  /** Ten thousand dollars unless given. */
  readonly cashMicros?: bigint;
  /** May an exit set a missing approval by itself? Only wallets of type 0 can. */
  readonly mayApprove?: boolean;
};

/** A wallet on the local chain that trades at the local venue. Its key is in the vault and nowhere to be read here. */
export type LiveAccount = {
  readonly wallet: string;
  /** What functions have to be told to trade with it: names of secrets, never secrets. */
  readonly env: Readonly<Record<string, string>>;
  /** The venue's own client, unmodified, for what its owner does by hand. */
  readonly client: ClobClient;
};

export type OpenLiveAccountDeps = {
  readonly chain: LocalChain;
  readonly venue: LocalVenue;
  readonly vault: LocalVault;
};

/** A new key and a wallet with cash and approvals, known to the venue; key and credentials go into the vault. */
export async function openLiveAccount(deps: OpenLiveAccountDeps, request: LiveAccountRequest): Promise<LiveAccount> {
  const { chain, venue, vault } = deps;
  const { name, signatureType, cashMicros, mayApprove = false } = request;
  const privateKey = generatePrivateKey();
  const account = privateKeyToAccount(privateKey);
  const owner = account.address;
  const cash = cashMicros === undefined ? {} : { cashMicros };
  const { wallet } = await chain.createAccount({ owner, signatureType, ...cash });
  venue.registerAccount({ wallet, owner, signatureType });
  const signer = createWalletClient({ account, transport: custom({ request: refuseChain }) });
  const config = { host: venue.clobHost, chain: Chain.POLYGON, signer, throwOnError: true } as const;
  const creds = await new ClobClient(config).createApiKey();
  const keySecret = `tminus/local/${name}/key`;
  const credentialsSecret = `tminus/local/${name}/credentials`;
  vault.put(keySecret, privateKey);
  vault.put(credentialsSecret, JSON.stringify(creds));
  return {
    wallet,
    client: new ClobClient({ ...config, creds, signatureType, funderAddress: wallet }),
    env: {
      LIVE_WALLET_ADDRESS: wallet,
      LIVE_SIGNATURE_TYPE: String(signatureType),
      LIVE_KEY_SECRET: keySecret,
      LIVE_CREDENTIALS_SECRET: credentialsSecret,
      LIVE_MAY_APPROVE: String(mayApprove),
    },
  };
}

/** The venue's client asks its signer for signatures only. */
async function refuseChain(): Promise<never> {
  throw new Error("The venue's client has no chain behind it");
}
