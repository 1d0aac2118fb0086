import type { WalletHoldings } from '#lib/domain/position/wallet-holdings.ts';
import { ConfigError, UnexpectedReplyError, UpstreamUnavailableError } from '#lib/errors/errors.ts';
import type { Clock } from '#lib/ports/clock.ts';
import type { SigningAccount } from '#lib/ports/signing-account.ts';
import type { Wallet, WalletTerms } from '#lib/ports/wallet.ts';
import { listCashMovements } from './cash-movements.ts';
import { decodeShares, decodeWords, readShareApproval, readShares, toRpcCall } from './contract-calls.ts';
import { createRpc, type Rpc, type RpcOutcome } from './json-rpc.ts';
import { CONDITIONAL_TOKENS_ADDRESS, exchangeOf } from './polygon-contracts.ts';
import type { sendApproval } from './send-approval.ts';

export type PolygonWalletDeps = {
  readonly clock: Clock;
  /** Address of a Polygon JSON-RPC server; may hold a provider's key, which is never shown. */
  readonly rpcUrl: string;
  /** Holds cash and shares: the maker of our orders. */
  readonly walletAddress: string;
  /** 0 is the key's own address, the only kind that can send transactions by itself (venue §2.3). */
  readonly signatureType: 0 | 1 | 2 | 3;
  /** Loaded for an approval and for nothing else. */
  readonly loadAccount: () => Promise<SigningAccount>;
  /** May an exit set a missing approval? */
  readonly mayApprove: boolean;
  /** How it does that: loaded when it is needed, and given only where exits are made, because an opening never approves. */
  readonly loadSendApproval?: LoadSendApproval | undefined;
};

export type LoadSendApproval = () => Promise<typeof sendApproval>;

/**
 * Our wallet on Polygon, read from ConditionalTokens and the collateral themselves.
 * @throws ConfigError when the address of the server cannot be used
 */
export function createPolygonWallet(deps: PolygonWalletDeps): Wallet {
  const { clock, rpcUrl, walletAddress, signatureType, mayApprove, loadSendApproval } = deps;
  const rpc = createRpc({ clock, rpcUrl });
  return {
    getHoldings: async (terms, deadlineAtMs) => {
      assertOwnPosition(terms, walletAddress);
      return readHoldings(rpc, terms, deadlineAtMs);
    },
    listCashMovements: async (position, transactionHashes, deadlineAtMs) => {
      assertOwnPosition(position, walletAddress);
      return listCashMovements(rpc, position.wallet, transactionHashes, deadlineAtMs);
    },
    approveShares:
      mayApprove && signatureType === 0 && loadSendApproval !== undefined
        ? async (position, deadlineAtMs) => {
            assertOwnPosition(position, walletAddress);
            const [account, send] = await Promise.all([loadOwnAccount(deps), loadSendApproval()]);
            const spender = exchangeOf(position);
            const approval = { purpose: 'sell', contract: CONDITIONAL_TOKENS_ADDRESS, spender } as const;
            await send({ clock, rpc, account }, approval, deadlineAtMs);
          }
        : null,
  };
}

/** Both balances in one call and the approval beside it: one batch, which every provider takes. */
async function readHoldings(rpc: Rpc, terms: WalletTerms, deadlineAtMs: number): Promise<WalletHoldings> {
  const { wallet, tokenId, otherTokenId } = terms;
  const calls = [readShares(wallet, [tokenId, otherTokenId]), readShareApproval(wallet, exchangeOf(terms))];
  const [shares, approval] = await rpc.send(calls.map(toRpcCall), deadlineAtMs);
  if (shares === undefined) throw new UnexpectedReplyError('The chain does not tell the shares of the wallet');
  const [sharesMicros = 0n, otherSharesMicros = 0n] = decodeShares(shares, 2);
  return { sharesMicros, otherSharesMicros, approved: decodeApproval(approval) };
}

/** The shares are worth knowing without it. */
function decodeApproval(outcome: RpcOutcome | undefined): boolean | null {
  try {
    return outcome === undefined ? null : decodeWords(outcome, 1, 'the approval')[0] === 1n;
  } catch {
    return null;
  }
}

/** Reads and approvals are about one wallet: a figure of another would look like shares that are gone. @throws ConfigError */
function assertOwnPosition({ wallet }: Pick<WalletTerms, 'wallet'>, walletAddress: string): void {
  if (wallet.toLowerCase() === walletAddress.toLowerCase()) return;
  throw new ConfigError('The position belongs to another wallet than this deployment reads on the chain', {
    wallet,
    walletAddress,
  });
}

/** A key of another wallet would approve for that one. @throws ConfigError */
async function loadOwnAccount({ loadAccount, walletAddress }: PolygonWalletDeps): Promise<SigningAccount> {
  const account = await loadAccount();
  if (account.address.toLowerCase() === walletAddress.toLowerCase()) return account;
  throw new ConfigError('The signing key is not that of the wallet: a wallet of signature type 0 signs for itself', {
    signerAddress: account.address,
    walletAddress,
  });
}

/** Some look-ups of an exit: after that the server may be well again. */
const REST_MS = 10_000;

/**
 * Asks the chain for cash movements, and for a while not again after it did not answer: every look-up would wait for a server that
 * hangs, and the sell that follows with it. What is not read then keeps its estimate.
 */
export function restAfterFailure(
  wallet: Pick<Wallet, 'listCashMovements'>,
  clock: Pick<Clock, 'nowMs'>,
): Pick<Wallet, 'listCashMovements'> {
  let restUntilMs = 0;
  return {
    async listCashMovements(...asked) {
      if (clock.nowMs() < restUntilMs) throw new UpstreamUnavailableError('The chain did not answer a moment ago');
      try {
        return await wallet.listCashMovements(...asked);
      } catch (error) {
        restUntilMs = clock.nowMs() + REST_MS;
        throw error;
      }
    },
  };
}
