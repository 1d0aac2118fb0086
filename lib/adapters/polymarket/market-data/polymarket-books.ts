import { joinUrl } from '#lib/adapters/http/request-json.ts';
import type { Clock } from '#lib/ports/clock.ts';
import type { MarketData } from '#lib/ports/venue/market-data.ts';
import { readPublic } from './read-public.ts';
import { BookSchema, toOrderBook } from './to-order-book.ts';

export type PolymarketBooksDeps = { readonly clock: Pick<Clock, 'nowMs'>; readonly clobHost: string };

/** The CLOB's order books: all that an exit reads of the public data. */
export function createPolymarketBooks(deps: PolymarketBooksDeps): Pick<MarketData, 'findBook'> {
  return {
    async findBook(tokenId, deadlineAtMs) {
      const url = joinUrl(deps.clobHost, '/book', { token_id: tokenId });
      const reply = await readPublic(deps, BookSchema, { url, what: 'the book', deadlineAtMs });
      return reply === undefined ? undefined : toOrderBook(tokenId, reply, deps.clock.nowMs());
    },
  };
}
