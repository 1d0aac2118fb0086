import { setTimeout as pause } from 'node:timers/promises';
import { historyRoutes } from '#lib/console/history/history-routes.ts';
import { createNowFeed } from '#lib/console/now/now-feed.ts';
import { nowRoutes } from '#lib/console/now/now-routes.ts';
import { positionRoutes } from '#lib/console/position/position-routes.ts';
import type { LifeSources } from '#lib/console/position/read-life.ts';
import { type AddRoutes, startConsole } from '#lib/console/server/start-console.ts';
import type { Span } from '#lib/domain/market/up-down-markets.ts';
import type { PricePoint } from '#lib/ports/venue/price-history.ts';
import { type ConsoleSuite, createConsoleSuite } from '#test/fakes/console-suite.ts';

export const TOKEN = 'token-of-this-run';

export type FakeConsole = {
  /** With the token, as the command prints it. */
  readonly address: string;
  readonly url: string;
  /** What is read now; another one is found after the present one has failed. */
  suite: ConsoleSuite;
  /** Requests to `/api/act`, which stands for every action. */
  readonly acted: string[];
  /** Ends the server and starts one at the same port. */
  stopServer(): Promise<void>;
  startServer(): Promise<void>;
  stop(): Promise<void>;
};

/** A price every five seconds. */
function swing({ startsAtMs, endsAtMs }: Span, middleMicros: bigint, byMicros: bigint): readonly PricePoint[] {
  const count = Math.max(0, Math.floor((endsAtMs - startsAtMs) / 5_000));
  return Array.from({ length: count }, (_, n) => {
    const share = 0.6 * Math.sin(n / 7) + 0.3 * Math.sin(n / 2.3 + 1) + 0.1 * Math.sin(n * 1.7);
    const moved = BigInt(Math.round(share * 1_000)) * byMicros;
    return { atMs: startsAtMs + n * 5_000, priceMicros: middleMicros + moved / 1_000n };
  });
}

const clock = { nowMs: () => Date.now() };
/** Polls are quick, so that a test does not wait for them. */
const POLL_MS = 50;

/** The console's own server and feed before a suite that the test sets. `before`: routes that come first. */
export async function startFakeConsole(
  suite = createConsoleSuite(),
  before: readonly AddRoutes[] = [],
): Promise<FakeConsole> {
  const acted: string[] = [];
  const fake = { suite };
  const feed = createNowFeed(
    {
      clock,
      sleep: async (_ms, signal) => void (await pause(POLL_MS, undefined, { signal }).catch(() => undefined)),
      connect: async () => fake.suite.connection,
      explain: () => `No local stack runs in .tminus: ${fake.suite.failure}.`,
    },
    suite.connection,
  );
  const life: LifeSources = {
    store: {
      find: async (id) => fake.suite.rows.get(id),
      listTimeline: async (id) => fake.suite.timelines.get(id) ?? [],
    },
    results: { findWinner: async () => null },
    prices: {
      listToken: async (_tokenId, span) => swing(span, 650_000n, 90_000n),
      listUnderlying: async (_asset, span) => swing(span, 97_412_550_000n, 41_000_000n),
    },
  };
  const act: AddRoutes = (app) => {
    app.route({
      method: ['GET', 'POST'],
      url: '/api/act',
      handler: async ({ method, body }) => {
        acted.push(`${method} ${JSON.stringify(body ?? null)}`);
        return { done: true };
      },
    });
  };
  const history = historyRoutes(() => fake.suite.connection.store, clock);
  const routes = [...before, nowRoutes(feed, clock), positionRoutes(() => life, clock), history, act];
  const serve = (port: number) => startConsole({ port, token: TOKEN, routes });
  let served = await serve(0);
  const { url } = served;
  return Object.assign(fake, {
    ...{ url, address: `${url}/#token=${TOKEN}`, acted },
    stopServer: () => served.stop(),
    startServer: async () => {
      served = await serve(Number(new URL(url).port));
    },
    stop: async () => {
      await served.stop();
      await feed.stop();
    },
  });
}
