import type { Market } from '#lib/domain/market/market.ts';
import { type Asset, marketSlug } from '#lib/domain/market/up-down-markets.ts';
import { isTradable, type UntradableMarket } from '#lib/domain/refusal/opening-refusal.ts';
import type { Clock } from '#lib/ports/clock.ts';
import type { MarketData } from '#lib/ports/market-data.ts';
import { type Finding, ok, type PlannedCheck, red, warning } from './check.ts';

export type MarketCheckDeps = {
  readonly clock: Pick<Clock, 'nowMs'>;
  readonly marketData: Pick<MarketData, 'findMarket'>;
};

const ASSET: Asset = 'BTC';

/** Public data, for both modes. */
export function planMarketChecks({ clock, marketData }: MarketCheckDeps): readonly PlannedCheck[] {
  return [
    {
      name: 'market',
      isHard: false,
      whenUnread: 'red',
      adviceWhenUnread:
        'Check that the venue is up and that GAMMA_HOST and CLOB_HOST are right. Nothing can be opened meanwhile.',
      run: async () => {
        const slug = marketSlug(ASSET, '5m', clock.nowMs());
        return judgeMarket(slug, await marketData.findMarket(slug));
      },
    },
  ];
}

function judgeMarket(slug: string, market: Market | UntradableMarket | undefined): Finding {
  if (market === undefined)
    return warning(`${slug} is not listed`, 'Check whether the venue has changed the names of its markets.');
  if (isTradable(market)) return ok(`${slug} is listed as ${market.version}, and its orders can be signed`);
  const advice = 'If other windows say the same, look for a newer release. Openings in them are refused meanwhile.';
  return red(market.refusal.message, advice);
}
