import { setTimeout as pause } from 'node:timers/promises';
import type { Clock } from '#lib/ports/clock.ts';

/**
 * The machine's clock for a run that may be broken off: whoever sleeps then is woken by an error, so that no sleep keeps the process
 * from ending. Some milliseconds late, which is enough for people and workers.
 */
export function createInterruptibleClock(signal: AbortSignal): Clock {
  return {
    nowMs: () => Date.now(),
    sleepUntil: async (atMs) => {
      signal.throwIfAborted();
      // A timer may fire a millisecond early.
      for (let leftMs = atMs - Date.now(); leftMs > 0; leftMs = atMs - Date.now()) {
        await pause(Math.ceil(leftMs), undefined, { signal });
      }
    },
  };
}
