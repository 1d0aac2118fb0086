import type * as z from 'zod/mini';
import { getJson, joinUrl, statusOf } from '#lib/adapters/http/request-json.ts';
import { NotFoundSchema, parseReply } from '#lib/adapters/polymarket/parse-reply.ts';
import { parseMarketSlug } from '#lib/domain/market/market.ts';
import { UnexpectedReplyError, UpstreamUnavailableError } from '#lib/errors/errors.ts';
import type { Clock } from '#lib/ports/clock.ts';
import type { MarketData } from '#lib/ports/market-data.ts';
import { ClobMarketSchema, GammaMarketSchema } from './market-schemas.ts';
import { toMarket } from './to-market.ts';
import { BookSchema, toOrderBook } from './to-order-book.ts';

export type PolymarketMarketDataDeps = {
  readonly clock: Pick<Clock, 'nowMs'>;
  /** Base URLs, such as https://clob.polymarket.com. */
  readonly clobHost: string;
  readonly gammaHost: string;
};

/** Longest wait for a market's terms: Gamma and CLOB together. */
const MARKET_DEADLINE_MS = 5_000;

/** A read that failed at once is repeated once, if this much time is left for it. */
const SECOND_TRY_MS_MIN = 200;

/**
 * Polymarket's public data over HTTP: Gamma lists a market, the CLOB has its trading terms and its books. Slugs other than
 * those of up/down markets are not asked for: as far as we are concerned the venue knows no such market.
 */
export function createPolymarketMarketData(deps: PolymarketMarketDataDeps): MarketData {
  return {
    async findMarket(slug) {
      const parts = parseMarketSlug(slug);
      if (parts === undefined) return undefined;
      const deadlineAtMs = deps.clock.nowMs() + MARKET_DEADLINE_MS;
      const gamma = await findGammaMarket(deps, slug, deadlineAtMs);
      if (gamma === undefined) return undefined;
      const clobUrl = joinUrl(deps.clobHost, `/clob-markets/${gamma.conditionId}`);
      const clob = await find(deps, ClobMarketSchema, { url: clobUrl, what: 'the CLOB market', deadlineAtMs });
      return toMarket(slug, parts, gamma, clob);
    },

    async findBook(tokenId, deadlineAtMs) {
      const url = joinUrl(deps.clobHost, '/book', { token_id: tokenId });
      const reply = await find(deps, BookSchema, { url, what: 'the book', deadlineAtMs });
      return reply === undefined ? undefined : toOrderBook(tokenId, reply, deps.clock.nowMs());
    },
  };
}

/**
 * By its own address, or else in the list that is asked for its slug: Gamma documents both, and not every server that speaks for
 * it has both. That there is none, only the list can tell.
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
  /** A 404 of whoever answers is taken for an absence. */
  readonly mayBeAbsent?: boolean;
  /** The part of the answer that is asked for; undefined when it is not there. */
  readonly select?: (body: unknown) => unknown;
};

/**
 * One read, repeated once when the first try failed and time is left; undefined when the venue itself says that there is
 * no such thing.
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
  if (status >= 400) throw new UnexpectedReplyError(`The venue refuses to tell ${read.what}`, { status });
  const selected = read.select === undefined ? body : read.select(body);
  return selected === undefined ? undefined : parseReply(schema, selected, read.what);
}
