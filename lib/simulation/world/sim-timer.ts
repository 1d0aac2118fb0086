import { DEFAULT_TIMER_SETTINGS, planTimerAtMs } from '#lib/domain/plan/plan-timer.ts';
import { UpstreamUnavailableError } from '#lib/errors/errors.ts';
import type { Clock } from '#lib/ports/clock.ts';
import type { WakeMessage } from '#lib/ports/exit-queue.ts';
import type { ExitTimer } from '#lib/ports/exit-timer.ts';
import type { ServiceCall } from './function-instance.ts';
import type { SimQueue } from './sim-queue.ts';
import { travelMs, type World } from './world.ts';

export type SimTimerDeps = {
  readonly queue: SimQueue<WakeMessage>;
  /** Names of existing timers: a second timer of the same name is not made. */
  readonly known: Set<string>;
  readonly clock: Pick<Clock, 'nowMs'>;
  readonly call: ServiceCall;
};

/** Models EventBridge Scheduler: one-time timers, up to a minute late, more by fault. */
export function createSimTimer(world: World, { queue, known, clock, call }: SimTimerDeps): ExitTimer {
  const { time, dice } = world;
  const travel = (): number => travelMs(world);
  const fire = (positionId: string, atMs: number): void => {
    const lateMs = dice.roll('timer-late') ? dice.between('timer-late', 60_000, 300_000) : 0;
    const message: WakeMessage = { positionId, wakeUpId: 'exit', source: 'timer' };
    time.at(atMs + world.draw(60_000) + lateMs, () => queue.send(message, 0, 0));
  };
  const make = (positionId: string, atMs: number): void => {
    if (known.has(positionId)) return;
    known.add(positionId);
    if (!dice.roll('timer-lost')) fire(positionId, atMs);
    if (dice.roll('timer-duplicate')) fire(positionId, atMs);
  };
  return {
    schedule: (position) => {
      const { positionId } = position;
      const atMs = planTimerAtMs({ ...DEFAULT_TIMER_SETTINGS, ...position, nowMs: clock.nowMs() });
      return call('timer.schedule', travel, () => {
        if (atMs === null) throw new UpstreamUnavailableError('Too little time is left for a timer that still helps');
        if (dice.roll('timer-unavailable')) throw new UpstreamUnavailableError('The timer service did not answer');
        make(positionId, atMs);
        if (dice.roll('timer-answer-lost')) throw new UpstreamUnavailableError('The answer of the timer was lost');
      });
    },
  };
}
