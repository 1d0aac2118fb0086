import type { Market } from '#lib/domain/market/market.ts';
import type { Span } from '#lib/domain/market/up-down-markets.ts';

/**
 * A market that is no up/down window, one for each day: `will-it-rain-in-london-on-november-30-2026`, with the outcomes
 * Yes and No. It is listed at midnight UTC of the day before and ends at midnight UTC after its day.
 */
const SLUG = /^will-it-rain-in-london-on-([a-z]+-\d{1,2}-\d{4})$/;
const OUTCOME_NAMES: Market['outcomeNames'] = { UP: 'Yes', DOWN: 'No' };

const DAY_MS = 86_400_000;

/** Undefined for any other slug, and while the market is not listed. */
export function findOtherMarket(
  slug: string,
  atMs: number,
): (Span & { readonly outcomeNames: Market['outcomeNames'] }) | undefined {
  const dayMs = Date.parse(`${SLUG.exec(slug)?.[1]?.replaceAll('-', ' ') ?? ''} UTC`);
  if (Number.isNaN(dayMs) || otherSlug(dayMs) !== slug || atMs < dayMs - DAY_MS) return undefined;
  return { startsAtMs: dayMs - DAY_MS, endsAtMs: dayMs + DAY_MS, outcomeNames: OUTCOME_NAMES };
}

/** Slugs of the markets listed at this time. */
export function otherSlugsAround(atMs: number): readonly string[] {
  return [atMs, atMs + DAY_MS].map(otherSlug);
}

export function otherSlug(atMs: number): string {
  const date = new Date(atMs);
  const month = new Intl.DateTimeFormat('en', { month: 'long', timeZone: 'UTC' }).format(date).toLowerCase();
  return `will-it-rain-in-london-on-${month}-${date.getUTCDate()}-${date.getUTCFullYear()}`;
}
