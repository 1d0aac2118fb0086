import { evolvePosition, isOutdatedAnswer } from '#lib/domain/evolve/evolve-position.ts';
import { alertAfter } from '#lib/domain/news/alert-after.ts';
import { endedAttempts } from '#lib/domain/position/attempt-records.ts';
import { isClosed, type OpenPosition, type Position } from '#lib/domain/position/position.ts';
import type { PositionEvent } from '#lib/domain/position/position-event.ts';
import { PositionNotFoundError, VersionConflictError } from '#lib/errors/errors.ts';
import type { PositionStore } from '#lib/ports/store/position-store.ts';

export type RecordEventDeps = { readonly store: Pick<PositionStore, 'save' | 'find'> };

/** What was read for a decision; saved in the timeline only. */
export type Evidence = Readonly<Record<string, string | number | boolean | null>>;

/** Tries to save a result on a row that other invocations keep changing. */
const RESULT_TRIES_MAX = 5;

/**
 * Saves one fact: state, attempts, timeline and alert together, or nothing.
 * @throws VersionConflictError when another invocation changed the row: the decision was made on an old version
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
 * Saves the result of an effect that has happened. The result holds whatever was written meanwhile (such as the
 * deadline), so after a conflict the row is loaded and the same fact is applied to it. Dropped is only the answer to a
 * post that was followed by another post of the same order.
 */
export async function recordResult(
  deps: RecordEventDeps,
  before: OpenPosition,
  event: PositionEvent,
  evidence: Evidence = {},
): Promise<Position> {
  const eventFor = (position: Position) => (isOutdatedAnswer(event, before, position) ? null : event);
  return recordDecision(deps, before, eventFor, evidence);
}

/** As `recordResult`, of what follows from each row anew: null where nothing does. */
export async function recordDecision(
  deps: RecordEventDeps,
  before: OpenPosition,
  eventFor: (position: OpenPosition) => PositionEvent | null,
  evidence: Evidence = {},
): Promise<Position> {
  let position: Position = before;
  for (let tries = 1; ; tries += 1) {
    try {
      if (isClosed(position)) return position;
      const event = eventFor(position);
      return event === null ? position : await recordEvent(deps, position, event, evidence);
    } catch (error) {
      if (!(error instanceof VersionConflictError) || tries === RESULT_TRIES_MAX) throw error;
      position = await getPosition(deps, before.positionId);
    }
  }
}

/** @throws PositionNotFoundError */
export async function getPosition(
  deps: { readonly store: Pick<PositionStore, 'find'> },
  positionId: string,
): Promise<Position> {
  const position = await deps.store.find(positionId);
  if (position === undefined) throw new PositionNotFoundError('There is no such position', { positionId });
  return position;
}
