import type { PositionTerms } from '#lib/domain/position/position.ts';
import type { WalletHoldings } from '#lib/domain/position/wallet-holdings.ts';

export type WalletTerms = Pick<
  PositionTerms,
  'mode' | 'wallet' | 'tokenId' | 'otherTokenId' | 'negRisk' | 'marketVersion'
>;

/** Cash that one transaction moved into the wallet; negative when it moved out. */
export type CashMovement = { readonly transactionHash: string; readonly cashMicros: bigint };

/** The wallet on the chain. Best effort: a sell never waits for its answer. */
export type Wallet = {
  /** One round trip. @throws UpstreamUnavailableError, UnexpectedReplyError */
  getHoldings(terms: WalletTerms, deadlineAtMs: number): Promise<WalletHoldings>;
  /** Collateral in the wallet, in micros. @throws as `getHoldings` */
  getCash(terms: WalletTerms, deadlineAtMs: number): Promise<bigint>;
  /**
   * Collateral that these transactions moved, by their receipts. One that is not mined yet is missing from the answer.
   * @throws UpstreamUnavailableError, UnexpectedReplyError
   */
  listCashMovements(
    position: PositionTerms,
    transactionHashes: readonly string[],
    deadlineAtMs: number,
  ): Promise<readonly CashMovement[]>;
  /**
   * Allows the exchange of the position's market to move the wallet's shares, and waits until the transaction is mined.
   * Safe to repeat. Null when the stage does not allow it or this type of wallet cannot send transactions.
   * @throws UpstreamUnavailableError, UnexpectedReplyError
   */
  readonly approveShares: ((position: PositionTerms, deadlineAtMs: number) => Promise<void>) | null;
};
