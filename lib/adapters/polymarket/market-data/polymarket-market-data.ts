import type * as z from 'zod/mini';
import { getJson, joinUrl, statusOf } from '#lib/adapters/http/request-json.ts';
import { NotFoundSchema, parseReply } from '#lib/adapters/polymarket/parse-reply.ts';
import { UnexpectedReplyError, UpstreamUnavailableError } from '#lib/errors/errors.ts';
import type { Clock } from '#lib/ports/clock.ts';
import type { MarketData } from '#lib/ports/market-data.ts';
import type { MarketResults } from '#lib/ports/market-results.ts';
import { findGammaRow } from './find-gamma-row.ts';
import { findInSeries } from './find-in-series.ts';
import { toClobConditionId } from './market-ids.ts';
import { ClobMarketSchema, GammaMarketSchema } from './market-schemas.ts';
import { findFlaw, identifyMarket, toMarket, toWinner } from './to-market.ts';
import { BookSchema, toOrderBook } from './to-order-book.ts';

export type PolymarketMarketDataDeps = {
  readonly clock: Pick<Clock, 'nowMs'>;
  readonly clobHost: string;
  readonly gammaHost: string;
};

const MARKET_DEADLINE_MS = 5_000;

/** A failed read is repeated once if this much time is left. */
const SECOND_TRY_MS_MIN = 200;

/** What a slug consists of. Anything else is not requested and counts as unknown. */
const SLUG = /^[a-z0-9-]{1,128}$/i;

/** Polymarket's public data over HTTP: Gamma lists a market, the CLOB has its trading terms and its books. */
export function createPolymarketMarketData(deps: PolymarketMarketDataDeps): MarketData & MarketResults {
  return {
    async findMarket(slug) {
      if (!SLUG.test(slug)) return undefined;
      const deadlineAtMs = deps.clock.nowMs() + MARKET_DEADLINE_MS;
      const row = await findGammaRow(deps, slug, deadlineAtMs);
      if (row === undefined || row === null) return undefined;
      const gamma = parseReply(GammaMarketSchema, row, 'the Gamma market');
      if (gamma.slug !== slug) throw new UnexpectedReplyError('Gamma answered with another market');
      const identity = findFlaw(gamma) ?? identifyMarket(gamma);
      if ('refusal' in identity) return identity;
      const clobUrl = joinUrl(deps.clobHost, `/clob-markets/${toClobConditionId(identity.conditionId)}`);
      const clob = await find(deps, ClobMarketSchema, { url: clobUrl, what: 'the CLOB market', deadlineAtMs });
      return toMarket(identity, gamma, clob);
    },

    findInSeries: (seriesSlug, span) => findInSeries(deps, seriesSlug, span),

    async findBook(tokenId, deadlineAtMs) {
      const url = joinUrl(deps.clobHost, '/book', { token_id: tokenId });
      const reply = await find(deps, BookSchema, { url, what: 'the book', deadlineAtMs });
      return reply === undefined ? undefined : toOrderBook(tokenId, reply, deps.clock.nowMs());
    },

    async findWinner({ marketSlug: slug }, deadlineAtMs) {
      const row = await findGammaRow(deps, slug, deadlineAtMs);
      if (row === undefined || row === null) return null;
      return toWinner(parseReply(GammaMarketSchema, row, 'the Gamma market'));
    },
  };
}

type Read = {
  readonly url: string;
  readonly what: string;
  readonly deadlineAtMs: number;
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
    parseReply(NotFoundSchema, body, read.what);
    return undefined;
  }
  if (status >= 400) throw new UnexpectedReplyError(`The venue refused to return ${read.what}`, { status });
  return parseReply(schema, body, read.what);
}
