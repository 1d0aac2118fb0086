import type { Market } from '#lib/domain/market/market.ts';
import {
  type Asset,
  possibleSlugs,
  type Span,
  seriesSlug,
  type Window,
  windowAt,
} from '#lib/domain/market/up-down-markets.ts';
import { isTradable, type UntradableMarket } from '#lib/domain/refusal/opening-refusal.ts';
import type { MarketData } from '#lib/ports/venue/market-data.ts';

export type WindowChoice = { readonly asset: Asset; readonly length: Window; readonly atMs: number };

/**
 * The market of the window that contains the time: by the slugs it may have, then by the venue's list of the series. A
 * market with other times is another window: the two hours that November repeats have one slug between them.
 * @throws UpstreamUnavailableError, UnexpectedReplyError as `MarketData`
 */
export async function findWindowMarket(
  marketData: Pick<MarketData, 'findMarket' | 'findInSeries'>,
  { asset, length, atMs }: WindowChoice,
): Promise<Market | UntradableMarket | undefined> {
  const span = windowAt(length, atMs);
  for (const slug of possibleSlugs(asset, length, atMs)) {
    const market = await marketData.findMarket(slug);
    if (market !== undefined && (!isTradable(market) || hasSpan(market, span))) return market;
  }
  const slug = await marketData.findInSeries(seriesSlug(asset, length), span);
  return slug === undefined ? undefined : marketData.findMarket(slug);
}

/** Gamma's times are exact to the second; another window is at least five minutes away. */
const TOLERANCE_MS = 60_000;

function hasSpan(market: Span, span: Span): boolean {
  return (
    Math.abs(market.startsAtMs - span.startsAtMs) < TOLERANCE_MS &&
    Math.abs(market.endsAtMs - span.endsAtMs) < TOLERANCE_MS
  );
}
