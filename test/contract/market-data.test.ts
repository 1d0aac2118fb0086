import { startLocalVenue } from '#infra/venue/start-local-venue.ts';
import { createPolymarketMarketData } from '#lib/adapters/polymarket/market-data/polymarket-market-data.ts';
import { createVenueMarketData } from '#lib/simulation/world/venue-market-data.ts';
import { planAddedMarket } from '#lib/venue/books/plan-added-market.ts';
import { createPlayingVenue } from '#lib/venue/books/playing-venue.ts';
import { describeMarketDataContract } from './market-data.contract.ts';

describeMarketDataContract('over HTTP from the local venue', async () => {
  const venue = await startLocalVenue({ seed: 'contract' });
  const clock = { nowMs: Date.now };
  return {
    marketData: createPolymarketMarketData({ clock, clobHost: venue.clobHost, gammaHost: `${venue.gammaHost}/` }),
    nowMs: Date.now,
    addMarket: venue.addMarket,
    stop: venue.stop,
  };
});

describeMarketDataContract('straight from a playing venue', async () => {
  const nowMs = (): number => 1_773_307_345_678;
  const venue = createPlayingVenue({ seed: 'contract' });
  let addedCount = 0;
  const isSlugTaken = (slug: string): boolean => venue.findBySlug(slug, nowMs()) !== undefined;
  return {
    marketData: createVenueMarketData({ venue, clock: { nowMs } }),
    nowMs,
    addMarket(request) {
      const added = planAddedMarket({ seed: 'contract', isSlugTaken, addedCount }, request);
      addedCount += 1;
      return venue.add(added).market.slug;
    },
    stop: async () => {},
  };
});
