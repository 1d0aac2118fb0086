import type { WalletHoldings } from '#lib/domain/position/wallet-holdings.ts';
import { ConfigError, UnexpectedReplyError, UpstreamUnavailableError } from '#lib/errors/errors.ts';
import type { Clock } from '#lib/ports/clock.ts';
import type { SigningAccount } from '#lib/ports/wallet/signing-account.ts';
import type { Wallet, WalletTerms } from '#lib/ports/wallet/wallet.ts';
import { listCashMovements } from './cash-movements.ts';
import {
  decodeShares,
  decodeWords,
  readCollateral,
  readShareApproval,
  readShares,
  toRpcCall,
} from './contract-calls.ts';
import { createRpc, type Rpc, type RpcOutcome } from './json-rpc.ts';
import { exchangeOf, PROTOCOLS } from './polygon-contracts.ts';
import type { sendApproval } from './send-approval.ts';

export type PolygonWalletDeps = {
  readonly clock: Clock;
  /** Address of a Polygon JSON-RPC server. It may contain a provider's key, so no error contains it. */
  readonly rpcUrl: string;
  readonly walletAddress: string;
  /** 0 is an EOA, the only type that can send transactions itself (venue §2.3). */
  readonly signatureType: 0 | 1 | 2 | 3;
  readonly loadAccount: () => Promise<SigningAccount>;
  readonly mayApprove: boolean;
  /** Loads the code that sets an approval. Absent where only openings are made, which never approve. */
  readonly loadSendApproval?: LoadSendApproval | undefined;
};

export type LoadSendApproval = () => Promise<typeof sendApproval>;

/** @throws ConfigError when the address of the server cannot be used */
export function createPolygonWallet(deps: PolygonWalletDeps): Wallet {
  const { clock, rpcUrl, walletAddress, signatureType, mayApprove, loadSendApproval } = deps;
  const rpc = createRpc({ clock, rpcUrl });
  return {
    getHoldings: async (terms, deadlineAtMs) => {
      assertOwnPosition(terms, walletAddress);
      return readHoldings(rpc, terms, deadlineAtMs);
    },
    getCash: async (terms, deadlineAtMs) => {
      assertOwnPosition(terms, walletAddress);
      const [cash] = await rpc.send([toRpcCall(readCollateral(walletAddress))], deadlineAtMs);
      if (cash === undefined) throw new UnexpectedReplyError('The chain did not return the cash of the wallet');
      return decodeWords(cash, 1, 'the cash of the wallet')[0] ?? 0n;
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
            const { marketVersion } = position;
            const approval = { purpose: 'sell', marketVersion, ...contractsOf(position) } as const;
            await send({ clock, rpc, account }, approval, deadlineAtMs);
          }
        : null,
  };
}

/** The contract that holds the shares of this market, and the exchange that moves them in a sell. */
function contractsOf({ marketVersion, negRisk }: Pick<WalletTerms, 'marketVersion' | 'negRisk'>) {
  return { contract: PROTOCOLS[marketVersion].shares, spender: exchangeOf({ version: marketVersion, negRisk }) };
}

/** Balances and approval in one batch of two calls, which every provider accepts. */
async function readHoldings(rpc: Rpc, terms: WalletTerms, deadlineAtMs: number): Promise<WalletHoldings> {
  const { wallet, tokenId, otherTokenId } = terms;
  const { contract, spender } = contractsOf(terms);
  const calls = [readShares(contract, wallet, [tokenId, otherTokenId]), readShareApproval(contract, wallet, spender)];
  const [shares, approval] = await rpc.send(calls.map(toRpcCall), deadlineAtMs);
  if (shares === undefined) throw new UnexpectedReplyError('The chain did not return the shares of the wallet');
  const [sharesMicros = 0n, otherSharesMicros = 0n] = decodeShares(shares, 2);
  return { sharesMicros, otherSharesMicros, approved: decodeApproval(approval) };
}

/** Null when the approval cannot be read: the shares are useful without it. */
function decodeApproval(outcome: RpcOutcome | undefined): boolean | null {
  try {
    return outcome === undefined ? null : decodeWords(outcome, 1, 'the approval')[0] === 1n;
  } catch {
    return null;
  }
}

/** The shares of another wallet would look like missing shares. @throws ConfigError */
function assertOwnPosition({ wallet }: Pick<WalletTerms, 'wallet'>, walletAddress: string): void {
  if (wallet.toLowerCase() === walletAddress.toLowerCase()) return;
  throw new ConfigError('The position belongs to another wallet than this deployment reads on chain', {
    wallet,
    walletAddress,
  });
}

/** The key of another wallet would set that wallet's approval. @throws ConfigError */
async function loadOwnAccount({ loadAccount, walletAddress }: PolygonWalletDeps): Promise<SigningAccount> {
  const account = await loadAccount();
  if (account.address.toLowerCase() === walletAddress.toLowerCase()) return account;
  throw new ConfigError(
    'The signing key does not belong to the wallet: with signature type 0 the wallet is the address of the key',
    {
      signerAddress: account.address,
      walletAddress,
    },
  );
}

/** As long as a few look-ups of an exit. */
const REST_MS = 10_000;

/**
 * Fails at once for 10 s after a failed read of cash movements, so that look-ups and the sells behind them do not wait
 * for a hanging server. Fees that are not read keep their estimate.
 */
export function restAfterFailure(
  wallet: Pick<Wallet, 'listCashMovements'>,
  clock: Pick<Clock, 'nowMs'>,
): Pick<Wallet, 'listCashMovements'> {
  let restUntilMs = 0;
  return {
    async listCashMovements(...asked) {
      if (clock.nowMs() < restUntilMs)
        throw new UpstreamUnavailableError('The chain failed to answer within the last 10 s');
      try {
        return await wallet.listCashMovements(...asked);
      } catch (error) {
        restUntilMs = clock.nowMs() + REST_MS;
        throw error;
      }
    },
  };
}
