import type { PositionTerms } from '#lib/domain/position/position.ts';
import type { SetbackCause } from '#lib/domain/refusal/refusal.ts';
import type { PositionChange, PositionStore } from '#lib/ports/position-store.ts';

/** What a saved step tells those who watch whether positions get out in time. */
export type StepFacts = {
  /** A sell was written down and is posted next. */
  readonly isExitAttempt: boolean;
  /** Why a sell was not taken, refused or put off; null when it was not that. */
  readonly exitSetback: SetbackCause | null;
  /** The venue refused an order, buy or sell, in words we do not know. */
  readonly isUnrecognised: boolean;
  /** From the exit's due time to the posting of the position's first sell; null for every other step. */
  readonly orderLatenessMs: number | null;
};

/** The buy is number one: a position never buys twice. */
const FIRST_SELL_NUMBER = 2;

/** Null for a canary: it has numbers of its own, and must not make the suite look busier or worse than it is. */
export function factsOfStep(change: PositionChange): StepFacts | null {
  const { before, event, evidence } = change;
  if (!isWatched(before)) return null;
  return {
    isExitAttempt: event.type === 'sell-intended' || event.type === 'sell-reposted',
    exitSetback: exitSetbackOf(change),
    // A buy that was refused like that is looked up as one whose answer was lost.
    isUnrecognised:
      (event.type === 'order-refused' && event.code === 'unrecognised') || evidence.isUnrecognised === true,
    orderLatenessMs: orderLatenessMs(change),
  };
}

function isWatched({ origin }: Pick<PositionTerms, 'origin'>): boolean {
  return origin === 'request';
}

function exitSetbackOf({ before, event }: PositionChange): SetbackCause | null {
  if (event.type !== 'order-refused' && event.type !== 'order-not-sent') return null;
  const attempt = before.attempts.find(({ intent }) => intent.orderHash === event.orderHash);
  if (attempt?.intent.side !== 'SELL') return null;
  return event.type === 'order-refused' ? event.cause : event.code;
}

/** The answer to the first post of the first sell carries when that was posted. */
function orderLatenessMs({ before, event, evidence }: PositionChange): number | null {
  if (!('orderHash' in event) || typeof evidence.postedAtMs !== 'number') return null;
  const attempt = before.attempts.find(({ intent }) => intent.orderHash === event.orderHash);
  const isFirst = attempt?.intent.attemptNumber === FIRST_SELL_NUMBER && attempt.postCount === 1;
  return isFirst ? evidence.postedAtMs - before.exitDueAtMs : null;
}

/** The same store, which tells of every step once it is saved. */
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
