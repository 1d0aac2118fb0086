import type { Market, OrderBook, Outcome } from '#lib/domain/market/market.ts';

/**
 * A market that plays a generated or recorded window: its listing, its book at any time, and its winner. Pure: the time
 * is always an argument, in Unix milliseconds.
 */
export type PlayingMarket = {
  /** The market as listed while it runs; `marketAt` gives it at any time. */
  readonly market: Market;
  readonly winner: Outcome;
  /** From then on the market is `closed` and the winner's price is one. */
  readonly resolvesAtMs: number;
  /** The book of one of the two tokens; undefined for a foreign token, and from the market's end on. */
  bookAt(tokenId: string, atMs: number): OrderBook | undefined;
  /** Price of the underlying in micro-dollars; above its price at the start while UP leads. */
  underlyingMicrosAt(atMs: number): bigint;
};

/**
 * From the end to the resolution. Judgement: when this was chosen no figure had been published (venue §5.3).
 */
export const RESOLUTION_LAG_MS = 10_000;

/** The market as listed at that time. */
export function marketAt(playing: PlayingMarket, atMs: number): Market {
  return {
    ...playing.market,
    acceptingOrders: playing.market.acceptingOrders && atMs < playing.market.endsAtMs,
    closed: atMs >= playing.resolvesAtMs,
  };
}

/** The outcome of a token; undefined for a token of another market. */
export function outcomeOfToken(market: Pick<Market, 'tokenIds'>, tokenId: string): Outcome | undefined {
  if (tokenId === market.tokenIds.UP) return 'UP';
  return tokenId === market.tokenIds.DOWN ? 'DOWN' : undefined;
}
