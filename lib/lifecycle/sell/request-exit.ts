import { EXIT_WAKE_UP_ID } from '#lib/domain/plan/plan-wake-up.ts';
import { isClosed, type Position } from '#lib/domain/position/position.ts';
import { PositionNotFoundError } from '#lib/errors/errors.ts';
import type { Clock } from '#lib/ports/clock.ts';
import type { ExitQueue } from '#lib/ports/exit-queue.ts';
import type { PositionStore } from '#lib/ports/position-store.ts';

export type RequestExitDeps = {
  readonly store: Pick<PositionStore, 'find' | 'findCall' | 'claimCall'>;
  readonly queue: Pick<ExitQueue, 'send'>;
  readonly clock: Pick<Clock, 'nowMs'>;
};

export type RequestExitOutcome =
  /** The exit is due now: the queue was told, and `sell` posts the orders. */
  | { readonly outcome: 'requested'; readonly position: Position }
  /** It had begun before. */
  | { readonly outcome: 'already-exiting'; readonly position: Position }
  /** The same request asked for it before, and nothing is left to sell. */
  | { readonly outcome: 'already-requested'; readonly position: Position }
  | {
      readonly outcome: 'refused';
      readonly code: 'already-closed' | 'past-deadline' | 'request-id-reused';
      readonly position: Position;
    };

/**
 * Asks for the exit of a position now. It sells nothing itself: the message makes the exit due, and every law of a due
 * exit holds. Repeating it sends the message again, which changes nothing once the exit has begun.
 * @throws PositionNotFoundError, CorruptRowError
 * @throws StoreUnavailableError, UpstreamUnavailableError it is not known whether the exit was requested; repeat it
 */
export async function requestExit(
  { store, queue, clock }: RequestExitDeps,
  request: { readonly positionId: string; readonly requestId?: string },
): Promise<RequestExitOutcome> {
  const { positionId, requestId } = request;
  const position = await store.find(positionId);
  // The canary proves that the timers start an exit. Leaving it by hand would hide that they do not.
  if (position === undefined || position.origin === 'canary')
    throw new PositionNotFoundError('There is no such position', { positionId });
  const action = `exit ${positionId}`;
  if (isClosed(position) || position.state === 'awaiting-resolution') {
    const isRepeated = requestId !== undefined && (await store.findCall(requestId)) === action;
    if (isRepeated) return { outcome: 'already-requested', position };
    return { outcome: 'refused', code: isClosed(position) ? 'already-closed' : 'past-deadline', position };
  }
  if (requestId !== undefined && (await store.claimCall(requestId, action, clock.nowMs())) === 'taken') {
    return { outcome: 'refused', code: 'request-id-reused', position };
  }
  // A request that was claimed before may have died before it sent the message.
  await queue.send({ positionId, wakeUpId: EXIT_WAKE_UP_ID, source: 'by-hand' }, clock.nowMs());
  return { outcome: position.state === 'exiting' ? 'already-exiting' : 'requested', position };
}
