import type { BookLevel, OrderBook } from '#lib/domain/market/market.ts';
import type { VenueConditions } from '../engine/venue-conditions.ts';
import type { PlayingMarket } from './playing-market.ts';

const level = (priceMicros: bigint, shares: bigint): BookLevel => ({ priceMicros, sharesMicros: shares * 1_000_000n });

/** As reported of the venue, whose `/price` was right at the time (py-clob-client#180). */
const GHOST = { bids: [level(10_000n, 12_000n)], asks: [level(990_000n, 9_800n)] };
const STALE_AGE_MS = 3 * 86_400_000;

/**
 * What `/book` shows: orders are matched against the real book all the same. A stale book has the prices of the
 * window's start.
 */
export function shownBook(
  { playing, conditions }: { readonly playing: PlayingMarket; readonly conditions: Pick<VenueConditions, 'isOn'> },
  book: OrderBook | undefined,
  atMs: number,
): OrderBook | undefined {
  if (book === undefined) return undefined;
  if (conditions.isOn('ghost-book', atMs)) return { ...book, ...GHOST };
  if (!conditions.isOn('stale-book', atMs)) return book;
  const old = playing.bookAt(book.tokenId, playing.market.startsAtMs) ?? book;
  return { ...old, atMs: atMs - STALE_AGE_MS };
}
