import type { FastifyInstance } from 'fastify';
import type { VenueSettings } from '#infra/shared/local-venue.ts';
import type { Market } from '#lib/domain/market/market.ts';
import { ONE_MICROS } from '#lib/domain/market/money.ts';
import { marketSlug, parseSeriesSlug } from '#lib/domain/market/up-down-markets.ts';
import { toDecimalText } from '#lib/domain/market/venue-rules.ts';
import { midMicros } from '#lib/venue/books/book-sides.ts';
import { clobConditionId, isChosen } from '#lib/venue/books/market-version.ts';
import type { PlayingMarket } from '#lib/venue/books/playing-market.ts';
import { marketAt } from '#lib/venue/books/playing-market.ts';
import type { PlayingVenue } from '#lib/venue/books/playing-venue.ts';

export type VenueRouteDeps = { readonly venue: PlayingVenue; nowMs(): number };

export type GammaRouteDeps = VenueRouteDeps & { settings(): VenueSettings };

/** Gamma, the venue's catalogue: markets by slug. */
export function registerGammaRoutes(app: FastifyInstance, deps: GammaRouteDeps): void {
  const { venue, nowMs } = deps;
  app.get<{ Params: { slug: string } }>('/markets/slug/:slug', (request, reply) => {
    const atMs = nowMs();
    const playing = venue.findBySlug(request.params.slug, atMs);
    if (playing === undefined) return reply.code(404).send({ type: 'not found error', error: 'slug not found' });
    return reply.send(toGammaMarket(deps, playing, atMs));
  });

  const listed = ({ slug = [], closed = 'false' }: ListQuery): readonly Record<string, unknown>[] => {
    const atMs = nowMs();
    return [slug]
      .flat()
      .map((each) => venue.findBySlug(each, atMs))
      .filter((playing) => playing !== undefined)
      .filter((playing) => String(marketAt(playing, atMs).closed) === closed)
      .map((playing) => toGammaMarket(deps, playing, atMs));
  };
  app.get<{ Querystring: ListQuery }>('/markets', (request, reply) =>
    reply.headers({ deprecation: 'true', sunset: 'Fri, 01 May 2026 00:00:00 GMT' }).send(listed(request.query)),
  );
  app.get<{ Querystring: ListQuery }>('/markets/keyset', (request, reply) =>
    reply.send({ markets: listed(request.query), next_cursor: null }),
  );
  app.get<{ Querystring: { series_slug?: string; end_date_max?: string } }>('/events/keyset', (request, reply) => {
    const series = parseSeriesSlug(request.query.series_slug ?? '');
    if (series === undefined) return reply.send({ events: [], next_cursor: null });
    const beforeMs = Date.parse(request.query.end_date_max ?? '');
    const atMs = Number.isNaN(beforeMs) ? nowMs() : beforeMs - SERIES_MARGIN_MS;
    const slug = marketSlug(series.asset, series.window, atMs);
    return reply.send({ events: listed({ slug }).map((market) => ({ slug, markets: [market] })), next_cursor: null });
  });
}

/** Without `closed`, open markets only. */
type ListQuery = { slug?: string | string[]; closed?: string };

/** A window that ends by a time ran shortly before it. */
const SERIES_MARGIN_MS = 2 * 60_000;

/**
 * Gamma writes lists as JSON text, except position ids. `startDate` is the listing, a day before the window (venue
 * §5.1).
 */
function toGammaMarket(deps: GammaRouteDeps, playing: PlayingMarket, atMs: number): Record<string, unknown> {
  const market = marketAt(playing, atMs);
  const upBook = playing.bookAt(market.tokenIds.UP, atMs);
  const endDate = new Date(market.endsAtMs).toISOString();
  const listedAt = new Date(market.startsAtMs - 24 * 3_600_000).toISOString();
  return {
    id: (BigInt(market.conditionId) % 1_000_000n).toString(),
    question: market.asset === null ? market.slug : `${market.asset} Up or Down`,
    version: market.version,
    conditionId: deps.settings().gammaConditionBytes === 32 ? clobConditionId(market) : market.conditionId,
    slug: market.slug,
    outcomes: JSON.stringify([market.outcomeNames.UP, market.outcomeNames.DOWN]),
    outcomePrices: JSON.stringify(outcomePrices(deps, playing, atMs)),
    ...gammaIds(deps, market),
    startDate: listedAt,
    endDate,
    endDateIso: endDate.slice(0, 10),
    eventStartTime: new Date(market.startsAtMs).toISOString(),
    active: true,
    closed: market.closed,
    ...(market.closed
      ? {
          closedTime: new Date(playing.resolvesAtMs).toISOString(),
          ...(market.version === 'v1' && { umaResolutionStatus: 'resolved' }),
        }
      : {}),
    ...(market.version === 'v2' && { resolutionStatus: market.closed ? 'resolved' : 'active' }),
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

/** One of so many markets names ids of the other version as well: 13,977 of 40,000 open v1 markets on 2026-10-07. */
const V1_WITH_BOTH_ONE_IN = 3;
/** Judgement: the documentation says only that both may be there. */
const V2_WITH_BOTH_ONE_IN = 2;

/**
 * CTF ids are JSON text, position ids a list. Some markets have both, and only the version says which of them trade.
 */
function gammaIds({ venue, settings }: GammaRouteDeps, market: Market): Record<string, unknown> {
  const { gammaIds: choice } = settings();
  const { slug, version } = market;
  const oneIn = version === 'v2' ? V2_WITH_BOTH_ONE_IN : V1_WITH_BOTH_ONE_IN;
  const hasBoth = choice === 'both' || (choice === 'mixed' && isChosen('other-ids', slug, oneIn));
  const own = [market.tokenIds.UP, market.tokenIds.DOWN];
  const other = hasBoth ? venue.otherIds(market).tokenIds : null;
  const others = other === null ? null : [other.UP, other.DOWN];
  if (version === 'v2') return { clobTokenIds: others === null ? null : JSON.stringify(others), positionIds: own };
  return { clobTokenIds: JSON.stringify(own), ...(others !== null && { positionIds: others }) };
}

/** Mid prices while the market trades, the last ones from its end to its resolution, then 1 and 0. */
function outcomePrices({ settings }: GammaRouteDeps, playing: PlayingMarket, atMs: number): readonly [string, string] {
  if (atMs >= playing.resolvesAtMs) {
    const isUp = (playing.winner === 'UP') === (settings().reportedResults === 'true');
    return isUp ? ['1', '0'] : ['0', '1'];
  }
  const { tokenIds, endsAtMs } = playing.market;
  const book = playing.bookAt(tokenIds.UP, Math.min(atMs, endsAtMs - 1)) ?? { bids: [], asks: [] };
  const upMicros = midMicros(book);
  return [toDecimalText(upMicros), toDecimalText(ONE_MICROS - upMicros)];
}
