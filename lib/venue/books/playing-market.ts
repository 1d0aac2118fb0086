import type { Market, OrderBook, Outcome } from '#lib/domain/market/market.ts';

/**
 * A market whose whole future is known: what it lists, every book it will show, and how it ends. Pure: the time is
 * always an argument, in Unix milliseconds of the world in which the market plays.
 */
export type PlayingMarket = {
  /** The market as it is listed while it runs. Ask `marketAt` for a given time. */
  readonly market: Market;
  readonly winner: Outcome;
  /** When the venue says so: `closed` turns true and the outcome's price one. */
  readonly resolvesAtMs: number;
  /** The book of one of the two tokens; undefined for a foreign token, and from the market's end on. */
  bookAt(tokenId: string, atMs: number): OrderBook | undefined;
  /** Price of the underlying in micro-dollars; above its price at the start when UP is ahead. */
  underlyingMicrosAt(atMs: number): bigint;
};

/**
 * How long after the end a market resolves here. No measured figure exists (venue §5.3): ten seconds is the first
 * time anybody is advised to look.
 */
export const RESOLUTION_LAG_MS = 10_000;

/** The market as the venue lists it at that time. */
export function marketAt(playing: PlayingMarket, atMs: number): Market {
  return {
    ...playing.market,
    acceptingOrders: playing.market.acceptingOrders && atMs < playing.market.endsAtMs,
    closed: atMs >= playing.resolvesAtMs,
  };
}

/** Which outcome a token stands for, or undefined when it belongs to another market. */
export function outcomeOfToken(market: Pick<Market, 'tokenIds'>, tokenId: string): Outcome | undefined {
  if (tokenId === market.tokenIds.UP) return 'UP';
  return tokenId === market.tokenIds.DOWN ? 'DOWN' : undefined;
}
