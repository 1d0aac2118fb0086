import type { FastifyInstance } from 'fastify';
import type { Asset } from '#lib/domain/market/market.ts';
import { ASSETS } from '#lib/domain/market/market.ts';
import { formatMicros } from '#lib/domain/market/money.ts';
import type { VenueRouteDeps } from './gamma-routes.ts';

/** Binance's public ticker for the two underlyings, with the price the running market implies. */
export function registerBinanceRoutes(app: FastifyInstance, { venue, nowMs }: VenueRouteDeps): void {
  app.get<{ Querystring: { symbol?: string } }>('/api/v3/ticker/price', (request, reply) => {
    const { symbol } = request.query;
    const asset = ASSETS.find((each: Asset) => symbol === `${each}USDT`);
    if (asset === undefined) return reply.code(400).send({ code: -1121, msg: 'Invalid symbol.' });
    return reply.send({ symbol, price: `${formatMicros(venue.underlyingMicros(asset, nowMs()), 2)}000000` });
  });
}
