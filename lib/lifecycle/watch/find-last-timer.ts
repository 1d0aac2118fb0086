import type { Clock } from '#lib/ports/clock.ts';
import type { PositionStore } from '#lib/ports/position-store.ts';
import { canaryRequestId, canarySlotMs } from './canary-request-id.ts';

export type FindLastTimerDeps = {
  readonly clock: Pick<Clock, 'nowMs'>;
  readonly store: Pick<PositionStore, 'find' | 'findIdByRequest'>;
};

/** Runs that are looked back at; more than an hour of silence is silence. */
const SLOT_COUNT_MAX = 12;

/**
 * When a timer last did its work: only a timer wakes a canary, so the newest canary that tried to sell tells. Null when none of the
 * last dozen did. @throws StoreUnavailableError, CorruptRowError
 */
export async function findLastTimerMs({ clock, store }: FindLastTimerDeps, periodMs: number): Promise<number | null> {
  const newestSlotMs = canarySlotMs(clock.nowMs(), periodMs);
  for (let back = 0; back < SLOT_COUNT_MAX; back += 1) {
    const positionId = await store.findIdByRequest(canaryRequestId(newestSlotMs - back * periodMs));
    const position = positionId === undefined ? undefined : await store.find(positionId);
    const soldAtMs = position?.firstExitAttemptAtMs ?? null;
    if (soldAtMs !== null) return soldAtMs;
  }
  return null;
}
