import type { PositionTerms } from '#lib/domain/position/position.ts';
import type { WalletHoldings } from '#lib/domain/position/wallet-holdings.ts';

/** Whose shares are asked for, and of which market. */
export type WalletTerms = Pick<PositionTerms, 'mode' | 'wallet' | 'tokenId' | 'otherTokenId' | 'negRisk'>;

/** Cash that one transaction moved into our wallet; negative when it moved out. */
export type CashMovement = { readonly transactionHash: string; readonly cashMicros: bigint };

/** Our wallet on the chain, behind the exchange's own books. Best effort: a sell never waits for it to answer. */
export type Wallet = {
  /** One round trip. @throws UpstreamUnavailableError, UnexpectedReplyError */
  getHoldings(terms: WalletTerms, deadlineAtMs: number): Promise<WalletHoldings>;
  /**
   * Collateral that these transactions moved, by their receipts; one that is not mined yet is missing from the answer.
   * @throws UpstreamUnavailableError, UnexpectedReplyError
   */
  listCashMovements(
    position: PositionTerms,
    transactionHashes: readonly string[],
    deadlineAtMs: number,
  ): Promise<readonly CashMovement[]>;
  /**
   * Allows the exchange of the position's market to move the wallet's shares, and waits until that is mined. Safe to repeat.
   * Null where the stage does not allow it, or where this kind of wallet cannot send transactions by itself.
   * @throws UpstreamUnavailableError, UnexpectedReplyError
   */
  readonly approveShares: ((position: PositionTerms, deadlineAtMs: number) => Promise<void>) | null;
};
