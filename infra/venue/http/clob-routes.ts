import type { FastifyInstance } from 'fastify';
import type { BookLevel, Market, OrderBook } from '#lib/domain/market/market.ts';
import { toDecimalText } from '#lib/domain/market/venue-rules.ts';
import { clobConditionId } from '#lib/venue/books/market-version.ts';
import { marketAt, type PlayingMarket } from '#lib/venue/books/playing-market.ts';
import { hex256 } from '#lib/venue/random.ts';
import type { VenueRouteDeps } from './gamma-routes.ts';

export type ClobRouteDeps = VenueRouteDeps & {
  /** The book after the orders and the faults so far. */
  findBook(playing: PlayingMarket, tokenId: string, atMs: number): Promise<OrderBook | undefined>;
};

/** Public data of the CLOB: time, books without what our orders took from them, and a market's trading terms. */
export function registerClobRoutes(app: FastifyInstance, { venue, findBook, nowMs }: ClobRouteDeps): void {
  app.get('/time', (_request, reply) => reply.type('text/plain').send(String(Math.floor(nowMs() / 1_000))));

  app.get<{ Querystring: { token_id?: string } }>('/book', async (request, reply) => {
    const tokenId = request.query.token_id ?? '';
    if (!/^\d+$/.test(tokenId)) return reply.code(400).send({ error: 'Invalid token id' });
    const atMs = nowMs();
    const playing = venue.findByToken(tokenId, atMs);
    const book = playing === undefined ? undefined : await findBook(playing, tokenId, atMs);
    if (playing === undefined || book === undefined) {
      return reply.code(404).send({ error: 'No orderbook exists for the requested token id' });
    }
    return reply.send(toClobBook(book, playing.market));
  });

  app.get<{ Params: { conditionId: string } }>('/clob-markets/:conditionId', (request, reply) => {
    const atMs = nowMs();
    const playing = venue.findByCondition(request.params.conditionId, atMs);
    if (playing === undefined) return reply.code(404).send({ error: 'market not found' });
    return reply.send(toClobMarket(marketAt(playing, atMs)));
  });
}

/** The best price comes last on both sides. */
function toClobBook(book: OrderBook, market: Market): Record<string, unknown> {
  const toWire = ({ priceMicros, sharesMicros }: BookLevel) => ({
    price: toDecimalText(priceMicros),
    size: toDecimalText(sharesMicros),
  });
  return {
    market: clobConditionId(market),
    asset_id: book.tokenId,
    timestamp: String(book.atMs),
    hash: hex256(`${book.tokenId}|${book.atMs}`).slice(0, 40),
    bids: book.bids.map(toWire).reverse(),
    asks: book.asks.map(toWire).reverse(),
    min_order_size: toDecimalText(market.minOrderSharesMicros),
    tick_size: toDecimalText(book.tickMicros),
    neg_risk: market.negRisk,
    last_trade_price: '',
    ...(market.version === 'v2' && { version: 'v2' }),
  };
}

/** With the venue's short keys (venue §2.4). */
function toClobMarket(market: Market): Record<string, unknown> {
  return {
    c: clobConditionId(market),
    t: [
      { t: market.tokenIds.UP, o: market.outcomeNames.UP },
      { t: market.tokenIds.DOWN, o: market.outcomeNames.DOWN },
    ],
    mts: Number(toDecimalText(market.tickMicros)),
    mos: Number(toDecimalText(market.minOrderSharesMicros)),
    nr: market.negRisk,
    fd: { r: Number(toDecimalText(market.feeRateMicros)), e: 1, to: true },
    mbf: 1000,
    tbf: 1000,
    // A resolved v2 market has no such field.
    ...((market.version === 'v1' || !market.closed) && { ao: market.acceptingOrders }),
    aot: new Date(market.startsAtMs - 24 * 3_600_000).toISOString(),
    sd: Math.ceil((market.takerDelayMs ?? 0) / 1_000),
    itode: market.takerDelayMs !== 0,
    ...(market.version === 'v2' && { cbos: true }),
    rfqe: false,
    v: market.version,
  };
}
