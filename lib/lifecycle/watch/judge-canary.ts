import { noticeKeyOf } from '#lib/domain/news/domain-event.ts';
import type { Position, PositionState } from '#lib/domain/position/position.ts';
import type { Clock } from '#lib/ports/clock.ts';
import type { NoticeLedger } from '#lib/ports/notice-ledger.ts';
import type { PositionStore } from '#lib/ports/position-store.ts';

export type JudgeCanaryDeps = {
  readonly clock: Pick<Clock, 'nowMs'>;
  readonly store: Pick<PositionStore, 'find' | 'findIdByRequest'>;
  /** Without it, only the position's own end is looked at: this deployment has nobody who would take its news. */
  readonly ledger?: Pick<NoticeLedger, 'isSent'>;
};

export type CanaryVerdict =
  /** None was sent, or nothing was bought: there is nothing to judge. */
  | { readonly outcome: 'none' }
  | {
      readonly outcome: 'judged';
      readonly positionId: string;
      readonly state: PositionState;
      /** Sold and final. */
      readonly isSold: boolean;
      /** Its end went from table to stream, bus, topic and queue to the discord function, which tells nobody of it. */
      readonly isAnnounced: boolean;
      /** From its exit due time to its first sell; as long as none was made, to now. */
      readonly latenessMs: number;
    };

/** How a canary fared, seen when it should have been gone for a while. @throws StoreUnavailableError, CorruptRowError */
export async function judgeCanary(deps: JudgeCanaryDeps, requestId: string): Promise<CanaryVerdict> {
  const positionId = await deps.store.findIdByRequest(requestId);
  const position = positionId === undefined ? undefined : await deps.store.find(positionId);
  if (position === undefined || position.state === 'voided') return { outcome: 'none' };
  const soldAtMs = position.firstExitAttemptAtMs ?? deps.clock.nowMs();
  return {
    outcome: 'judged',
    positionId: position.positionId,
    state: position.state,
    isSold: position.state === 'exited',
    isAnnounced: position.state === 'exited' && (await isAnnounced(deps, position)),
    latenessMs: soldAtMs - position.exitDueAtMs,
  };
}

/** Sold by the clock, a position leaves an alert with its last version: that one has to have come through. */
async function isAnnounced({ ledger }: JudgeCanaryDeps, { positionId, version }: Position): Promise<boolean> {
  if (ledger === undefined) return true;
  return ledger.isSent(noticeKeyOf({ type: 'position-alert', positionId, version }));
}
