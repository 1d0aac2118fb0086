import { encodeWakeMessage } from '#lib/contracts/wake-body.ts';
import { UpstreamUnavailableError } from '#lib/errors/errors.ts';
import type { Clock } from '#lib/ports/clock.ts';
import type { ExitQueue } from '#lib/ports/exit-queue.ts';
import type { SimQueue } from './sim-queue.ts';
import { travelMs, type World } from './world.ts';

const DELAY_SECONDS_MAX = 900;

/** The exit queue's port as one incarnation has it: whole seconds by its own clock, one hop further than its trigger. */
export function createSimExitQueue(
  world: World,
  deps: { readonly queue: SimQueue; readonly clock: Pick<Clock, 'nowMs'>; readonly hopCount: number },
): ExitQueue {
  const { time, dice } = world;
  return {
    send: async (message, atMs) => {
      const seconds = Math.min(DELAY_SECONDS_MAX, Math.max(0, Math.ceil((atMs - deps.clock.nowMs()) / 1_000)));
      await time.sleepUntil(time.nowMs() + travelMs(world));
      if (dice.roll('queue-unavailable')) {
        world.trouble();
        throw new UpstreamUnavailableError('The queue did not take the message');
      }
      deps.queue.send(encodeWakeMessage(message), 1_000 * seconds, deps.hopCount + 1);
      world.note('exit', () => `is to deliver ${message.wakeUpId} (${message.source}) in ${seconds} s`);
      if (dice.roll('queue-answer-lost')) {
        world.trouble();
        throw new UpstreamUnavailableError('The answer of the queue was lost');
      }
    },
  };
}
