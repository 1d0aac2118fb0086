import type { WalletMovement } from '#lib/domain/ledger/wallet-movement.ts';
import type { MarketVersion } from '#lib/domain/market/market.ts';

/** Times are Unix milliseconds. */
export type HistoryRange = {
  /** Movements are listed from here, */
  readonly readFromMs: number;
  /** to here (exclusive), at most up to the newest finalised block. */
  readonly readUntilMs: number;
  /** Balances are those before the first block at or after this time. */
  readonly fromMs: number;
  /** Balances after the last block before this time, or after the newest finalised one. */
  readonly untilMs: number;
  /** No request takes longer than until then. Default: 30 s for each, which a person waits for. */
  readonly deadlineAtMs?: number | undefined;
};

export type HistoryToken = { readonly tokenId: string; readonly version: MarketVersion };

/** Everything at one finalised block. `shares` has the tokens asked for and those that moved. */
export type WalletBalances = {
  readonly cashMicros: bigint;
  readonly shares: ReadonlyMap<string, bigint>;
  /** POL of the wallet's own address, from which an EOA pays gas. */
  readonly polWei: bigint;
};

export type BalanceReading = {
  /** The block's number; on paper the time of reading. */
  readonly blockNumber: bigint;
  readonly blockAtMs: number;
  /** Null where the server keeps no state of that block: most keep the last minutes only. */
  readonly balances: WalletBalances | null;
};

export type WalletHistoryReading = {
  /** One for each transaction that moved cash or shares, oldest first. */
  readonly movements: readonly WalletMovement[];
  readonly opening: BalanceReading;
  readonly closing: BalanceReading;
};

/** What moved in the wallet, as the chain tells it without our records. */
export type WalletHistory = {
  /**
   * Complete, or an error. Takes a request for each 10,000 blocks, and one for each transaction that no exchange made.
   * @throws UpstreamUnavailableError, UnexpectedReplyError
   */
  readHistory(range: HistoryRange, tokens: readonly HistoryToken[]): Promise<WalletHistoryReading>;
};
