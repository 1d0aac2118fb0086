import type { Asset, Span } from '#lib/domain/market/up-down-markets.ts';

/** A price in micro-dollars at a time. */
export type PricePoint = { readonly atMs: number; readonly priceMicros: bigint };

/** Past prices, for people to look at: no step of a position reads them. */
export type PriceHistory = {
  /**
   * The underlying's price over a span, oldest first; empty for an asset that the source does not have.
   * @throws UpstreamUnavailableError, UnexpectedReplyError
   */
  listUnderlying(asset: Asset, span: Span, deadlineAtMs: number): Promise<readonly PricePoint[]>;
  /**
   * The price of a token over a span, oldest first: dollars per share in micros, a point for each minute at best.
   * @throws UpstreamUnavailableError, UnexpectedReplyError
   */
  listToken(tokenId: string, span: Span, deadlineAtMs: number): Promise<readonly PricePoint[]>;
};
