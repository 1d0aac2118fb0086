import { createLocalVault, type LocalVault } from '#infra/local/services/local-vault.ts';
import { type LocalChain, startLocalChain } from './chain/start-local-chain.ts';
import { type LiveAccount, type LiveAccountRequest, openLiveAccount } from './live-account.ts';
import type { LocalVenue } from './start-local-venue.ts';

/** What a stack in live mode has besides: a chain, a vault, and the account its functions trade with. */
export type LocalLive = {
  readonly chain: LocalChain;
  readonly account: LiveAccount;
  /** One more account; functions trade with it that are given its environment. */
  createAccount(request: LiveAccountRequest): Promise<LiveAccount>;
  /** Names of the secrets that were asked for so far, in order. */
  listSecretsAsked(): readonly string[];
};

export type LocalLiveGround = { readonly chain: LocalChain; readonly vault: LocalVault };

/** Chain and vault, which the venue and the wire server are started with. @throws ConfigError without a chain's node */
export async function startLiveGround(): Promise<LocalLiveGround> {
  return { chain: await startLocalChain(), vault: createLocalVault() };
}

/** The stack's own account, at a venue that settles on the chain. */
export async function openLive(
  { chain, vault }: LocalLiveGround,
  venue: LocalVenue,
  request: Omit<LiveAccountRequest, 'name'>,
): Promise<LocalLive> {
  const createAccount: LocalLive['createAccount'] = (each) => openLiveAccount({ chain, venue, vault }, each);
  return {
    chain,
    account: await createAccount({ ...request, name: 'stack' }),
    createAccount,
    listSecretsAsked: vault.listAsked,
  };
}
