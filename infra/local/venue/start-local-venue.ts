import type { FastifyInstance } from 'fastify';
import Fastify from 'fastify';
import type { MarketRequest } from '#lib/simulation/venue/plan-added-market.ts';
import { planAddedMarket } from '#lib/simulation/venue/plan-added-market.ts';
import type { AddedMarket } from '#lib/simulation/venue/playing-venue.ts';
import { createPlayingVenue } from '#lib/simulation/venue/playing-venue.ts';
import { readAddedMarkets, writeAddedMarkets } from './added-markets-file.ts';
import { registerBinanceRoutes } from './binance-routes.ts';
import { registerClobRoutes } from './clob-routes.ts';
import type { VenueRouteDeps } from './gamma-routes.ts';
import { registerGammaRoutes } from './gamma-routes.ts';
import type { HttpFault } from './http-faults.ts';
import { createHttpFaults } from './http-faults.ts';
import { openRecordingShelf } from './recording-shelf.ts';

export type LocalVenueOptions = {
  /** Everything generated follows from it: the same seed is the same venue. */
  readonly seed?: string;
  /** Folder of recordings (`*.jsonl.gz`) to play instead of generated windows. */
  readonly recordingsFolder?: string;
  /** Where added markets are kept, so that they are still there after a restart; they are forgotten without it. */
  readonly stateFile?: string;
  /** Unix milliseconds; the machine's clock unless given. */
  nowMs?(): number;
};

export type LocalVenue = {
  /** Base URLs without a trailing slash. Each stands for one of the venue's real hosts. */
  readonly clobHost: string;
  readonly gammaHost: string;
  readonly binanceHost: string;
  /** Lists a market beside the regular windows and returns its slug. @throws InvalidInputError */
  addMarket(request: MarketRequest): string;
  /** From now on, paths that begin so misbehave, on every host; the fault set last wins. */
  setFault(fault: HttpFault): void;
  clearFaults(): void;
  stop(): Promise<void>;
};

/**
 * Polymarket and Binance as the suite sees them, on three free ports of 127.0.0.1: the public read endpoints in their
 * documented wire formats, played from recordings or from a seed.
 * @throws InvalidInputError when recordings or state file are not what they have to be
 */
export async function startLocalVenue(options: LocalVenueOptions = {}): Promise<LocalVenue> {
  const { seed = 'tminus', recordingsFolder, stateFile, nowMs = Date.now } = options;
  const recordings = recordingsFolder === undefined ? {} : { recordings: openRecordingShelf(recordingsFolder) };
  const venue = createPlayingVenue({ seed, ...recordings });
  const added: AddedMarket[] = stateFile === undefined ? [] : [...readAddedMarkets(stateFile)];
  for (const market of added) venue.add(market);

  const faults = createHttpFaults();
  const apps: FastifyInstance[] = [];
  const serve = async (register: (app: FastifyInstance, deps: VenueRouteDeps) => void): Promise<string> => {
    // A client that hangs on must not keep the venue from stopping.
    const app = Fastify({ logger: false, forceCloseConnections: true });
    apps.push(app);
    faults.install(app);
    register(app, { venue, nowMs });
    return app.listen({ host: '127.0.0.1', port: 0 });
  };
  const stop = async (): Promise<void> => {
    await Promise.all(apps.map((app) => app.close()));
  };

  try {
    const clobHost = await serve(registerClobRoutes);
    const gammaHost = await serve(registerGammaRoutes);
    const binanceHost = await serve(registerBinanceRoutes);
    return {
      clobHost,
      gammaHost,
      binanceHost,
      addMarket(request) {
        // A regular window keeps its slug: somebody may hold its tokens.
        const isSlugTaken = (slug: string): boolean => venue.findBySlug(slug, nowMs()) !== undefined;
        const market = planAddedMarket({ seed, ...recordings, isSlugTaken, addedCount: added.length }, request);
        venue.add(market);
        added.push(market);
        if (stateFile !== undefined) writeAddedMarkets(stateFile, added);
        return market.slug;
      },
      setFault: faults.set,
      clearFaults: faults.clear,
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}
