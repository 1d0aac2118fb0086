import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { VenueSettings } from '#infra/shared/local-venue.ts';
import { queryField } from '#infra/venue/clob/private-requests.ts';
import type { TradedMarkets } from '#infra/venue/trading/traded-markets.ts';
import type { OrderBook } from '#lib/domain/market/market.ts';
import { toDecimalText } from '#lib/domain/market/venue-rules.ts';
import { midMicros } from '#lib/venue/books/book-sides.ts';
import { clobConditionId } from '#lib/venue/books/market-version.ts';
import { marketAt, type PlayingMarket } from '#lib/venue/books/playing-market.ts';

export type MarketRouteDeps = {
  readonly markets: TradedMarkets;
  findByCondition(conditionId: string): PlayingMarket | undefined;
  settings(): VenueSettings;
  nowMs(): number;
};

/** Public data of markets and tokens that paper trading does not read, and `/api/geoblock`. */
export function registerMarketRoutes(app: FastifyInstance, deps: MarketRouteDeps): void {
  const { markets, nowMs } = deps;
  const ofBook = (answer: (book: OrderBook, request: FastifyRequest) => unknown) => {
    return (request: FastifyRequest, reply: FastifyReply) => {
      const tokenId = queryField(request, 'token_id');
      if (!/^\d+$/.test(tokenId)) return reply.code(400).send({ error: 'Invalid token id' });
      const book = markets.ofToken(tokenId)?.engine.bookAt(tokenId, nowMs());
      if (book !== undefined) return reply.send(answer(book, request));
      return reply.code(404).send({ error: 'No orderbook exists for the requested token id' });
    };
  };
  app.get('/ok', (_request, reply) => reply.send('OK'));
  app.get('/version', (_request, reply) => reply.send({ version: 2 }));
  app.get(
    '/tick-size',
    ofBook(({ tickMicros }) => ({ minimum_tick_size: Number(toDecimalText(tickMicros)) })),
  );
  app.get(
    '/midpoint',
    ofBook((book) => ({ mid: toDecimalText(midMicros(book)) })),
  );
  app.get('/price', ofBook(toPrice));
  app.get(
    '/neg-risk',
    ofBook(({ tokenId }) => ({ neg_risk: markets.ofToken(tokenId)?.playing.market.negRisk === true })),
  );
  // A ceiling, not the rate (venue §4).
  app.get(
    '/fee-rate',
    ofBook(() => ({ base_fee: 1000 })),
  );

  app.get<{ Params: { token: string } }>('/markets-by-token/:token', (request, reply) => {
    const market = markets.ofToken(request.params.token)?.playing.market;
    if (market === undefined) return reply.code(404).send({ error: 'market not found' });
    const { tokenIds } = market;
    return reply.send({
      condition_id: clobConditionId(market),
      primary_token_id: tokenIds.UP,
      secondary_token_id: tokenIds.DOWN,
    });
  });
  app.get<{ Params: { conditionId: string } }>('/markets/:conditionId', (request, reply) => {
    const playing = deps.findByCondition(request.params.conditionId);
    if (playing === undefined) return reply.code(404).send({ error: 'market not found' });
    return reply.send(toMarketPage(playing, nowMs()));
  });
  app.get('/api/geoblock', (_request, reply) =>
    reply.send({ blocked: deps.settings().geoblocked, ip: '127.0.0.1', country: 'IE', region: 'L' }),
  );
}

/** `side=BUY` is answered with the best bid, `side=SELL` with the best ask. */
function toPrice(book: OrderBook, request: FastifyRequest): unknown {
  const levels = queryField(request, 'side').toUpperCase() === 'SELL' ? book.asks : book.bids;
  return { price: toDecimalText(levels[0]?.priceMicros ?? 0n) };
}

function toMarketPage(playing: PlayingMarket, atMs: number): unknown {
  const market = marketAt(playing, atMs);
  const token = (outcome: 'UP' | 'DOWN', name: string) => {
    const tokenId = market.tokenIds[outcome];
    const winner = market.closed && playing.winner === outcome;
    const book = playing.bookAt(tokenId, Math.min(atMs, market.endsAtMs - 1)) ?? { bids: [], asks: [] };
    const price = market.closed ? Number(winner) : Number(toDecimalText(midMicros(book)));
    return { token_id: tokenId, outcome: name, price, winner };
  };
  return {
    condition_id: clobConditionId(market),
    market_slug: market.slug,
    question: market.asset === null ? market.slug : `${market.asset} Up or Down`,
    enable_order_book: true,
    active: true,
    closed: market.closed,
    accepting_orders: market.acceptingOrders,
    minimum_order_size: Number(toDecimalText(market.minOrderSharesMicros)),
    minimum_tick_size: Number(toDecimalText(market.tickMicros)),
    neg_risk: market.negRisk,
    end_date_iso: new Date(market.endsAtMs).toISOString(),
    maker_base_fee: 1000,
    taker_base_fee: 1000,
    tokens: [token('UP', market.outcomeNames.UP), token('DOWN', market.outcomeNames.DOWN)],
  };
}
