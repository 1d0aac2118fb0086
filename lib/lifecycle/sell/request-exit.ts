import { isTaken } from '#lib/domain/evolve/evolve-requests.ts';
import { type ExitRefusal, findExitRefusal } from '#lib/domain/plan/plan-exit-request.ts';
import { EXIT_WAKE_UP_ID } from '#lib/domain/plan/plan-wake-up.ts';
import { activeRequest } from '#lib/domain/position/exit-request.ts';
import { isClosed, type OpenPosition, type Position } from '#lib/domain/position/position.ts';
import { PositionNotFoundError, VersionConflictError } from '#lib/errors/errors.ts';
import { getPosition, recordEvent } from '#lib/lifecycle/record-event.ts';
import type { Clock } from '#lib/ports/clock.ts';
import type { ExitQueue } from '#lib/ports/exit-queue.ts';
import type { PositionStore } from '#lib/ports/store/position-store.ts';

export type RequestExitDeps = {
  readonly store: Pick<PositionStore, 'find' | 'save' | 'findCall' | 'claimCall'>;
  readonly queue: Pick<ExitQueue, 'send'>;
  readonly clock: Pick<Clock, 'nowMs'>;
};

/** Of a part, or with a floor: what the queue's plain message does not say. */
export type ExitPart = { readonly sharesMicros?: bigint; readonly minPriceMicros?: bigint };

export type ExitCommand = ExitPart & {
  readonly positionId: string;
  /** Required with `sharesMicros`: nothing else tells a repeated call from a second one. */
  readonly requestId?: string;
};

export type RequestExitOutcome =
  /** The exit is due now: the queue was told, and `sell` posts the orders. */
  | { readonly outcome: 'requested'; readonly position: Position }
  /** It had begun before. */
  | { readonly outcome: 'already-exiting'; readonly position: Position }
  /** The same request asked for it before, and nothing is left to sell, or its part was taken. */
  | { readonly outcome: 'already-requested'; readonly position: Position }
  | {
      readonly outcome: 'refused';
      readonly code: 'already-closed' | 'past-deadline' | 'request-id-reused';
      readonly position: Position;
    }
  | ({ readonly outcome: 'refused'; readonly position: Position } & ExitRefusal);

/**
 * Asks for the exit of a position now. It sells nothing itself: the message makes the exit due, and every law of a due
 * exit holds. Repeating it sends the message again, which changes nothing once the exit has begun. A part, or a floor,
 * is saved in the row before the message is sent, once for each request id.
 * @throws PositionNotFoundError, CorruptRowError
 * @throws StoreUnavailableError, UpstreamUnavailableError it is not known whether the exit was requested; repeat it
 */
export async function requestExit(deps: RequestExitDeps, command: ExitCommand): Promise<RequestExitOutcome> {
  const { store, queue, clock } = deps;
  const { positionId, requestId, sharesMicros, minPriceMicros } = command;
  const position = await store.find(positionId);
  // The canary proves that the timers start an exit. Leaving it by hand would hide that they do not.
  if (position === undefined || position.origin === 'canary')
    throw new PositionNotFoundError('There is no such position', { positionId });
  const isOwn = sharesMicros !== undefined || minPriceMicros !== undefined;
  const action = isOwn ? `exit ${positionId} ${sharesMicros ?? 'all'} ${minPriceMicros ?? 0}` : `exit ${positionId}`;
  if (isClosed(position) || position.state === 'awaiting-resolution') {
    const isRepeated = requestId !== undefined && (await store.findCall(requestId)) === action;
    if (isRepeated) return { outcome: 'already-requested', position };
    return { outcome: 'refused', code: isClosed(position) ? 'already-closed' : 'past-deadline', position };
  }
  if (requestId !== undefined && (await store.claimCall(requestId, action, clock.nowMs())) === 'taken') {
    return { outcome: 'refused', code: 'request-id-reused', position };
  }
  if (isOwn) return requestPart(deps, position, command);
  // A request that was claimed before may have died before it sent the message.
  await queue.send({ positionId, wakeUpId: EXIT_WAKE_UP_ID, source: 'by-hand' }, clock.nowMs());
  // A part or a floor that is still being tried is not the exit of everything: this request takes its place.
  const hasBegun = position.state === 'exiting' && activeRequest(position, clock.nowMs()) === undefined;
  return { outcome: hasBegun ? 'already-exiting' : 'requested', position };
}

async function requestPart(
  deps: RequestExitDeps,
  position: OpenPosition,
  command: ExitCommand,
): Promise<RequestExitOutcome> {
  const asked = await recordExitPart(deps, position, command);
  if (asked.outcome === 'refused') return asked;
  const after = asked.position;
  // A request that was saved before may have died before it sent the message: a second one is dropped.
  if (!isClosed(after) && after.state !== 'awaiting-resolution') {
    const { positionId, wakeUp } = after;
    await deps.queue.send({ positionId, wakeUpId: wakeUp.id, source: 'retry' }, wakeUp.atMs);
  }
  return asked;
}

/** Tries on a row that other invocations keep changing. */
const TRIES_MAX = 5;

/** Saves a request for a part, or with a floor, unless the row has taken it: of two copies one meets a newer row. */
export async function recordExitPart(
  deps: Pick<RequestExitDeps, 'clock'> & { readonly store: Pick<PositionStore, 'find' | 'save'> },
  loaded: OpenPosition,
  { requestId, sharesMicros, minPriceMicros }: ExitPart & { readonly requestId?: string },
): Promise<RequestExitOutcome> {
  let position: Position = loaded;
  for (let tries = 1; ; tries += 1) {
    if (isTaken(position, requestId)) return { outcome: 'already-requested', position };
    if (isClosed(position) || position.state === 'awaiting-resolution') {
      return { outcome: 'refused', code: isClosed(position) ? 'already-closed' : 'past-deadline', position };
    }
    const atMs = deps.clock.nowMs();
    const part = {
      ...(sharesMicros !== undefined && { sharesMicros }),
      ...(minPriceMicros !== undefined && { minPriceMicros }),
    };
    const refusal = findExitRefusal(position, part, atMs);
    if (refusal !== null) return { outcome: 'refused', position, ...refusal };
    try {
      const event = { type: 'exit-requested', atMs, ...(requestId !== undefined && { requestId }), ...part } as const;
      return { outcome: 'requested', position: await recordEvent(deps, position, event) };
    } catch (error) {
      if (!(error instanceof VersionConflictError) || tries === TRIES_MAX) throw error;
      position = await getPosition(deps, position.positionId);
    }
  }
}
