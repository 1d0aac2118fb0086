import type { Market } from '#lib/domain/market/market.ts';
import { type Asset, marketSlug } from '#lib/domain/market/up-down-markets.ts';
import { isTradable, type UntradableMarket } from '#lib/domain/refusal/opening-refusal.ts';
import type { Clock } from '#lib/ports/clock.ts';
import type { MarketData } from '#lib/ports/venue/market-data.ts';
import type { VenueFacts } from '#lib/ports/venue/venue-facts.ts';
import { type Finding, ok, type PlannedCheck, red, warning } from './check.ts';

export type MarketCheckDeps = {
  readonly clock: Pick<Clock, 'nowMs'>;
  readonly marketData: Pick<MarketData, 'findMarket'>;
  readonly facts: VenueFacts;
};

const ASSET: Asset = 'BTC';

/** Public data, for both modes. */
export function planMarketChecks({ clock, marketData, facts }: MarketCheckDeps): readonly PlannedCheck[] {
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
    {
      name: 'venue facts',
      isHard: false,
      whenUnread: 'warning',
      adviceWhenUnread: 'Check again when the venue answers: it was not compared with what this release assumes.',
      run: async (untilMs) => judgeDrifts(await facts.listDrifts(marketSlug(ASSET, '5m', clock.nowMs()), untilMs)),
    },
  ];
}

function judgeDrifts(drifts: readonly string[]): Finding {
  if (drifts.length === 0) return ok('fees, minimum, delay, versions and fields are as this release assumes');
  return warning(
    drifts.join('; '),
    'Read the venue’s changelog, and install a release that knows the change (OPERATE.md, The venue has changed).',
  );
}

function judgeMarket(slug: string, market: Market | UntradableMarket | undefined): Finding {
  if (market === undefined)
    return warning(`${slug} is not listed`, 'Check whether the venue has changed the names of its markets.');
  if (isTradable(market)) return ok(`${slug} is listed as ${market.version}, and its orders can be signed`);
  const advice = 'If other windows say the same, look for a newer release. Openings in them are refused meanwhile.';
  return red(market.refusal.message, advice);
}
