import { evolvePosition, isOutdatedAnswer } from '#lib/domain/evolve/evolve-position.ts';
import { alertAfter } from '#lib/domain/news/alert-after.ts';
import { endedAttempts } from '#lib/domain/position/attempt-records.ts';
import { isClosed, type OpenPosition, type Position } from '#lib/domain/position/position.ts';
import type { PositionEvent } from '#lib/domain/position/position-event.ts';
import { PositionNotFoundError, VersionConflictError } from '#lib/errors/errors.ts';
import type { PositionStore } from '#lib/ports/position-store.ts';

export type RecordEventDeps = { readonly store: Pick<PositionStore, 'save' | 'find'> };

/** What was read on the way to a decision; goes to the timeline and nowhere else. */
export type Evidence = Readonly<Record<string, string | number | boolean | null>>;

/** How often a result is written again on a row that somebody else moved meanwhile. */
const RESULT_TRIES_MAX = 5;

/**
 * Saves one fact: state, attempts, timeline and alert together, or nothing.
 * @throws VersionConflictError when somebody else moved the row: the decision was made on old knowledge
 */
export async function recordEvent(
  deps: RecordEventDeps,
  before: OpenPosition,
  event: PositionEvent,
  evidence: Evidence = {},
): Promise<Position> {
  const after = evolvePosition(before, event);
  if (after === before) return before;
  await deps.store.save({
    before,
    after,
    event,
    endedAttempts: endedAttempts(before, event, after),
    alert: alertAfter(before, event, after),
    evidence,
  });
  return after;
}

/**
 * Saves the result of something that has been done already. It is true whatever the row says by now (the deadline may have
 * been written meanwhile), so on a conflict the row is loaded and the same fact applied to it. Only an answer to a post that
 * was followed by another one is dropped.
 */
export async function recordResult(
  deps: RecordEventDeps,
  before: OpenPosition,
  event: PositionEvent,
  evidence: Evidence = {},
): Promise<Position> {
  let position: Position = before;
  for (let tries = 1; ; tries += 1) {
    try {
      if (isClosed(position) || isOutdatedAnswer(event, before, position)) return position;
      return await recordEvent(deps, position, event, evidence);
    } catch (error) {
      if (!(error instanceof VersionConflictError) || tries === RESULT_TRIES_MAX) throw error;
      position = await getPosition(deps, before.positionId);
    }
  }
}

/** @throws PositionNotFoundError */
export async function getPosition(deps: Pick<RecordEventDeps, 'store'>, positionId: string): Promise<Position> {
  const position = await deps.store.find(positionId);
  if (position === undefined) throw new PositionNotFoundError('There is no such position', { positionId });
  return position;
}
