import type { FastifyInstance } from 'fastify';
import { NO_ORDERBOOK_TEXT } from '#lib/domain/market/venue-rules.ts';
import type { SwitchedFaults } from '#lib/venue/engine/switchable-conditions.ts';

export type PublicHost = 'clob' | 'gamma' | 'binance' | 'data';

export type PublicFaultDeps = {
  readonly faults: SwitchedFaults;
  nowMs(): number;
  sleepUntil(atMs: number): Promise<void>;
};

const MARKET_DATA_PATHS = ['/book', '/clob-markets', '/markets', '/tick-size', '/neg-risk', '/price', '/midpoint'];

/** Faults of public data: unavailable, slow, or without a book. */
export function installPublicFaults(app: FastifyInstance, host: PublicHost, deps: PublicFaultDeps): void {
  const { dice } = deps.faults;
  app.addHook('onRequest', async (request, reply) => {
    const isMarketData =
      host === 'gamma' ||
      host === 'data' ||
      (host === 'clob' && MARKET_DATA_PATHS.some((path) => request.url.startsWith(path)));
    const unavailable = () => reply.code(503).send({ error: 'Service unavailable' });
    if (host === 'binance' && dice.roll('reference-price-down')) return unavailable();
    if (!isMarketData) return undefined;
    if (request.url.startsWith('/book') && dice.roll('book-missing')) {
      return reply.code(404).send({ error: NO_ORDERBOOK_TEXT });
    }
    if (dice.roll('market-data-slow')) {
      await deps.sleepUntil(deps.nowMs() + dice.between('market-data-slow', 1_000, 8_000));
      return unavailable();
    }
    return dice.roll('market-data-down') ? unavailable() : undefined;
  });
}
