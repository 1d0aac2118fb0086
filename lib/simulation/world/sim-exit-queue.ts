import { UpstreamUnavailableError } from '#lib/errors/errors.ts';
import type { Clock } from '#lib/ports/clock.ts';
import type { ExitQueue, WakeMessage } from '#lib/ports/exit-queue.ts';
import type { FunctionInstance, ServiceCall } from './function-instance.ts';
import type { SimQueue } from './sim-queue.ts';
import { travelMs, type World } from './world.ts';

const DELAY_SECONDS_MAX = 900;

export type SimExitQueueDeps = {
  readonly queue: SimQueue<WakeMessage>;
  readonly settleQueue: SimQueue<WakeMessage>;
  readonly clock: Pick<Clock, 'nowMs'>;
  readonly call: ServiceCall;
  readonly instance: Pick<FunctionInstance, 'hopCount'>;
};

/** The exit queue's port of one instance: whole seconds by its own clock, one hop more than its trigger. */
export function createSimExitQueue(
  world: World,
  { queue, settleQueue, clock, call, instance }: SimExitQueueDeps,
): ExitQueue {
  const { dice } = world;
  const travel = (): number => travelMs(world);
  const fail = (message: string): never => {
    world.noteDisruption();
    throw new UpstreamUnavailableError(message);
  };
  return {
    send: (message, atMs) => {
      const seconds = Math.min(DELAY_SECONDS_MAX, Math.max(0, Math.ceil((atMs - clock.nowMs()) / 1_000)));
      return call('queue.send', travel, () => {
        if (dice.roll('queue-unavailable')) fail('The queue did not accept the message');
        const { plannedAtMs: _, ...sent } = message;
        const { wakeUpId, source, to } = message;
        const receiver = to === 'settle' ? settleQueue : queue;
        receiver.send(sent, 1_000 * seconds, instance.hopCount + 1);
        world.note(to ?? 'exit', () => `is to deliver ${wakeUpId} (${source}) in ${seconds} s`);
        if (dice.roll('queue-answer-lost')) fail('The answer of the queue was lost');
      });
    },
  };
}
