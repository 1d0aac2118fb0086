import type { FastifyInstance } from 'fastify';
import Fastify from 'fastify';
import type { MarketRequest } from '#lib/simulation/venue/plan-added-market.ts';
import { planAddedMarket } from '#lib/simulation/venue/plan-added-market.ts';
import type { AddedMarket } from '#lib/simulation/venue/playing-venue.ts';
import { createPlayingVenue } from '#lib/simulation/venue/playing-venue.ts';
import type { VenueCondition } from '#lib/simulation/venue/switchable-conditions.ts';
import type { VenueEngineDeps } from '#lib/simulation/venue/venue-engine.ts';
import type { VenueChain } from '../chain/venue-chain.ts';
import { readAddedMarkets, writeAddedMarkets } from './added-markets-file.ts';
import { registerAdminRoutes } from './admin-routes.ts';
import { registerBinanceRoutes } from './binance-routes.ts';
import { registerClobRoutes } from './clob-routes.ts';
import { registerGammaRoutes } from './gamma-routes.ts';
import type { HttpFault } from './http-faults.ts';
import { createHttpFaults } from './http-faults.ts';
import { registerMarketRoutes } from './market-routes.ts';
import { openTradingFloor } from './open-trading-floor.ts';
import { registerPrivateRoutes } from './private-routes.ts';
import { installPublicFaults, type PublicHost } from './public-faults.ts';
import { openRecordingShelf } from './recording-shelf.ts';
import type { AccountRequest } from './venue-accounts.ts';
import type { VenueSettings } from './venue-settings.ts';

export type LocalVenueOptions = {
  /** Everything generated follows from it: the same seed is the same venue. */
  readonly seed?: string;
  /** Folder of recordings (`*.jsonl.gz`) to play instead of generated windows. */
  readonly recordingsFolder?: string;
  /** Where added markets are kept, so that they are still there after a restart; they are forgotten without it. */
  readonly stateFile?: string;
  /** Unix milliseconds; the machine's clock unless given. */
  nowMs?(): number;
  /** Settles on it what is matched, and takes balances and approvals from it; the venue's own ledger without. */
  readonly chain?: VenueChain;
  /** From match to block: at least `min` and less than `min + spread`; 2 to 4 s unless given, as the real one. */
  readonly settlementMs?: NonNullable<VenueEngineDeps['settlementMs']>;
};

export type LocalVenue = {
  /** Base URLs without a trailing slash. Each stands for one of the venue's real hosts. */
  readonly clobHost: string;
  readonly gammaHost: string;
  readonly binanceHost: string;
  /** Serves `/api/geoblock`. */
  readonly polymarketHost: string;
  /** The switches below, for another process (infra/local/README.md). */
  readonly adminUrl: string;
  /** Lists a market beside the regular windows and returns its slug. @throws InvalidInputError */
  addMarket(request: MarketRequest): string;
  /** Lets a wallet trade. Safe to repeat. @throws InvalidInputError */
  registerAccount(account: AccountRequest): void;
  /** Something is wrong with the venue from now on, or when the condition says. @throws InvalidInputError */
  setCondition(condition: VenueCondition): void;
  clearConditions(): void;
  /** How the venue rounds and speaks. */
  setSettings(changes: Partial<VenueSettings>): void;
  /** From now on, paths that begin so misbehave, on every host; the fault set last wins. */
  setFault(fault: HttpFault): void;
  clearFaults(): void;
  stop(): Promise<void>;
};

/**
 * Polymarket and Binance as the suite sees them, on free ports of 127.0.0.1: the public read endpoints and the authenticated
 * CLOB in their documented wire formats, played from recordings or from a seed.
 * @throws InvalidInputError when recordings or state file are not what they have to be
 */
export async function startLocalVenue(options: LocalVenueOptions = {}): Promise<LocalVenue> {
  const { seed = 'tminus', recordingsFolder, stateFile, nowMs = Date.now, chain } = options;
  const recordings = recordingsFolder === undefined ? {} : { recordings: openRecordingShelf(recordingsFolder) };
  const identify = chain === undefined ? {} : { identify: (slug: string) => chain.identify(slug) };
  const venue = createPlayingVenue({ seed, ...recordings, ...identify });
  const added: AddedMarket[] = stateFile === undefined ? [] : [...readAddedMarkets(stateFile)];
  for (const market of added) venue.add(market);
  const floor = openTradingFloor({ ...options, seed, venue, nowMs });
  const { privateDeps, desks } = floor;

  const faults = createHttpFaults();
  const apps: FastifyInstance[] = [];
  const listen = async (register: (app: FastifyInstance) => void): Promise<string> => {
    // A client that hangs on must not keep the venue from stopping.
    const app = Fastify({ logger: false, forceCloseConnections: true });
    apps.push(app);
    register(app);
    return app.listen({ host: '127.0.0.1', port: 0 });
  };
  const serve = (host: PublicHost, register: (app: FastifyInstance) => void): Promise<string> =>
    listen((app) => {
      faults.install(app);
      installPublicFaults(app, host, privateDeps);
      register(app);
    });
  const stop = async (): Promise<void> => {
    await Promise.all(apps.map((app) => app.close()));
    await floor.close();
  };

  try {
    const clobHost = await serve('clob', (app) => {
      registerPrivateRoutes(app, privateDeps);
      registerClobRoutes(app, { venue, desks, nowMs });
      const findByCondition = (conditionId: string) => venue.findByCondition(conditionId, nowMs());
      registerMarketRoutes(app, { desks, nowMs, settings: floor.settings, findByCondition });
    });
    const gammaHost = await serve('gamma', (app) => registerGammaRoutes(app, { venue, nowMs }));
    const binanceHost = await serve('binance', (app) => registerBinanceRoutes(app, { venue, nowMs }));
    const adminUrl = await listen((app) => registerAdminRoutes(app, floor));
    return {
      ...{ clobHost, gammaHost, binanceHost, adminUrl, polymarketHost: clobHost, stop },
      addMarket(request) {
        // A regular window keeps its slug: somebody may hold its tokens.
        const isSlugTaken = (slug: string): boolean => venue.findBySlug(slug, nowMs()) !== undefined;
        const market = planAddedMarket({ seed, ...recordings, isSlugTaken, addedCount: added.length }, request);
        venue.add(market);
        added.push(market);
        if (stateFile !== undefined) writeAddedMarkets(stateFile, added);
        return market.slug;
      },
      registerAccount: floor.accounts.register,
      setCondition: floor.conditions.set,
      clearConditions: floor.conditions.clear,
      setSettings: floor.setSettings,
      setFault: faults.set,
      clearFaults: faults.clear,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}
