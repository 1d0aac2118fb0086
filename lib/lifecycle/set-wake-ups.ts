import { hasDelayedMessage } from '#lib/domain/plan/plan-timer.ts';
import { EXIT_WAKE_UP_ID } from '#lib/domain/plan/plan-wake-up.ts';
import type { OpenPosition } from '#lib/domain/position/position.ts';
import type { Clock } from '#lib/ports/clock.ts';
import type { ExitQueue } from '#lib/ports/exit-queue.ts';
import type { ExitTimer } from '#lib/ports/exit-timer.ts';

export type SetWakeUpsDeps = {
  readonly clock: Pick<Clock, 'nowMs'>;
  readonly queue: Pick<ExitQueue, 'send'>;
  readonly timer: ExitTimer;
};

/**
 * Wake-ups A and B of the exit. Safe to repeat.
 * @throws UpstreamUnavailableError when it is not certain that both exist
 */
export async function setWakeUps(deps: SetWakeUpsDeps, position: OpenPosition): Promise<void> {
  const { positionId, exitDueAtMs, policy } = position;
  const messageAtMs = exitDueAtMs - policy.prepareLeadMs;
  await Promise.all([
    deps.timer.schedule(position),
    hasDelayedMessage(position, deps.clock.nowMs())
      ? deps.queue.send({ positionId, wakeUpId: EXIT_WAKE_UP_ID, source: 'delay' }, messageAtMs)
      : undefined,
  ]);
}
