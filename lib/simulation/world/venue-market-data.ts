import type { Clock } from '#lib/ports/clock.ts';
import type { MarketData } from '#lib/ports/market-data.ts';
import { marketAt } from '#lib/venue/books/playing-market.ts';
import type { PlayingVenue } from '#lib/venue/books/playing-venue.ts';

export type VenueMarketDataDeps = { readonly venue: PlayingVenue; readonly clock: Pick<Clock, 'nowMs'> };

/** Market data straight from a playing venue, without HTTP: what the simulator reads. Never fails by itself. */
export function createVenueMarketData({ venue, clock }: VenueMarketDataDeps): MarketData {
  return {
    findMarket: async (slug) => {
      const nowMs = clock.nowMs();
      const playing = venue.findBySlug(slug, nowMs);
      return playing === undefined ? undefined : marketAt(playing, nowMs);
    },
    findBook: async (tokenId) => {
      const nowMs = clock.nowMs();
      return venue.findByToken(tokenId, nowMs)?.bookAt(tokenId, nowMs);
    },
  };
}
