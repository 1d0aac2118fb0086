import type { Market, OrderBook } from '#lib/domain/market/market.ts';
import type { Span } from '#lib/domain/market/up-down-markets.ts';
import type { UntradableMarket } from '#lib/domain/refusal/opening-refusal.ts';

/** The venue's public data. Reads only; every method is safe to repeat. */
export type MarketData = {
  /**
   * The market with this slug; undefined when the venue has none. One that is listed but cannot be traded says why.
   * @throws UpstreamUnavailableError without a usable answer in time
   * @throws UnexpectedReplyError for an answer that the venue does not document
   */
  findMarket(slug: string): Promise<Market | UntradableMarket | undefined>;
  /**
   * The slug of the open market of this series that runs at these times, as the venue lists it; undefined when it lists
   * none.
   * @throws UpstreamUnavailableError, UnexpectedReplyError as above
   */
  findInSeries(seriesSlug: string, span: Span): Promise<string | undefined>;
  /**
   * The order book of one token, sorted and without empty levels; undefined when the venue has none (market over).
   * @throws UpstreamUnavailableError, UnexpectedReplyError as above
   */
  findBook(tokenId: string, deadlineAtMs: number): Promise<OrderBook | undefined>;
};
