import type { Clock } from '#lib/ports/clock.ts';

export type Raced<Value> = { readonly isLate: false; readonly value: Value } | { readonly isLate: true };

/**
 * Waits for the work until `deadlineAtMs`. After that the work goes on, and a later failure of it is ignored. Throws as
 * the work does.
 */
export async function raceDeadline<Value>(
  clock: Pick<Clock, 'nowMs'>,
  work: Promise<Value>,
  deadlineAtMs: number,
): Promise<Raced<Value>> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<Raced<Value>>((resolve) => {
    timer = setTimeout(() => resolve({ isLate: true }), Math.max(0, deadlineAtMs - clock.nowMs()));
  });
  work.catch(() => {});
  try {
    return await Promise.race([work.then((value) => ({ isLate: false, value }) as const), late]);
  } finally {
    clearTimeout(timer);
  }
}
