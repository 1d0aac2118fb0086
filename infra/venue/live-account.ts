import { Chain, ClobClient } from '@polymarket/clob-client-v2';
import { createWalletClient, custom } from 'viem';
import { generatePrivateKey, privateKeyToAccount } from 'viem/accounts';
import type { LiveAccount, LiveAccountRequest, LocalVenue } from '#infra/shared/local-venue.ts';
import type { LocalChain } from './chain/start-local-chain.ts';

/** Stores a secret under a name, for functions to read by that name. */
export type PutSecret = (name: string, text: string) => void;

export type OpenLiveAccountDeps = {
  readonly chain: LocalChain;
  readonly venue: LocalVenue;
  readonly putSecret: PutSecret;
};

/**
 * Creates a key and a wallet with cash and approvals, and registers it at the venue. Key and credentials go into the
 * secret store.
 */
export async function openLiveAccount(deps: OpenLiveAccountDeps, request: LiveAccountRequest): Promise<LiveAccount> {
  const { chain, venue, putSecret } = deps;
  const { name, signatureType, cashMicros, mayApprove = false } = request;
  const privateKey = generatePrivateKey();
  const account = privateKeyToAccount(privateKey);
  const owner = account.address;
  const cash = cashMicros === undefined ? {} : { cashMicros };
  const { wallet } = await chain.createAccount({ owner, signatureType, ...cash });
  // The owner of a proxy or safe pays the gas of redemptions from its own address.
  const isOwnerPaying = signatureType === 1 || signatureType === 2;
  if (isOwnerPaying) await chain.createAccount({ owner, signatureType: 0, cashMicros: 0n, isApproved: false });
  venue.registerAccount({ wallet, owner, signatureType });
  const signer = createWalletClient({ account, transport: custom({ request: refuseChain }) });
  const config = { host: venue.clobHost, chain: Chain.POLYGON, signer, throwOnError: true } as const;
  const creds = await new ClobClient(config).createApiKey();
  const keySecret = `tminus/local/${name}/key`;
  const credentialsSecret = `tminus/local/${name}/credentials`;
  putSecret(keySecret, privateKey);
  putSecret(credentialsSecret, JSON.stringify(creds));
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

/** The venue's client uses its signer for signatures only. */
async function refuseChain(): Promise<never> {
  throw new Error("The venue's client has no chain behind it");
}
