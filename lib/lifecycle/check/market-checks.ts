import type { Market } from '#lib/domain/market/market.ts';
import { type Asset, marketSlug } from '#lib/domain/market/up-down-markets.ts';
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

function judgeMarket(slug: string, market: Market | undefined): Finding {
  if (market === undefined)
    return warning(`${slug} is not listed`, 'Check whether the venue has changed the names of its markets.');
  if (market.version === 'v1') return ok(`${slug} is listed, and its orders can be signed`);
  return red(
    `${slug} is of a protocol whose orders this release cannot sign`,
    'Install a release that signs them. Openings are refused meanwhile.',
  );
}
