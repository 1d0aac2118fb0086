import { MODES, type Mode, type Position } from '#lib/domain/position/position.ts';
import { TminusError } from '#lib/errors/errors.ts';
import { type ListDeps, readOpen } from '#lib/lifecycle/read/list-positions.ts';
import {
  type ExitPart,
  type RequestExitDeps,
  type RequestExitOutcome,
  requestExit,
} from '#lib/lifecycle/sell/request-exit.ts';
import type { PositionStore } from '#lib/ports/store/position-store.ts';

export type RequestExitsDeps = RequestExitDeps & {
  readonly store: ListDeps['store'] & Pick<PositionStore, 'countOpen'>;
  readonly clock: { sleepUntil(atMs: number): Promise<void> };
};

export type ExitFilter = {
  readonly mode?: Mode | undefined;
  readonly marketSlug?: string | undefined;
  /** Positions that were opened later are left alone: a late copy of the request is not about them. */
  readonly openedUntilMs?: number | undefined;
};

/** What the exit of all open positions is about, and what could not be seen. */
export type ExitsAhead = {
  /** Can be sold: `buying`, `holding` or `exiting`. */
  readonly positions: readonly Position[];
  /** Nothing can be sold any more: the market's result decides. */
  readonly awaiting: readonly Position[];
  readonly corruptIds: readonly string[];
  /** Counted as open and not listed: the index lags behind. Zero when all were seen. */
  readonly unseenCount: number;
};

/** The index of open positions shows a row within a second (DynamoDB, global secondary indexes). */
const READS_MAX = 4;
const READ_PAUSE_MS = 500;

/**
 * Open positions. The counters are consistent and the index is not, so it is read again while it shows fewer: nothing
 * opened a moment ago is left out.
 * @throws StoreUnavailableError
 */
export async function listExits(deps: RequestExitsDeps, filter: ExitFilter): Promise<ExitsAhead> {
  for (let reads = 1; ; reads += 1) {
    const counts = await deps.store.countOpen();
    const { positions, corruptIds } = await readOpen(deps, { mode: filter.mode });
    const counted = MODES.filter((mode) => filter.mode === undefined || mode === filter.mode);
    const openCount = counted.reduce((sum, mode) => sum + counts[mode], 0);
    const unseenCount = Math.max(openCount - positions.length - corruptIds.length, 0);
    if (unseenCount > 0 && reads < READS_MAX) {
      await deps.clock.sleepUntil(deps.clock.nowMs() + READ_PAUSE_MS);
      continue;
    }
    const meant = positions.filter((position) => isMeant(position, filter));
    const isAwaiting = ({ state }: Position) => state === 'awaiting-resolution';
    return {
      positions: meant.filter((position) => !isAwaiting(position)),
      awaiting: meant.filter(isAwaiting),
      corruptIds,
      unseenCount,
    };
  }
}

function isMeant({ marketSlug, openedAtMs }: Position, filter: ExitFilter): boolean {
  return (
    (filter.marketSlug === undefined || marketSlug === filter.marketSlug) &&
    openedAtMs <= (filter.openedUntilMs ?? openedAtMs)
  );
}

/** What became of one position's request. It fails alone. */
export type ExitResult =
  | { readonly position: Position; readonly outcome: RequestExitOutcome['outcome']; readonly code?: string }
  | { readonly position: Position; readonly outcome: 'failed'; readonly code: string; readonly message: string };

/** Nothing is left to ask for: requested, begun before, or over. */
export function isExitAsked(result: ExitResult): boolean {
  if (result.outcome === 'failed') return false;
  return result.outcome !== 'refused' || ASKED_ALREADY.has(result.code ?? '');
}

const ASKED_ALREADY: ReadonlySet<string> = new Set(['already-closed', 'past-deadline', 'exit-under-way']);

/** As many at a time as a client has sockets. */
const PARALLEL_MAX = 25;

/**
 * Requests the exit of each, side by side. Repeating it asks again, which changes nothing for an exit that has begun.
 */
export async function requestExits(
  deps: RequestExitsDeps,
  positions: readonly Position[],
  floor: Pick<ExitPart, 'minPriceMicros'> = {},
): Promise<readonly ExitResult[]> {
  const results: ExitResult[] = [];
  for (let from = 0; from < positions.length; from += PARALLEL_MAX) {
    const some = positions.slice(from, from + PARALLEL_MAX);
    results.push(...(await Promise.all(some.map((position) => requestOne(deps, position, floor)))));
  }
  return results;
}

async function requestOne(
  deps: RequestExitsDeps,
  position: Position,
  floor: Pick<ExitPart, 'minPriceMicros'>,
): Promise<ExitResult> {
  try {
    const asked = await requestExit(deps, { positionId: position.positionId, ...floor });
    const { outcome, position: after } = asked;
    return { position: after, outcome, ...(asked.outcome === 'refused' && { code: asked.code }) };
  } catch (error) {
    if (!(error instanceof TminusError)) throw error;
    return { position, outcome: 'failed', code: error.name, message: error.message };
  }
}
