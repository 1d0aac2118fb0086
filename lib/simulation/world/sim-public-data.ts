import { UpstreamUnavailableError } from '#lib/errors/errors.ts';
import type { Clock } from '#lib/ports/clock.ts';
import type { MarketData } from '#lib/ports/market-data.ts';
import type { ReferencePrice } from '#lib/ports/reference-price.ts';
import { marketAt, type PlayingMarket } from '../venue/playing-market.ts';
import type { VenueEngine } from '../venue/venue-engine.ts';
import type { World } from './world.ts';

export type SimPublicDataDeps = {
  readonly playing: PlayingMarket;
  readonly engine: VenueEngine;
  readonly clock: Pick<Clock, 'nowMs'>;
};

/** The venue's public data: the playing market as its conditions show it. */
export function createSimMarketData(world: World, { playing, engine, clock }: SimPublicDataDeps): MarketData {
  const { time, dice } = world;
  const read = async <Value>(deadlineAtMs: number, look: () => Value): Promise<Value> => {
    await time.sleepUntil(time.nowMs() + 15 + world.draw(50));
    if (dice.roll('market-data-slow')) {
      await time.sleepUntil(time.nowMs() + Math.max(deadlineAtMs - clock.nowMs(), 0));
      throw new UpstreamUnavailableError('Market data did not answer in time');
    }
    if (dice.roll('market-data-down')) throw new UpstreamUnavailableError('Market data did not answer');
    return look();
  };
  return {
    findMarket: (slug) =>
      read(clock.nowMs() + 3_000, () => (slug === playing.market.slug ? marketAt(playing, time.nowMs()) : undefined)),
    findBook: (tokenId, deadlineAtMs) =>
      read(deadlineAtMs, () => (dice.roll('book-missing') ? undefined : engine.bookAt(tokenId, time.nowMs()))),
  };
}

/** The underlying's price, or null; sometimes only after its deadline. */
export function createSimReferencePrice(world: World, playing: PlayingMarket): ReferencePrice {
  const { time, dice } = world;
  return {
    findPriceMicros: async () => {
      const isDown = dice.roll('reference-price-down');
      await time.sleepUntil(time.nowMs() + 20 + world.draw(isDown ? 5_000 : 60));
      return isDown ? null : playing.underlyingMicrosAt(time.nowMs());
    },
  };
}
