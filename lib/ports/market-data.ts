import type { Market, OrderBook } from '#lib/domain/market/market.ts';

/** The venue's public data. Reads only; every method is safe to repeat. */
export type MarketData = {
  /**
   * The market with this slug, or undefined when the venue knows none.
   * @throws UpstreamUnavailableError not reached or no usable answer in time
   * @throws UnexpectedReplyError an answer that is not what the venue documents
   */
  findMarket(slug: string): Promise<Market | undefined>;
  /**
   * The book of one token, sorted and free of empty levels; undefined when the venue has no book for it (market over).
   * `deadlineAtMs` is when the answer stops being useful.
   * @throws UpstreamUnavailableError, UnexpectedReplyError as above
   */
  findBook(tokenId: string, deadlineAtMs: number): Promise<OrderBook | undefined>;
};
