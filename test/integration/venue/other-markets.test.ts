import { afterAll, beforeAll, expect, it } from 'vitest';
import { startLocalVenue } from '#infra/venue/start-local-venue.ts';
import { createPolymarketMarketData } from '#lib/adapters/polymarket/market-data/polymarket-market-data.ts';
import { ASSETS, marketSlug, seriesSlug, WINDOWS, windowAt } from '#lib/domain/market/up-down-markets.ts';
import { otherSlug } from '#lib/venue/books/other-markets.ts';

let venue: Awaited<ReturnType<typeof startLocalVenue>>;
beforeAll(async () => {
  venue = await startLocalVenue({ seed: 'other' });
});
afterAll(async () => {
  await venue.stop();
});

const data = () =>
  createPolymarketMarketData({ clock: { nowMs: Date.now }, clobHost: venue.clobHost, gammaHost: venue.gammaHost });

it('lists a market that is no up/down window, with its outcomes and books', async () => {
  const slug = otherSlug(Date.now());
  const market = await data().findMarket(slug);
  expect(market).toMatchObject({ slug, asset: null, outcomeNames: { UP: 'Yes', DOWN: 'No' }, acceptingOrders: true });
  if (market === undefined || 'refusal' in market) throw new Error('not tradable');
  const book = await data().findBook(market.tokenIds.DOWN, Date.now() + 5_000);
  expect(book?.tokenId).toBe(market.tokenIds.DOWN);
});

it('lists the windows of every series by their times', async () => {
  for (const asset of ASSETS) {
    for (const window of WINDOWS) {
      const span = windowAt(window, Date.now());
      expect(await data().findInSeries(seriesSlug(asset, window), span)).toBe(
        marketSlug(asset, window, span.startsAtMs),
      );
    }
  }
});
