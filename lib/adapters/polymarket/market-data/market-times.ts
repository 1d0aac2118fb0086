import type { Market } from '#lib/domain/market/market.ts';
import { parseMarketSlug, parseSeriesSlug, type Span, windowAt } from '#lib/domain/market/up-down-markets.ts';
import type { UntradableMarket } from '#lib/domain/refusal/opening-refusal.ts';
import type { GammaMarketReply } from './market-schemas.ts';
import { untradable } from './untradable-market.ts';

/** How far Gamma's end may lie from the one that slug or series say. The earlier of the two is T. */
const TOLERANCE_MS = 5_000;

type Times = Pick<Market, 'asset' | 'startsAtMs' | 'endsAtMs'>;

/**
 * What a market is about and when it ends. The end of an up/down window needs two sources: its slug, or the series that
 * Gamma lists it in, and Gamma's `endDate`. Where they disagree, one of them is wrong and an exit might come too late.
 */
export function timesOf(gamma: GammaMarketReply, endDate: number): Times | UntradableMarket {
  const { slug, eventStartTime } = gamma;
  const parts = parseMarketSlug(slug, endDate);
  if (parts === undefined) return timesInSeries(gamma, endDate) ?? otherTimes(gamma, endDate);
  const span = parts.spans.find((each) => isNear(each.endsAtMs, endDate));
  if (span === undefined) return disputed(slug, parts.spans, endDate);
  return { asset: parts.asset, startsAtMs: eventStartTime ?? span.startsAtMs, endsAtMs: earlier(span, endDate) };
}

/** A window under a slug of another form: the series names it, and both its times are the window's. */
function timesInSeries({ events, eventStartTime }: GammaMarketReply, endDate: number): Times | undefined {
  for (const { seriesSlug } of events ?? []) {
    const series = parseSeriesSlug(seriesSlug ?? '');
    if (series === undefined || !eventStartTime) continue;
    const span = windowAt(series.window, eventStartTime + TOLERANCE_MS);
    if (isNear(span.startsAtMs, eventStartTime) && isNear(span.endsAtMs, endDate))
      return { asset: series.asset, startsAtMs: eventStartTime, endsAtMs: earlier(span, endDate) };
  }
  return undefined;
}

/** Any other market: only Gamma says when it ends, so that its exit time has to be given. */
function otherTimes({ eventStartTime }: GammaMarketReply, endDate: number): Times {
  return { asset: null, startsAtMs: Math.min(eventStartTime ?? 0, endDate - 1), endsAtMs: endDate };
}

function disputed(slug: string, spans: readonly Span[], endDate: number): UntradableMarket {
  const bySlug = spans.map(({ endsAtMs }) => timeText(endsAtMs)).join(' or ');
  const says = spans.length === 0 ? 'names an hour that does not exist' : `ends at ${bySlug} by its slug`;
  return untradable(slug, 'market-end-disputed', `${says}, but at ${timeText(endDate)} by Gamma`);
}

function isNear(oneMs: number, otherMs: number): boolean {
  return Math.abs(oneMs - otherMs) <= TOLERANCE_MS;
}

function earlier({ endsAtMs }: Span, endDate: number): number {
  return Math.min(endsAtMs, endDate);
}

function timeText(atMs: number): string {
  return `${new Date(atMs).toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}
