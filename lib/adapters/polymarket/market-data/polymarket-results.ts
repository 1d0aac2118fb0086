import { parseReply } from '#lib/adapters/polymarket/parse-reply.ts';
import type { MarketResults } from '#lib/ports/venue/market-results.ts';
import { findGammaRow, type GammaDeps } from './find-gamma-row.ts';
import { GammaMarketSchema } from './market-schemas.ts';
import { toWinner } from './to-market.ts';

/** What Gamma says about markets that are over. */
export function createPolymarketResults(deps: GammaDeps): MarketResults {
  return {
    async findWinner({ marketSlug: slug }, deadlineAtMs) {
      const row = await findGammaRow(deps, slug, deadlineAtMs);
      if (row === undefined || row === null) return null;
      return toWinner(parseReply(GammaMarketSchema, row, 'the Gamma market'));
    },
  };
}
