import type { PositionTerms } from '#lib/domain/position/position.ts';
import type { WalletTerms } from './wallet.ts';

/** The token of a guarded position, and the request that named it. */
export type GuardTerms = WalletTerms & Pick<PositionTerms, 'conditionId' | 'requestId'>;

/** What a wallet holds of one market, at one block that cannot be undone. */
export type SharesReading = {
  /** The block's number; on paper the time of reading. */
  readonly blockNumber: bigint;
  readonly blockAtMs: number;
  readonly sharesMicros: bigint;
  /** Of the market's other outcome. */
  readonly otherSharesMicros: bigint;
};

/** What one transaction moved of a token, net: positive into the wallet. */
export type ShareTransfer = {
  readonly transactionHash: string;
  readonly blockNumber: bigint;
  readonly sharesMicros: bigint;
  /** Cash that came for them; negative where it was paid. Null where the transaction does not say it of this token. */
  readonly cashMicros: bigint | null;
};

/** Blocks after the first and up to the second. */
export type BlockSpan = { readonly afterBlock: bigint; readonly toBlock: bigint };

/**
 * What came to a wallet and left it without orders of the suite. Reads alone.
 * @throws UpstreamUnavailableError, UnexpectedReplyError an answer that is missing is never zero
 */
export type WalletReadings = {
  /** At the newest finalised block. */
  readShares(terms: GuardTerms, deadlineAtMs: number): Promise<SharesReading>;
  /**
   * What the wallet paid, fees included, for exactly this many shares of the token. Null where that is not known: the
   * shares were not bought, or the index counts another amount.
   */
  findCost(terms: GuardTerms, sharesMicros: bigint, deadlineAtMs: number): Promise<bigint | null>;
  /** Every transaction that moved shares of the token, oldest first; complete, or an error. */
  listTransfers(terms: GuardTerms, span: BlockSpan, deadlineAtMs: number): Promise<readonly ShareTransfer[]>;
};

/** The paper wallet, which holds what it is told. */
export type PaperWallet = {
  /**
   * Puts shares into the wallet, once for each request id.
   * @throws StoreUnavailableError they may have been put there; repeat it
   */
  receiveShares(
    terms: GuardTerms & { readonly positionId: string },
    shares: { readonly sharesMicros: bigint; readonly costMicros: bigint | null },
  ): Promise<void>;
};
