import { SHARES_WAKE_UP_ID } from '#lib/domain/plan/plan-take-in.ts';
import { timerStartsExitAtMs } from '#lib/domain/plan/plan-timer.ts';
import { EXIT_WAKE_UP_ID } from '#lib/domain/plan/plan-wake-up.ts';
import { isAwaitingShares } from '#lib/domain/position/fill-totals.ts';
import { takesIn } from '#lib/domain/position/guarded-shares.ts';
import type { OpenPosition } from '#lib/domain/position/position.ts';
import type { Clock } from '#lib/ports/clock.ts';
import type { ExitQueue } from '#lib/ports/exit-queue.ts';

/** The sweep runs once a minute, and may be late. */
const NEXT_SWEEP_MS = 90_000;

/**
 * From the sweep, for a guarded position that holds shares: others may have come or left. A guard that died before it
 * set its wake-ups left a row without any: the exit's message is sent once more when it is near, for a little later
 * than the first one.
 * @throws UpstreamUnavailableError when it is not certain that the messages were accepted
 */
export async function sendSharesLook(
  { clock, queue }: { readonly clock: Pick<Clock, 'nowMs'>; readonly queue: Pick<ExitQueue, 'send'> },
  position: OpenPosition,
): Promise<boolean> {
  if (position.state !== 'holding' || !takesIn(position) || isAwaitingShares(position)) return false;
  const { positionId, exitDueAtMs } = position;
  const nowMs = clock.nowMs();
  await queue.send({ positionId, wakeUpId: SHARES_WAKE_UP_ID, source: 'sweep' }, nowMs);
  if (nowMs >= exitDueAtMs - NEXT_SWEEP_MS) {
    const atMs = Math.max(timerStartsExitAtMs(position), exitDueAtMs - position.policy.prepareLeadMs);
    await queue.send({ positionId, wakeUpId: EXIT_WAKE_UP_ID, source: 'timer' }, atMs);
  }
  return true;
}
