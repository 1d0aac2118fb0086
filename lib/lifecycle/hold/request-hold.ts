import { type ExitRefusal, findHoldRefusal } from '#lib/domain/plan/plan-exit-request.ts';
import { holdsAtAnyPrice } from '#lib/domain/position/exit-policy.ts';
import { isClosed, type Position } from '#lib/domain/position/position.ts';
import { PositionNotFoundError } from '#lib/errors/errors.ts';
import { getPosition, recordDecision } from '#lib/lifecycle/record-event.ts';
import type { Clock } from '#lib/ports/clock.ts';
import type { ExitQueue } from '#lib/ports/exit-queue.ts';
import type { PositionStore } from '#lib/ports/store/position-store.ts';

export type RequestHoldDeps = {
  readonly store: Pick<PositionStore, 'find' | 'save'>;
  readonly queue: Pick<ExitQueue, 'send'>;
  readonly clock: Pick<Clock, 'nowMs'>;
};

export type RequestHoldOutcome =
  | { readonly outcome: 'held' | 'held-before'; readonly position: Position }
  | {
      readonly outcome: 'refused';
      readonly code: ExitRefusal['code'] | 'already-closed' | 'past-deadline';
      readonly position: Position;
    };

/** A step that was under way lost its message when this save came in between. */
const STEP_UNDER_WAY_MS = 30_000;

/**
 * Leaves out the exit by the clock: the market's result decides what the shares pay. Rules that fire before the exit
 * stay, and a request for the exit still sells. Repeating it changes nothing.
 * @throws PositionNotFoundError, CorruptRowError
 * @throws VersionConflictError, StoreUnavailableError it is not known whether the exit is left out; repeat it
 * @throws UpstreamUnavailableError it is left out, and the sweep finds the step whose message was not sent
 */
export async function requestHold(deps: RequestHoldDeps, positionId: string): Promise<RequestHoldOutcome> {
  const before = await getPosition(deps, positionId);
  if (before.origin === 'canary') throw new PositionNotFoundError('There is no such position', { positionId });
  const refused = refusalOfHold(before, deps.clock.nowMs());
  if (refused !== null || isClosed(before)) {
    return { outcome: 'refused', code: refused ?? 'already-closed', position: before };
  }
  if (holdsAtAnyPrice(before.policy)) return { outcome: 'held-before', position: before };
  const position = await recordDecision(deps, before, (row) => {
    const atMs = deps.clock.nowMs();
    return refusalOfHold(row, atMs) === null ? { type: 'hold-requested', atMs } : null;
  });
  const nowMs = deps.clock.nowMs();
  if (!holdsAtAnyPrice(position.policy)) {
    return { outcome: 'refused', code: refusalOfHold(position, nowMs) ?? 'exit-under-way', position };
  }
  if (!isClosed(position) && position.wakeUp.atMs <= nowMs + STEP_UNDER_WAY_MS) {
    await deps.queue.send({ positionId, wakeUpId: position.wakeUp.id, source: 'retry' }, position.wakeUp.atMs);
  }
  return { outcome: 'held', position };
}

/** Why the exit by the clock is not left out; null where it may be, or is already. */
export function refusalOfHold(position: Position, nowMs: number) {
  if (isClosed(position)) return 'already-closed';
  if (position.state === 'awaiting-resolution') return 'past-deadline';
  return findHoldRefusal(position, nowMs)?.code ?? null;
}
