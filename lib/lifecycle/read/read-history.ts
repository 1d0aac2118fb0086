import { type History, type HistoryEntry, summariseHistory } from '#lib/domain/history/history.ts';
import { healingOf } from '#lib/domain/news/setbacks.ts';
import { type ClosedPosition, isClosed, type Mode } from '#lib/domain/position/position.ts';
import { CorruptRowError } from '#lib/errors/errors.ts';
import type { PositionStore } from '#lib/ports/store/position-store.ts';
import { readClosed, readOpen } from './list-positions.ts';

export type ReadHistoryDeps = {
  readonly store: Pick<PositionStore, 'listDue' | 'listClosed' | 'findMany' | 'listTimeline'>;
  /** Told after each few days of a long read. */
  readonly onProgress?: (progress: HistoryProgress) => void;
};

export type HistoryProgress = {
  readonly doneDayCount: number;
  readonly dayCount: number;
  readonly positionCount: number;
};

/** Unix milliseconds; `untilMs` is exclusive. Any length: an empty day costs one read. */
export type ReadHistoryCommand = {
  readonly sinceMs: number;
  readonly untilMs: number;
  /** Default: both, which are never added up. */
  readonly mode?: Mode | undefined;
};

/** With the positions that the sums are of, in the order of their ends, for lists of them. */
export type ReadHistory = { readonly history: History; readonly positions: readonly ClosedPosition[] };

const DAY_MS = 86_400_000;
/** Days, and timelines, that are read side by side. */
const CONCURRENCY = 10;

/**
 * What came of the positions that ended in a span, read by the days of their ends, and what is open now. Without
 * canaries.
 * @throws StoreUnavailableError
 */
export async function readHistory(deps: ReadHistoryDeps, command: ReadHistoryCommand): Promise<ReadHistory> {
  const { sinceMs, untilMs, mode } = command;
  // Before the ends are read: one that ends meanwhile is in both, and none is in neither.
  const open = await readOpen(deps, { mode });
  const [entries, corruptIds]: [HistoryEntry[], Set<string>] = [[], new Set(open.corruptIds)];
  const days = listDays(command);
  let doneDayCount = 0;
  for (const part of partsOf(days)) {
    const read = await Promise.all(part.map((day) => readClosed(deps, { ...day, mode })));
    for (const id of read.flatMap((each) => each.corruptIds)) corruptIds.add(id);
    const ended = read
      .flatMap(({ positions }) => positions.filter(isClosed).toReversed())
      .filter(({ closedAtMs }) => closedAtMs < untilMs);
    for (const some of partsOf(ended)) {
      entries.push(...(await Promise.all(some.map((position) => readEntry(deps, position)))));
    }
    doneDayCount += part.length;
    deps.onProgress?.({ doneDayCount, dayCount: days.length, positionCount: entries.length });
  }
  const positions = entries.map(({ position }) => position);
  const endedIds = new Set(positions.map(({ positionId }) => positionId));
  const still = open.positions.flatMap((each) => (isClosed(each) || endedIds.has(each.positionId) ? [] : [each]));
  const about = { fromMs: sinceMs, untilMs, corruptIds: [...corruptIds] };
  return { history: summariseHistory(entries, still, about), positions };
}

/** The part of each UTC day that is in the span, oldest first. */
function listDays({ sinceMs, untilMs }: ReadHistoryCommand) {
  const firstMs = Math.floor(sinceMs / DAY_MS) * DAY_MS;
  const count = Math.max(Math.ceil((untilMs - firstMs) / DAY_MS), 0);
  return Array.from({ length: count }, (_, index) => {
    const startsAtMs = firstMs + index * DAY_MS;
    return { sinceMs: Math.max(startsAtMs, sinceMs), nowMs: Math.min(startsAtMs + DAY_MS, untilMs) - 1 };
  });
}

function partsOf<Item>(items: readonly Item[]): readonly (readonly Item[])[] {
  const count = Math.ceil(items.length / CONCURRENCY);
  return Array.from({ length: count }, (_, index) => items.slice(index * CONCURRENCY, (index + 1) * CONCURRENCY));
}

/** Most positions have no refusals, so their timelines are not read. */
async function readEntry({ store }: ReadHistoryDeps, position: ClosedPosition): Promise<HistoryEntry> {
  const { positionId, refusals, closedAtMs } = position;
  if (Object.keys(refusals).length === 0) return { position, healedMs: [] };
  try {
    const timeline = await store.listTimeline(positionId);
    const events = timeline.flatMap(({ event }) => (event.type === 'opened' ? [] : [event]));
    return { position, healedMs: timeline.length === 0 ? null : healingOf(events, closedAtMs) };
  } catch (error) {
    if (error instanceof CorruptRowError) return { position, healedMs: null };
    throw error;
  }
}
