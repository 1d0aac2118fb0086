import { leaseUntilMs } from '#lib/domain/position/exit-policy.ts';
import type { SetbackCause } from '#lib/domain/refusal/refusal.ts';
import type { PositionChange, PositionStore } from '#lib/ports/store/position-store.ts';

/** What a saved step means for the metrics. */
export type StepFacts = {
  /** A sell's intent was saved; the order is posted next. */
  readonly isExitAttempt: boolean;
  /** Why a sell was refused or not sent; null otherwise. */
  readonly exitSetback: SetbackCause | null;
  /** The step paged because the exit sells nothing. */
  readonly isExitFailing: boolean;
  /** The venue refused an order, buy or sell, with a text that is not recognised. */
  readonly isUnrecognised: boolean;
  /** From the exit's due time to the posting of the position's first sell; null for every other step. */
  readonly orderLatenessMs: number | null;
};

/** Null for a canary, which has metrics of its own. */
export function factsOfStep(change: PositionChange): StepFacts | null {
  const { before, event, evidence } = change;
  if (before.origin === 'canary') return null;
  return {
    isExitAttempt: event.type === 'sell-intended' || event.type === 'sell-reposted',
    exitSetback: exitSetbackOf(change),
    isExitFailing: change.alert?.kind === 'exit-failing',
    // A buy refused like that is recorded as one whose answer was lost.
    isUnrecognised:
      (event.type === 'order-refused' && event.code === 'unrecognised') || evidence.isUnrecognised === true,
    orderLatenessMs: orderLatenessMs(change),
  };
}

function exitSetbackOf({ before, event }: PositionChange): SetbackCause | null {
  if (event.type !== 'order-refused' && event.type !== 'order-not-sent') return null;
  const attempt = before.attempts.find(({ intent }) => intent.orderHash === event.orderHash);
  if (attempt?.intent.side !== 'SELL') return null;
  return event.type === 'order-refused' ? event.cause : event.code;
}

/** From the answer to the first post of the exit's first sell. What a request sold before it is no exit. */
function orderLatenessMs({ before, event, evidence }: PositionChange): number | null {
  const { firstExitAttemptAtMs, holdLook, policy } = before;
  // A held exit is due whenever its rule says so.
  if (holdLook !== undefined) return null;
  if (!('orderHash' in event) || typeof evidence.postedAtMs !== 'number' || firstExitAttemptAtMs === null) return null;
  const attempt = before.attempts.find(({ intent }) => intent.orderHash === event.orderHash);
  const isLeased = attempt?.phase === 'posting' && attempt.intent.side === 'SELL' && attempt.postCount === 1;
  const isFirst = isLeased && attempt.leaseUntilMs === leaseUntilMs(policy, firstExitAttemptAtMs);
  return isFirst ? evidence.postedAtMs - before.exitDueAtMs : null;
}

/** The same store, which calls `onStep` after each saved step. */
export function watchSteps<Store extends Pick<PositionStore, 'save'>>(
  store: Store,
  onStep: (facts: StepFacts) => void,
): Store {
  return {
    ...store,
    save: async (change) => {
      await store.save(change);
      const facts = factsOfStep(change);
      if (facts !== null) onStep(facts);
    },
  };
}
