import type { OrderBook } from '#lib/domain/market/market.ts';
import { UpstreamUnavailableError } from '#lib/errors/errors.ts';
import type { Clock } from '#lib/ports/clock.ts';
import type { MarketData } from '#lib/ports/venue/market-data.ts';
import type { MarketResults } from '#lib/ports/venue/market-results.ts';
import type { ReferencePrice } from '#lib/ports/venue/reference-price.ts';
import { marketAt, type PlayingMarket } from '#lib/venue/books/playing-market.ts';
import type { VenueEngine } from '#lib/venue/engine/venue-engine.ts';
import type { CrashSite } from '../crash-points.ts';
import type { ServiceCall } from './function-instance.ts';
import type { World } from './world.ts';

export type SimPublicDataDeps = {
  readonly playing: PlayingMarket;
  readonly engine: VenueEngine;
  readonly clock: Pick<Clock, 'nowMs'>;
  readonly call: ServiceCall;
  readonly onBookShown: (book: OrderBook) => void;
};

/** The venue's public data of one market, under the venue's conditions. */
export function createSimMarketData(world: World, deps: SimPublicDataDeps): MarketData {
  const { playing, engine, clock, call } = deps;
  const { time, dice } = world;
  const read = <Value>(site: CrashSite, deadlineAtMs: number, look: () => Value): Promise<Value> => {
    let isSlow = false;
    const travel = (): number => {
      const usualMs = 15 + world.draw(50);
      isSlow = dice.roll('market-data-slow');
      return isSlow ? Math.max(deadlineAtMs - clock.nowMs(), usualMs) : usualMs;
    };
    return call(site, travel, () => {
      if (isSlow) throw new UpstreamUnavailableError('Market data did not answer in time');
      if (dice.roll('market-data-down')) throw new UpstreamUnavailableError('Market data did not answer');
      return look();
    });
  };
  return {
    findMarket: (slug) =>
      read('marketData.findMarket', clock.nowMs() + 3_000, () =>
        slug === playing.market.slug ? marketAt(playing, time.nowMs()) : undefined,
      ),
    // A life asks for its market by slug.
    findInSeries: async () => undefined,
    findBook: (tokenId, deadlineAtMs) =>
      read('marketData.findBook', deadlineAtMs, () => {
        const book = dice.roll('book-missing') ? undefined : engine.shownBookAt(tokenId, time.nowMs());
        if (book !== undefined) deps.onBookShown(book);
        return book;
      }),
  };
}

/** The venue's own result, some minutes after the chain's. */
export function createSimMarketResults(world: World, playing: PlayingMarket, call: ServiceCall): MarketResults {
  const { time, dice } = world;
  return {
    findWinner: ({ marketSlug: slug }) =>
      call(
        'settlement.findWinner',
        () => 15 + world.draw(50),
        () => {
          if (dice.roll('settlement-unreadable')) throw new UpstreamUnavailableError('Market data did not answer');
          return slug === playing.market.slug && time.nowMs() >= playing.resolvesAtMs ? playing.winner : null;
        },
      ),
  };
}

/** The underlying's price, or null, sometimes after its deadline. */
export function createSimReferencePrice(world: World, playing: PlayingMarket, call: ServiceCall): ReferencePrice {
  const { time, dice } = world;
  return {
    findPriceMicros: () => {
      let isDown = false;
      const travel = (): number => {
        isDown = dice.roll('reference-price-down');
        return 20 + world.draw(isDown ? 5_000 : 60);
      };
      return call('referencePrice.findPriceMicros', travel, () =>
        isDown ? null : playing.underlyingMicrosAt(time.nowMs()),
      );
    },
  };
}
