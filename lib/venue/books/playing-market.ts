import type { Market, OrderBook, Outcome } from '#lib/domain/market/market.ts';

/** A generated or recorded market: its listing, books and winner at any time (Unix milliseconds). Pure. */
export type PlayingMarket = {
  readonly market: Market;
  readonly winner: Outcome;
  /** From then on the market is `closed` and the winner's price is one. */
  readonly resolvesAtMs: number;
  /** The book of one of the two tokens; undefined for a foreign token, and from the market's end on. */
  bookAt(tokenId: string, atMs: number): OrderBook | undefined;
  underlyingMicrosAt(atMs: number): bigint;
};

/** Judgement: no figure had been published (venue §5.3). */
export const RESOLUTION_LAG_MS = 10_000;

export function marketAt(playing: PlayingMarket, atMs: number): Market {
  return {
    ...playing.market,
    acceptingOrders: playing.market.acceptingOrders && atMs < playing.market.endsAtMs,
    closed: atMs >= playing.resolvesAtMs,
  };
}

export function outcomeOfToken(market: Pick<Market, 'tokenIds'>, tokenId: string): Outcome | undefined {
  if (tokenId === market.tokenIds.UP) return 'UP';
  return tokenId === market.tokenIds.DOWN ? 'DOWN' : undefined;
}
