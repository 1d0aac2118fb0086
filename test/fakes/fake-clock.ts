import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Clock } from '#lib/ports/clock.ts';

/** Virtual time that only the test moves. */
export type FakeClock = Clock & {
  /** Moves time forward and wakes each sleeper at its own time, in order. Throws when the test moves it back. */
  advanceTo(atMs: number): Promise<void>;
  advanceBy(durationMs: number): Promise<void>;
  /** Moves time from sleeper to sleeper until `work` is done. Real I/O in between takes no virtual time. */
  run<Value>(work: Promise<Value>): Promise<Value>;
  sleeperCount(): number;
  /** When the first sleeper wakes; infinity without one. */
  nextWakeAtMs(): number;
};

type Sleeper = { readonly atMs: number; readonly wake: () => void };

export function createFakeClock(startMs: number): FakeClock {
  let nowMs = startMs;
  let sleepers: readonly Sleeper[] = [];

  const wakeNext = (untilMs: number): boolean => {
    const [next] = sleepers.filter(({ atMs }) => atMs <= untilMs).toSorted((a, b) => a.atMs - b.atMs);
    if (next === undefined) return false;
    sleepers = sleepers.filter((sleeper) => sleeper !== next);
    nowMs = Math.max(nowMs, next.atMs);
    next.wake();
    return true;
  };

  const advanceTo = async (atMs: number): Promise<void> => {
    if (atMs < nowMs) throw new RangeError(`The clock is at ${nowMs} and cannot go back to ${atMs}`);
    // A woken sleeper may sleep again before `atMs`.
    do await nextTurn();
    while (wakeNext(atMs));
    nowMs = atMs;
  };

  return {
    nowMs: () => nowMs,
    sleepUntil: (atMs) => {
      if (atMs <= nowMs) return Promise.resolve();
      const { promise, resolve } = Promise.withResolvers<void>();
      sleepers = [...sleepers, { atMs, wake: resolve }];
      return promise;
    },
    advanceTo,
    advanceBy: (durationMs) => advanceTo(nowMs + durationMs),
    run: async (work) => {
      let isDone = false;
      const watched = work.finally(() => {
        isDone = true;
      });
      // The caller handles the rejection below; this keeps it from counting as unhandled meanwhile.
      watched.catch(() => undefined);
      await nextTurn();
      while (!isDone) {
        wakeNext(Number.POSITIVE_INFINITY);
        await nextTurn();
      }
      return watched;
    },
    sleeperCount: () => sleepers.length,
    nextWakeAtMs: () => Math.min(...sleepers.map(({ atMs }) => atMs)),
  };
}
