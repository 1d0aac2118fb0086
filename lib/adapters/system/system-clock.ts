import { setImmediate as nextTurn, setTimeout as pause } from 'node:timers/promises';
import type { Clock } from '#lib/ports/clock.ts';

/**
 * `setTimeout` fires up to 1.4 ms early or a few ms late (measured), so the last stretch is spent turning the event
 * loop.
 */
const TURNING_MS = 2;
const PAUSE_MS_MAX = 2 ** 31 - 1;

export const systemClock: Clock = {
  nowMs: () => Date.now(),
  sleepUntil: async (atMs, precision = 'exact') => {
    const turningMs = precision === 'exact' ? TURNING_MS : 0;
    for (let leftMs = atMs - Date.now(); leftMs > 0; leftMs = atMs - Date.now()) {
      if (leftMs > turningMs) await pause(Math.min(leftMs - turningMs, PAUSE_MS_MAX));
      else await nextTurn();
    }
  },
};
