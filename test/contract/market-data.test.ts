import { startLocalVenue } from '#infra/venue/start-local-venue.ts';
import { createPolymarketMarketData } from '#lib/adapters/polymarket/market-data/polymarket-market-data.ts';
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
