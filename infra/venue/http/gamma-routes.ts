import type { FastifyInstance } from 'fastify';
import { ONE_MICROS } from '#lib/domain/market/money.ts';
import { toDecimalText } from '#lib/domain/market/venue-rules.ts';
import { midMicros } from '#lib/venue/books/book-sides.ts';
import type { PlayingMarket } from '#lib/venue/books/playing-market.ts';
import { marketAt } from '#lib/venue/books/playing-market.ts';
import type { PlayingVenue } from '#lib/venue/books/playing-venue.ts';

export type VenueRouteDeps = { readonly venue: PlayingVenue; nowMs(): number };

/** Gamma, the venue's catalogue: markets by slug. */
export function registerGammaRoutes(app: FastifyInstance, { venue, nowMs }: VenueRouteDeps): void {
  app.get<{ Params: { slug: string } }>('/markets/slug/:slug', (request, reply) => {
    const atMs = nowMs();
    const playing = venue.findBySlug(request.params.slug, atMs);
    if (playing === undefined) return reply.code(404).send({ type: 'not found error', error: 'slug not found' });
    return reply.send(toGammaMarket(playing, atMs));
  });

  app.get<{ Querystring: { slug?: string | string[] } }>('/markets', (request, reply) => {
    const atMs = nowMs();
    const slugs = [request.query.slug ?? []].flat();
    const found = slugs.map((slug) => venue.findBySlug(slug, atMs)).filter((playing) => playing !== undefined);
    return reply.send(found.map((playing) => toGammaMarket(playing, atMs)));
  });
}

/** Gamma writes lists as JSON text. `startDate` is the listing, a day before the window (venue §5.1). */
function toGammaMarket(playing: PlayingMarket, atMs: number): Record<string, unknown> {
  const market = marketAt(playing, atMs);
  const upBook = playing.bookAt(market.tokenIds.UP, atMs);
  const endDate = new Date(market.endsAtMs).toISOString();
  const listedAt = new Date(market.startsAtMs - 24 * 3_600_000).toISOString();
  return {
    id: (BigInt(market.conditionId) % 1_000_000n).toString(),
    question: `${market.asset} Up or Down`,
    conditionId: market.conditionId,
    slug: market.slug,
    outcomes: JSON.stringify(['Up', 'Down']),
    outcomePrices: JSON.stringify(outcomePrices(playing, atMs)),
    clobTokenIds: JSON.stringify([market.tokenIds.UP, market.tokenIds.DOWN]),
    startDate: listedAt,
    endDate,
    endDateIso: endDate.slice(0, 10),
    eventStartTime: new Date(market.startsAtMs).toISOString(),
    active: true,
    closed: market.closed,
    ...(market.closed
      ? { closedTime: new Date(playing.resolvesAtMs).toISOString(), umaResolutionStatus: 'resolved' }
      : {}),
    acceptingOrders: market.acceptingOrders,
    acceptingOrdersTimestamp: listedAt,
    enableOrderBook: true,
    negRisk: market.negRisk,
    orderPriceMinTickSize: Number(toDecimalText(market.tickMicros)),
    orderMinSize: Number(toDecimalText(market.minOrderSharesMicros)),
    secondsDelay: 0,
    feesEnabled: true,
    feeType: 'crypto_fees_v2',
    feeSchedule: { rate: Number(toDecimalText(market.feeRateMicros)), exponent: 1, takerOnly: true, rebateRate: 0.2 },
    makerBaseFee: 1000,
    takerBaseFee: 1000,
    ...(upBook?.bids[0] === undefined ? {} : { bestBid: Number(toDecimalText(upBook.bids[0].priceMicros)) }),
    ...(upBook?.asks[0] === undefined ? {} : { bestAsk: Number(toDecimalText(upBook.asks[0].priceMicros)) }),
  };
}

/** Mid prices while the market trades, the last ones from its end to its resolution, then 1 and 0. */
function outcomePrices(playing: PlayingMarket, atMs: number): readonly [string, string] {
  if (atMs >= playing.resolvesAtMs) return playing.winner === 'UP' ? ['1', '0'] : ['0', '1'];
  const { tokenIds, endsAtMs } = playing.market;
  const book = playing.bookAt(tokenIds.UP, Math.min(atMs, endsAtMs - 1)) ?? { bids: [], asks: [] };
  const upMicros = midMicros(book);
  return [toDecimalText(upMicros), toDecimalText(ONE_MICROS - upMicros)];
}
