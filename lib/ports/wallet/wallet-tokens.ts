import type { MarketVersion } from '#lib/domain/market/market.ts';
import type { TokenPayout } from '#lib/domain/market/payout.ts';

/** What the market's contracts need to know of it. */
export type TokenTerms = {
  readonly marketVersion: MarketVersion;
  readonly conditionId: string;
  readonly tokenId: string;
  readonly otherTokenId: string;
  readonly negRisk: boolean;
};

export type WalletShares = {
  readonly block: { readonly number: bigint; readonly atMs: number };
  readonly sharesOf: ReadonlyMap<string, bigint>;
};

/**
 * Tokens of a wallet by the chain, at a finalised block.
 * @throws UpstreamUnavailableError, UnexpectedReplyError an answer that is missing is never zero
 */
export type WalletTokens = {
  /** Which contracts hold a token, by its id, and the id of the market's other token where the id says it. */
  identify(tokenId: string): { readonly marketVersion: MarketVersion; readonly otherTokenId: string | null };
  readShares(walletAddress: string, tokenIds: readonly string[], deadlineAtMs: number): Promise<WalletShares>;
  /** Null while the market is unresolved at that block. */
  readPayout(terms: TokenTerms, block: WalletShares['block'], deadlineAtMs: number): Promise<TokenPayout | null>;
};
