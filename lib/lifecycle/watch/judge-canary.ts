import { noticeKeyOf } from '#lib/domain/news/domain-event.ts';
import type { Position, PositionState } from '#lib/domain/position/position.ts';
import type { Clock } from '#lib/ports/clock.ts';
import type { NoticeLedger } from '#lib/ports/store/notice-ledger.ts';
import type { PositionStore } from '#lib/ports/store/position-store.ts';

export type FindCanaryDeps = {
  readonly clock: Pick<Clock, 'nowMs'>;
  readonly store: Pick<PositionStore, 'find' | 'findIdByRequest'>;
};

export type JudgeCanaryDeps = FindCanaryDeps & {
  /** Without it only the position's own end is judged: no function of this deployment takes notices. */
  readonly ledger?: Pick<NoticeLedger, 'isSent'>;
};

export type CanaryVerdict =
  /** None was sent, or nothing was bought. */
  | { readonly outcome: 'none' }
  | {
      readonly outcome: 'judged';
      readonly positionId: string;
      readonly state: PositionState;
      /** Sold, and the trades are final. */
      readonly isSold: boolean;
      /** Its alert went from table to stream, bus, topic and queue to the discord function, which does not post it. */
      readonly isAnnounced: boolean;
      /** From its exit due time to its first sell, or to now while there was none. */
      readonly latenessMs: number;
    };

/** Request id of the canary whose period begins at `slotMs`. The same id never opens two. */
export const canaryRequestId = (slotMs: number): string => `canary-${slotMs}`;

/** Beginning of the period that contains `atMs`. */
export const canarySlotMs = (atMs: number, periodMs: number): number => Math.floor(atMs / periodMs) * periodMs;

/** Judges a canary that should have ended some time ago. @throws StoreUnavailableError, CorruptRowError */
export async function judgeCanary(deps: JudgeCanaryDeps, requestId: string): Promise<CanaryVerdict> {
  const position = await findCanary(deps, requestId);
  if (position === undefined || position.state === 'voided') return { outcome: 'none' };
  const isSold = position.state === 'exited';
  const soldAtMs = position.firstExitAttemptAtMs ?? deps.clock.nowMs();
  return {
    outcome: 'judged',
    positionId: position.positionId,
    state: position.state,
    isSold,
    isAnnounced: isSold && (await isAnnounced(deps, position)),
    latenessMs: soldAtMs - position.exitDueAtMs,
  };
}

async function findCanary({ store }: FindCanaryDeps, requestId: string): Promise<Position | undefined> {
  const positionId = await store.findIdByRequest(requestId);
  return positionId === undefined ? undefined : store.find(positionId);
}

/** A position sold by the clock leaves an alert with its last version. */
async function isAnnounced({ ledger }: JudgeCanaryDeps, { positionId, version }: Position): Promise<boolean> {
  if (ledger === undefined) return true;
  return ledger.isSent(noticeKeyOf({ type: 'position-alert', positionId, version }));
}

/** Periods that are searched for a canary. */
const SLOT_COUNT_MAX = 12;

/**
 * When a timer last fired: canaries are woken by timers alone, so it is the first sell of the newest canary that has
 * one. Null when none of the last twelve has. @throws StoreUnavailableError, CorruptRowError
 */
export async function findLastTimerMs(deps: FindCanaryDeps, periodMs: number): Promise<number | null> {
  const newestSlotMs = canarySlotMs(deps.clock.nowMs(), periodMs);
  for (let back = 0; back < SLOT_COUNT_MAX; back += 1) {
    const canary = await findCanary(deps, canaryRequestId(newestSlotMs - back * periodMs));
    const soldAtMs = canary?.firstExitAttemptAtMs ?? null;
    if (soldAtMs !== null) return soldAtMs;
  }
  return null;
}
