import { joinUrl } from '#lib/adapters/http/request-json.ts';
import { parseReply } from '#lib/adapters/polymarket/parse-reply.ts';
import { UnexpectedReplyError } from '#lib/errors/errors.ts';
import type { Clock } from '#lib/ports/clock.ts';
import type { MarketData } from '#lib/ports/venue/market-data.ts';
import type { MarketResults } from '#lib/ports/venue/market-results.ts';
import { findGammaRow } from './find-gamma-row.ts';
import { findInSeries } from './find-in-series.ts';
import { toClobConditionId } from './market-ids.ts';
import { ClobMarketSchema, GammaMarketSchema } from './market-schemas.ts';
import { createPolymarketBooks } from './polymarket-books.ts';
import { createPolymarketResults } from './polymarket-results.ts';
import { readPublic } from './read-public.ts';
import { findFlaw, identifyMarket, toMarket } from './to-market.ts';

export type PolymarketMarketDataDeps = {
  readonly clock: Pick<Clock, 'nowMs'>;
  readonly clobHost: string;
  readonly gammaHost: string;
};

const MARKET_DEADLINE_MS = 5_000;

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
      const clob = await readPublic(deps, ClobMarketSchema, { url: clobUrl, what: 'the CLOB market', deadlineAtMs });
      return toMarket(identity, gamma, clob);
    },

    findInSeries: (seriesSlug, span) => findInSeries(deps, seriesSlug, span),

    ...createPolymarketBooks(deps),
    ...createPolymarketResults(deps),
  };
}
