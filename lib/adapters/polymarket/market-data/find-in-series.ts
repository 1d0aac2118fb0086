import * as z from 'zod/mini';
import { getJson, joinUrl } from '#lib/adapters/http/request-json.ts';
import { TimeMsSchema } from '#lib/adapters/polymarket/time-schema.ts';
import { orElse } from '#lib/contracts/parse-input.ts';
import type { Span } from '#lib/domain/market/up-down-markets.ts';
import type { Clock } from '#lib/ports/clock.ts';
import { rowsOf } from './gamma-rows.ts';

export type FindInSeriesDeps = { readonly clock: Pick<Clock, 'nowMs'>; readonly gammaHost: string };

const SERIES_DEADLINE_MS = 4_000;
/** How far the times that Gamma lists may lie from the window's. */
const TOLERANCE_MS = 60_000;
const EVENT_COUNT_MAX = 50;

const EventSchema = z.looseObject({ markets: z.array(z.unknown()) });
const ListedMarketSchema = z.looseObject({
  slug: z.string(),
  endDate: TimeMsSchema,
  eventStartTime: orElse(z.nullish(TimeMsSchema), undefined),
});

/**
 * Gamma's list of a series, `GET /events/keyset?series_slug=`, or `/events` on servers without it. Best effort: other
 * ways to find the market were tried before, so what cannot be read lists nothing.
 */
export async function findInSeries(
  deps: FindInSeriesDeps,
  seriesSlug: string,
  span: Span,
): Promise<string | undefined> {
  const deadlineAtMs = deps.clock.nowMs() + SERIES_DEADLINE_MS;
  const query = {
    series_slug: seriesSlug,
    closed: 'false',
    end_date_min: new Date(span.endsAtMs - TOLERANCE_MS).toISOString(),
    end_date_max: new Date(span.endsAtMs + TOLERANCE_MS).toISOString(),
    limit: String(EVENT_COUNT_MAX),
  };
  for (const path of ['/events/keyset', '/events']) {
    const slug = findListed(await readEvents(deps, joinUrl(deps.gammaHost, path, query), deadlineAtMs), span);
    if (slug !== undefined) return slug;
  }
  return undefined;
}

async function readEvents(deps: FindInSeriesDeps, url: string, deadlineAtMs: number): Promise<readonly unknown[]> {
  try {
    const { status, body } = await getJson(deps, { url, what: 'the series', deadlineAtMs });
    return status === 200 ? (rowsOf(body) ?? []) : [];
  } catch {
    return [];
  }
}

function findListed(events: readonly unknown[], { startsAtMs, endsAtMs }: Span): string | undefined {
  for (const each of events) {
    const event = EventSchema.safeParse(each);
    for (const row of event.data?.markets ?? []) {
      const market = ListedMarketSchema.safeParse(row).data;
      if (market === undefined || Math.abs(market.endDate - endsAtMs) >= TOLERANCE_MS) continue;
      if (Math.abs((market.eventStartTime ?? startsAtMs) - startsAtMs) < TOLERANCE_MS) return market.slug;
    }
  }
  return undefined;
}
