import type { Outcome } from '#lib/domain/market/market.ts';

/** What the venue's public data say about a market that is over. For paper, and to compare with the chain. */
export type MarketResults = {
  /**
   * The winner, once the venue has closed the market with prices of exactly 1 and 0; null before, and for every other
   * pair of prices. Reads only.
   * @throws UpstreamUnavailableError, UnexpectedReplyError
   */
  findWinner(marketSlug: string, deadlineAtMs: number): Promise<Outcome | null>;
};
