import { isEarlyExit } from '#lib/domain/evolve/close-position.ts';
import { EXIT_WAKE_UP_ID } from '#lib/domain/plan/plan-wake-up.ts';
import { dueAtMs, isClosed, type OpenPosition, type Position } from '#lib/domain/position/position.ts';
import type { Clock } from '#lib/ports/clock.ts';
import type { ExitQueue, WakeMessage } from '#lib/ports/exit-queue.ts';

/**
 * Sends the message for the wake-up that the row names. Called after the save, so that the message never arrives before
 * the row. The opening has sent the exit's message; it is sent again only after a manual request, or when its time has
 * come and the first one may have been dropped, or after a partial exit (`before` was exiting), which takes its place.
 * While an attempt is leased, the message is timed for the end of the lease.
 */
export async function sendWakeUp(
  deps: { readonly clock: Clock; readonly queue: Pick<ExitQueue, 'send'> },
  position: Position,
  before?: Position,
): Promise<void> {
  if (isClosed(position)) return;
  const isBack = position.state === 'holding' && before?.state === 'exiting';
  if (!isBack && isExitStillToCome(position, deps.clock.nowMs())) return;
  const { positionId, wakeUp, exitDueAtMs, policy } = position;
  const atMs = dueAtMs(position) ?? wakeUp.atMs;
  // The exit that follows a request is prepared in time, as the one by the opening's message.
  const isExit = before !== undefined && position.state !== 'awaiting-resolution' && atMs === exitDueAtMs;
  await deps.queue.send(
    { positionId, wakeUpId: wakeUp.id, source: 'retry', ...queueOf(position) },
    isExit ? atMs - policy.prepareLeadMs : atMs,
  );
}

/** Part of the message: which queue takes wake-ups of this position. */
export function queueOf({ state }: Pick<OpenPosition, 'state'>): Pick<WakeMessage, 'to'> {
  return state === 'awaiting-resolution' ? { to: 'settle' } : {};
}

function isExitStillToCome(position: OpenPosition, nowMs: number): boolean {
  if (position.state !== 'holding' || position.wakeUp.id !== EXIT_WAKE_UP_ID || isEarlyExit(position)) return false;
  return nowMs < position.wakeUp.atMs - position.policy.prepareLeadMs;
}
