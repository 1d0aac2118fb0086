import { isByHand } from '#lib/domain/close-position.ts';
import { EXIT_WAKE_UP_ID } from '#lib/domain/plan-wake-up.ts';
import { isClosed, type OpenPosition, type Position } from '#lib/domain/position.ts';
import type { ExitQueue } from '#lib/ports/exit-queue.ts';

/**
 * Sends the message for the wake-up the row now names; always after the save, so that the message never speaks of a row
 * that does not exist. The exit's own message and timer were sent at the opening and are sent again only when somebody moved the exit.
 */
export async function sendWakeUp(deps: { readonly queue: Pick<ExitQueue, 'send'> }, position: Position): Promise<void> {
  if (isClosed(position) || position.wakeUp === null || isExitAsOpened(position)) return;
  const { positionId, wakeUp } = position;
  await deps.queue.send({ positionId, wakeUpId: wakeUp.id, source: 'retry' }, wakeUp.atMs);
}

function isExitAsOpened(position: OpenPosition): boolean {
  return position.wakeUp?.id === EXIT_WAKE_UP_ID && !isByHand(position);
}
