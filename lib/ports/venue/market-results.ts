import type { Outcome } from '#lib/domain/market/market.ts';
import type { PositionTerms } from '#lib/domain/position/position.ts';

/** What the venue's public data say about a market that is over. For paper, and to compare with the chain. */
export type MarketResults = {
  /**
   * The winner, once the source knows the result and it is all for one outcome; null before, and for every other
   * result. Reads only.
   * @throws UpstreamUnavailableError, UnexpectedReplyError
   */
  findWinner(market: ResolvedMarket, deadlineAtMs: number): Promise<Outcome | null>;
};

export type ResolvedMarket = Pick<PositionTerms, 'marketSlug' | 'conditionId'>;
