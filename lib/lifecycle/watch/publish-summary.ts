import { type DayEntry, type DaySummary, summariseDay } from '#lib/domain/news/day-summary.ts';
import { setbacksOf } from '#lib/domain/news/setbacks.ts';
import { isClosed, MODES, type Mode, type Position } from '#lib/domain/position/position.ts';
import { CorruptRowError, RateLimitedError } from '#lib/errors/errors.ts';
import type { Clock } from '#lib/ports/clock.ts';
import type { EventBus } from '#lib/ports/event-bus.ts';
import type { NoticeLedger } from '#lib/ports/store/notice-ledger.ts';
import type { PositionStore } from '#lib/ports/store/position-store.ts';

export type PublishSummaryDeps = {
  readonly bus: EventBus;
  /** Remembers which days were published. */
  readonly ledger: Pick<NoticeLedger, 'claim' | 'markSent' | 'release'>;
  readonly clock: Pick<Clock, 'nowMs'>;
  readonly store: Pick<PositionStore, 'listClosed' | 'find' | 'getAccount' | 'listTimeline'>;
};

export type PublishSummaryCommand = {
  readonly stage: string;
  /** A UTC day that is over, `2026-11-22`. */
  readonly day: string;
  /** Longest duration of this run: until then no other run publishes the same day. */
  readonly leaseMs: number;
};

export type PublishSummaryOutcome =
  | { readonly outcome: 'published'; readonly summary: DaySummary }
  | { readonly outcome: 'already-published' };

/** Positions that are read side by side. */
const CONCURRENCY = 10;

/**
 * Sums up a day and publishes it, once however often it is called. A day without an end is published too, because
 * silence would look like a failure.
 * @throws RateLimitedError another run is publishing it
 * @throws StoreUnavailableError, UpstreamUnavailableError nothing was published; run it again
 */
export async function publishSummary(
  deps: PublishSummaryDeps,
  { stage, day, leaseMs }: PublishSummaryCommand,
): Promise<PublishSummaryOutcome> {
  const key = `summary-of-day#${day}`;
  const claim = await deps.ledger.claim(key, leaseMs);
  if (claim === 'sent') return { outcome: 'already-published' };
  if (claim === 'busy') throw new RateLimitedError('Another run is publishing this day', leaseMs);
  try {
    const [entries, halts] = await Promise.all([readDay(deps, day), listHalts(deps)]);
    const readable = entries.filter((entry) => entry !== null);
    const unreadableCount = entries.length - readable.length;
    const summary = summariseDay(readable, { stage, day, unreadableCount, halts });
    await deps.bus.publish([{ type: 'daily-summary', summary }]);
    await deps.ledger.markSent(key);
    return { outcome: 'published', summary };
  } catch (error) {
    // A claim that cannot be released expires. The first error matters more.
    await deps.ledger.release(key).catch(() => undefined);
    throw error;
  }
}

/** The modes whose openings are halted now. @throws StoreUnavailableError */
export async function listHalts(
  { store, clock }: { readonly store: Pick<PositionStore, 'getAccount'>; readonly clock: Pick<Clock, 'nowMs'> },
  modes: readonly Mode[] = MODES,
): Promise<DaySummary['halts']> {
  const accounts = await Promise.all(modes.map((mode) => store.getAccount(mode, clock.nowMs())));
  return accounts.flatMap(({ mode, halt }) => (halt === null ? [] : [{ mode, halt }]));
}

async function readDay(deps: PublishSummaryDeps, day: string): Promise<readonly (DayEntry | null)[]> {
  const entries: (DayEntry | null)[] = [];
  for await (const positionIds of pagesOf(deps, day)) {
    entries.push(...(await Promise.all(positionIds.map((positionId) => readEntry(deps, positionId)))));
  }
  return entries;
}

async function* pagesOf(deps: PublishSummaryDeps, day: string): AsyncGenerator<readonly string[]> {
  let pageToken: string | undefined;
  do {
    const page = await deps.store.listClosed(day, { pageToken });
    for (let start = 0; start < page.positionIds.length; start += CONCURRENCY) {
      yield page.positionIds.slice(start, start + CONCURRENCY);
    }
    pageToken = page.nextPageToken;
  } while (pageToken !== undefined);
}

/** Null when the row or its timeline does not match its schema: one corrupt row must not stop the summary. */
async function readEntry(deps: PublishSummaryDeps, positionId: string): Promise<DayEntry | null> {
  try {
    const position = await deps.store.find(positionId);
    if (position === undefined || !isClosed(position)) return null;
    return { position, setbacks: await readSetbacks(deps, position) };
  } catch (error) {
    if (error instanceof CorruptRowError) return null;
    throw error;
  }
}

/** Most positions have no refusals, so their timelines are not read. */
async function readSetbacks(
  deps: PublishSummaryDeps,
  { positionId, refusals }: Position,
): Promise<DayEntry['setbacks']> {
  if (Object.keys(refusals).length === 0) return [];
  const timeline = await deps.store.listTimeline(positionId);
  return setbacksOf(timeline.flatMap(({ event }) => (event.type === 'opened' ? [] : [event])));
}
