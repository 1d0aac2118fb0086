import { setTimeout as sleep } from 'node:timers/promises';
import type { FastifyInstance } from 'fastify';
import type { TradingFloor, TradingFloorOptions } from '#infra/venue/trading/open-trading-floor.ts';
import { createVenueSwitchboard, type VenueSwitchboard } from '#infra/venue/trading/venue-switchboard.ts';
import { once } from '#lib/runtime/once.ts';
import type { PlayingVenue } from '#lib/venue/books/playing-venue.ts';
import { registerBinanceRoutes } from './binance-routes.ts';
import { type ClobRouteDeps, registerClobRoutes } from './clob-routes.ts';
import { registerGammaRoutes } from './gamma-routes.ts';
import { createHttpFaults, type HttpFaults } from './http-faults.ts';
import { installPublicFaults, type PublicHost } from './public-faults.ts';
import { createVenueServers } from './venue-servers.ts';

/** All of the venue's servers and what stands behind them. */
export type VenueHouse = {
  readonly switchboard: VenueSwitchboard;
  readonly faults: HttpFaults;
  /** Starts the servers; the names are those of the real hosts. */
  open(): Promise<Record<'clobHost' | 'gammaHost' | 'binanceHost' | 'polymarketHost' | 'adminUrl', string>>;
  /** Loads what trading needs before the first order comes, so that it does not wait for that. */
  expectOrders(): void;
  stop(): Promise<void>;
};

type HouseOptions = Pick<TradingFloorOptions, 'chain' | 'settlementMs'>;
type HouseDeps = { readonly seed: string; readonly venue: PlayingVenue; nowMs(): number };

/** What the paper exchange reads; the rest of the CLOB is loaded when somebody asks for it. */
const PUBLIC_PATHS = ['/book', '/clob-markets/', '/time'];

export function createVenueHouse({ chain, settlementMs }: HouseOptions, deps: HouseDeps): VenueHouse {
  const { seed, venue, nowMs } = deps;
  const switchboard = createVenueSwitchboard(seed, nowMs);
  const faults = createHttpFaults();
  const servers = createVenueServers();
  // A venue that stops is not kept alive by what it was still waiting for.
  const sleepUntil = async (atMs: number): Promise<void> =>
    void (await sleep(Math.max(atMs - nowMs(), 0), undefined, { ref: false }));
  let openFloor: TradingFloor | undefined;
  const floor = once(async (): Promise<TradingFloor> => {
    const { openTradingFloor } = await import('#infra/venue/trading/open-trading-floor.ts');
    const onChain = { ...(chain !== undefined && { chain }), ...(settlementMs !== undefined && { settlementMs }) };
    openFloor = openTradingFloor({ seed, venue, switchboard, nowMs, sleepUntil, ...onChain });
    return openFloor;
  });
  const findBook: ClobRouteDeps['findBook'] = async (playing, tokenId, atMs) => {
    const isUntouched = openFloor === undefined && switchboard.conditions.list().length === 0;
    if (isUntouched) return playing.bookAt(tokenId, atMs);
    return (await floor()).desks.ofPlaying(playing).engine.bookAt(tokenId, atMs);
  };
  const publicFaults = { faults: switchboard.conditions.of(null), nowMs, sleepUntil };
  const prepare = (app: FastifyInstance, host: PublicHost): void => {
    faults.install(app);
    installPublicFaults(app, host, publicFaults);
  };
  const registerTrading = async (app: FastifyInstance): Promise<void> => {
    const [{ desks, privateDeps }, { registerPrivateRoutes }, { registerMarketRoutes }] = await Promise.all([
      floor(),
      import('#infra/venue/clob/private-routes.ts'),
      import('./market-routes.ts'),
    ]);
    prepare(app, 'clob');
    registerPrivateRoutes(app, privateDeps);
    const findByCondition = (conditionId: string) => venue.findByCondition(conditionId, nowMs());
    registerMarketRoutes(app, { desks, nowMs, settings: switchboard.settings, findByCondition });
  };
  const serve = (host: PublicHost, register: (app: FastifyInstance) => void, later?: typeof registerTrading) =>
    servers.listen((app) => {
      prepare(app, host);
      register(app);
    }, later && { ownPaths: PUBLIC_PATHS, register: later });
  return {
    ...{ switchboard, faults },
    open: async () => {
      const clobHost = await serve(
        'clob',
        (app) => registerClobRoutes(app, { venue, findBook, nowMs }),
        registerTrading,
      );
      const gammaHost = await serve('gamma', (app) => registerGammaRoutes(app, { venue, nowMs }));
      const binanceHost = await serve('binance', (app) => registerBinanceRoutes(app, { venue, nowMs }));
      const adminUrl = await servers.listenLater(async (app) =>
        (await import('./admin-routes.ts')).registerAdminRoutes(app, switchboard),
      );
      return { clobHost, gammaHost, binanceHost, polymarketHost: clobHost, adminUrl };
    },
    expectOrders: () => {
      const loading = Promise.all([floor(), import('#infra/venue/clob/order-signature.ts')]);
      // The request that needs it will tell why it cannot be loaded.
      loading.catch(() => undefined);
    },
    stop: async () => {
      await servers.stop();
      await openFloor?.close();
    },
  };
}
