import type { Market, OrderBook } from '#lib/domain/market/market.ts';

/** The venue's public data. Reads only; every method is safe to repeat. */
export type MarketData = {
  /**
   * The market with this slug; undefined when the venue has none.
   * @throws UpstreamUnavailableError without a usable answer in time
   * @throws UnexpectedReplyError for an answer that the venue does not document
   */
  findMarket(slug: string): Promise<Market | undefined>;
  /**
   * The order book of one token, sorted and without empty levels; undefined when the venue has none (market over).
   * @throws UpstreamUnavailableError, UnexpectedReplyError as above
   */
  findBook(tokenId: string, deadlineAtMs: number): Promise<OrderBook | undefined>;
};
