import Fastify, { type FastifyInstance } from 'fastify';
import type { Trading } from '#infra/venue/trading/start-trading.ts';
import type { VenueControls } from '#infra/venue/trading/venue-controls.ts';
import type { OrderBook } from '#lib/domain/market/market.ts';
import { once } from '#lib/runtime/once.ts';
import { midMicros } from '#lib/venue/books/book-sides.ts';
import type { PlayingMarket } from '#lib/venue/books/playing-market.ts';
import type { PlayingVenue } from '#lib/venue/books/playing-venue.ts';
import { registerDataRoutes } from '../data-api/data-routes.ts';
import { registerAdminRoutes } from './admin-routes.ts';
import { registerBinanceRoutes } from './binance-routes.ts';
import { registerClobRoutes } from './clob-routes.ts';
import { registerGammaRoutes } from './gamma-routes.ts';
import type { HttpFaults } from './http-faults.ts';
import { installPublicFaults, type PublicHost } from './public-faults.ts';

/** Base URLs without a trailing slash, named as the real hosts. */
export type VenueHosts = Record<
  'clobHost' | 'gammaHost' | 'binanceHost' | 'dataHost' | 'polymarketHost' | 'adminUrl',
  string
>;

export type VenueServersDeps = {
  readonly venue: PlayingVenue;
  readonly controls: VenueControls;
  readonly faults: HttpFaults;
  readonly trading: {
    load(): Promise<Trading>;
    /** Undefined before the first `load`. */
    loaded(): Trading | undefined;
  };
  nowMs(): number;
  sleepUntil(atMs: number): Promise<void>;
};

/** The paths of the CLOB that paper trading reads. The code of the other routes is loaded at their first request. */
const PUBLIC_CLOB_PATHS = ['/book', '/clob-markets/', '/time'];

/** Starts the venue's HTTP servers on free ports of 127.0.0.1. */
export async function startVenueServers(
  deps: VenueServersDeps,
): Promise<{ readonly hosts: VenueHosts; stop(): Promise<void> }> {
  const apps: FastifyInstance[] = [];
  const stop = async (): Promise<void> => {
    await Promise.all(apps.map((app) => app.close()));
  };
  const listen = (app: FastifyInstance): Promise<string> => {
    apps.push(app);
    return app.listen({ host: '127.0.0.1', port: 0 });
  };
  try {
    const clobHost = await listen(createClobApp(deps));
    const gammaHost = await listen(createGammaApp(deps));
    const binanceHost = await listen(createBinanceApp(deps));
    const dataHost = await listen(createDataApp(deps));
    const adminUrl = await listen(createAdminApp(deps));
    return { hosts: { clobHost, gammaHost, binanceHost, dataHost, polymarketHost: clobHost, adminUrl }, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Clients that stay connected do not keep the venue from stopping. */
function createApp(): FastifyInstance {
  return Fastify({ logger: false, forceCloseConnections: true });
}

function installFaults(app: FastifyInstance, host: PublicHost, deps: VenueServersDeps): void {
  const { faults, controls, nowMs, sleepUntil } = deps;
  faults.install(app);
  installPublicFaults(app, host, { faults: controls.conditions.of(null), nowMs, sleepUntil });
}

function createClobApp(deps: VenueServersDeps): FastifyInstance {
  const app = createApp();
  let tradingApp: Promise<FastifyInstance> | undefined;
  app.addHook('onRequest', async (request, reply) => {
    if (PUBLIC_CLOB_PATHS.some((path) => request.url.startsWith(path))) return;
    reply.hijack();
    tradingApp ??= createTradingApp(deps);
    tradingApp.then(
      (trading) => trading.routing(request.raw, reply.raw),
      () => reply.raw.writeHead(500).end(),
    );
  });
  app.addHook('onClose', async () => void (await (await tradingApp)?.close()));
  installFaults(app, 'clob', deps);
  registerClobRoutes(app, {
    venue: deps.venue,
    nowMs: deps.nowMs,
    findBook: (playing, tokenId, atMs) => findBook(deps, playing, tokenId, atMs),
  });
  return app;
}

/** The engine's book, where an engine or a fault may have changed it. */
async function findBook(
  { trading, controls }: VenueServersDeps,
  playing: PlayingMarket,
  tokenId: string,
  atMs: number,
): Promise<OrderBook | undefined> {
  const isUnchanged = trading.loaded() === undefined && controls.conditions.list().length === 0;
  if (isUnchanged) return playing.bookAt(tokenId, atMs);
  return (await trading.load()).markets.ofPlaying(playing).engine.shownBookAt(tokenId, atMs);
}

/** The routes of the CLOB that are loaded on demand. */
async function createTradingApp(deps: VenueServersDeps): Promise<FastifyInstance> {
  const [{ markets, privateDeps }, { registerPrivateRoutes }, { registerMarketRoutes }] = await Promise.all([
    deps.trading.load(),
    import('#infra/venue/clob/private-routes.ts'),
    import('./market-routes.ts'),
  ]);
  const { venue, controls, nowMs } = deps;
  const app = createApp();
  installFaults(app, 'clob', deps);
  registerPrivateRoutes(app, privateDeps);
  registerMarketRoutes(app, {
    markets,
    nowMs,
    settings: controls.settings,
    findByCondition: (conditionId) => venue.findByCondition(conditionId, nowMs()),
  });
  await app.ready();
  return app;
}

function createGammaApp(deps: VenueServersDeps): FastifyInstance {
  const app = createApp();
  installFaults(app, 'gamma', deps);
  registerGammaRoutes(app, { venue: deps.venue, settings: deps.controls.settings, nowMs: deps.nowMs });
  return app;
}

function createBinanceApp(deps: VenueServersDeps): FastifyInstance {
  const app = createApp();
  installFaults(app, 'binance', deps);
  registerBinanceRoutes(app, deps);
  return app;
}

/** The index of wallets. Paper trading does not ask it, so its code is loaded at the first request. */
function createDataApp(deps: VenueServersDeps): FastifyInstance {
  const app = createApp();
  installFaults(app, 'data', deps);
  const load = once(async () => {
    const { createDataIndex } = await import('../data-api/data-index.ts');
    return createDataIndex({ ...deps, trading: await deps.trading.load() });
  });
  registerDataRoutes(app, {
    readIndex: async (asOfMs) => (await load())(asOfMs),
    priceMicrosAt: (tokenId, atMs) => {
      const book = deps.venue.findByToken(tokenId, atMs)?.bookAt(tokenId, atMs);
      return book === undefined ? undefined : midMicros(book);
    },
    settings: deps.controls.settings,
    nowMs: deps.nowMs,
  });
  return app;
}

function createAdminApp({ controls }: VenueServersDeps): FastifyInstance {
  const app = createApp();
  registerAdminRoutes(app, controls);
  return app;
}
