import type * as z from 'zod/mini';
import { getJson, joinUrl, statusOf } from '#lib/adapters/http/request-json.ts';
import { NotFoundSchema, parseReply } from '#lib/adapters/polymarket/parse-reply.ts';
import { parseMarketSlug } from '#lib/domain/market/up-down-markets.ts';
import { UnexpectedReplyError, UpstreamUnavailableError } from '#lib/errors/errors.ts';
import type { Clock } from '#lib/ports/clock.ts';
import type { MarketData } from '#lib/ports/market-data.ts';
import { findInSeries } from './find-in-series.ts';
import { toClobConditionId } from './market-ids.ts';
import { ClobMarketSchema, GammaMarketSchema } from './market-schemas.ts';
import { identifyMarket, toMarket } from './to-market.ts';
import { BookSchema, toOrderBook } from './to-order-book.ts';

export type PolymarketMarketDataDeps = {
  readonly clock: Pick<Clock, 'nowMs'>;
  readonly clobHost: string;
  readonly gammaHost: string;
};

const MARKET_DEADLINE_MS = 5_000;

/** A failed read is repeated once if this much time is left. */
const SECOND_TRY_MS_MIN = 200;

/**
 * Polymarket's public data over HTTP: Gamma lists a market, the CLOB has its trading terms and its books. Slugs other
 * than those of up/down markets are not requested and count as unknown.
 */
export function createPolymarketMarketData(deps: PolymarketMarketDataDeps): MarketData {
  return {
    async findMarket(slug) {
      const parts = parseMarketSlug(slug, deps.clock.nowMs());
      if (parts === undefined) return undefined;
      const deadlineAtMs = deps.clock.nowMs() + MARKET_DEADLINE_MS;
      const gamma = await findGammaMarket(deps, slug, deadlineAtMs);
      if (gamma === undefined) return undefined;
      if (gamma.slug !== slug) throw new UnexpectedReplyError('Gamma answered with another market');
      const identity = identifyMarket(gamma);
      if ('refusal' in identity) return identity;
      const clobUrl = joinUrl(deps.clobHost, `/clob-markets/${toClobConditionId(identity.conditionId)}`);
      const clob = await find(deps, ClobMarketSchema, { url: clobUrl, what: 'the CLOB market', deadlineAtMs });
      return toMarket(identity, parts, gamma, clob);
    },

    findInSeries: (seriesSlug, span) => findInSeries(deps, seriesSlug, span),

    async findBook(tokenId, deadlineAtMs) {
      const url = joinUrl(deps.clobHost, '/book', { token_id: tokenId });
      const reply = await find(deps, BookSchema, { url, what: 'the book', deadlineAtMs });
      return reply === undefined ? undefined : toOrderBook(tokenId, reply, deps.clock.nowMs());
    },
  };
}

/**
 * Asks for the market by its own address, then in the list by slug: not every server has both. Only the list proves
 * that there is no such market.
 */
async function findGammaMarket(deps: PolymarketMarketDataDeps, slug: string, deadlineAtMs: number) {
  const select = (body: unknown) => (Array.isArray(body) ? body.find((each) => isNamed(each, slug)) : body);
  const read = { what: 'the Gamma market', deadlineAtMs, select };
  const ownUrl = joinUrl(deps.gammaHost, `/markets/slug/${slug}`);
  const own = await find(deps, GammaMarketSchema, { ...read, url: ownUrl, mayBeAbsent: true });
  if (own !== undefined) return own;
  return find(deps, GammaMarketSchema, { ...read, url: joinUrl(deps.gammaHost, '/markets', { slug }) });
}

function isNamed(row: unknown, slug: string): boolean {
  return typeof row === 'object' && row !== null && 'slug' in row && row.slug === slug;
}

type Read = {
  readonly url: string;
  readonly what: string;
  readonly deadlineAtMs: number;
  /** Any 404 counts as an absence, also without the venue's own body. */
  readonly mayBeAbsent?: boolean;
  /** Selects the requested part of the answer; undefined when it is missing. */
  readonly select?: (body: unknown) => unknown;
};

/**
 * Reads, and repeats once after a failure if time is left. Undefined when the venue says that there is no such object.
 */
async function find<Schema extends z.ZodMiniType>(
  deps: PolymarketMarketDataDeps,
  schema: Schema,
  read: Read,
): Promise<z.output<Schema> | undefined> {
  try {
    return await findOnce(deps, schema, read);
  } catch (error) {
    const isRetryable = error instanceof UpstreamUnavailableError || error instanceof UnexpectedReplyError;
    const isInTime = deps.clock.nowMs() + SECOND_TRY_MS_MIN <= read.deadlineAtMs;
    if (!isRetryable || !isInTime || statusOf(error) === 429) throw error;
  }
  return findOnce(deps, schema, read);
}

async function findOnce<Schema extends z.ZodMiniType>(
  deps: PolymarketMarketDataDeps,
  schema: Schema,
  read: Read,
): Promise<z.output<Schema> | undefined> {
  const { status, body } = await getJson(deps, read);
  if (status === 404) {
    if (read.mayBeAbsent !== true) parseReply(NotFoundSchema, body, read.what);
    return undefined;
  }
  if (status >= 400) throw new UnexpectedReplyError(`The venue refused to return ${read.what}`, { status });
  const selected = read.select === undefined ? body : read.select(body);
  return selected === undefined ? undefined : parseReply(schema, selected, read.what);
}
