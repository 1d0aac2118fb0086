import { DUST_SHARES_MICROS, isSettled, remainingSharesMicros } from '#lib/domain/position/fill-totals.ts';
import type { LiveAttempt } from '#lib/domain/position/order-attempt.ts';
import { CANCEL_PROOF_MS, isResting, isUnresolved } from '#lib/domain/position/order-attempt.ts';
import type {
  AwaitingResolutionPosition,
  BuyingPosition,
  ExitingPosition,
  HoldingPosition,
  OpenPosition,
  PositionRecord,
  WakeUp,
} from '#lib/domain/position/position.ts';
import { deadlineAtMs } from '#lib/domain/position/position.ts';

/** Id of the wake-up that starts the exit; timer and delayed message carry it from the opening on. */
export const EXIT_WAKE_UP_ID = 'exit';

/**
 * Id of the message that brings the deadline: sent when the exit begins, so that a dead chain of retries still ends on
 * time.
 */
export const DEADLINE_WAKE_UP_ID = 'deadline';

/** How long an opening may take before somebody else may call it abandoned: the function's own timeout and more. */
export const OPENING_LEASE_MS = 20_000;

/** No look-up is planned this close to the exit: it would take the exit's place as the one wake-up. */
const QUIET_BEFORE_EXIT_MS = 10_000;

/**
 * Pauses between look-ups, by how long the order has been open: settlement takes 2 to 4 s, its tail 50 s (venue §3.5).
 */
const LOOK_UP_PAUSES = [
  { untilAgeMs: 4_000, pauseMs: 1_000 },
  { untilAgeMs: 10_000, pauseMs: 2_000 },
  { untilAgeMs: 60_000, pauseMs: 5_000 },
  { untilAgeMs: 600_000, pauseMs: 30_000 },
  { untilAgeMs: Number.MAX_SAFE_INTEGER, pauseMs: 300_000 },
] as const;

export function lookUpPauseMs(ageMs: number): number {
  return LOOK_UP_PAUSES.find((step) => ageMs < step.untilAgeMs)?.pauseMs ?? 300_000;
}

/**
 * How old a matched order is when it is first asked whether its trades are final, which takes 2 to 4 s from the match
 * (venue §3.5); an order is up to a second older than its match. Each earlier question would be a transaction, a
 * message and an invocation to learn nothing: a good part of what a position costs (`npm run cost`). A sale that fails
 * has to be made again while there is time, so it is asked for sooner; sooner still, and the second or third answer
 * would be the first with news, and come no earlier.
 */
const FIRST_QUESTION_AGE_MS = { buy: 6_000, sell: 5_000 } as const;

/** How often the venue is asked whether bought shares have arrived, while a refused sell waits to be posted again. */
export const BALANCE_PAUSE_MS = 2_500;

/** Names the wake-up after the version that plans it: no two steps of a position share an id. */
function wakeUpAt(record: PositionRecord, atMs: number): WakeUp {
  return { id: `v${record.version}`, atMs };
}

function oldestOrderAgeMs({ attempts, trades }: PositionRecord, nowMs: number): number {
  let ageMs = 0;
  for (const { intent } of attempts) ageMs = Math.max(ageMs, nowMs - intent.timestampMs);
  for (const { status, matchedAtMs } of trades) {
    if (status === 'provisional') ageMs = Math.max(ageMs, nowMs - matchedAtMs);
  }
  return ageMs;
}

/**
 * An order that may still be filled is asked after at once; trades that only have to become final are given the time
 * that takes.
 */
function questionPauseMs(record: PositionRecord, nowMs: number, firstAgeMs: number): number {
  const ageMs = oldestOrderAgeMs(record, nowMs);
  const pauseMs = lookUpPauseMs(ageMs);
  return record.attempts.some(isUnresolved) ? pauseMs : Math.max(pauseMs, firstAgeMs - ageMs);
}

function leaseEndMs(attempts: readonly LiveAttempt[]): number | undefined {
  const posting = attempts.find((attempt) => attempt.phase === 'posting');
  return posting?.phase === 'posting' ? posting.leaseUntilMs : undefined;
}

/** While buying: the lease of the opening or of its buy, then look-ups, at the latest the deadline. */
export function wakeUpWhileBuying(record: Omit<BuyingPosition, 'wakeUp'>, nowMs: number): WakeUp {
  const pauseMs = record.attempts.length === 0 ? OPENING_LEASE_MS : lookUpPauseMs(oldestOrderAgeMs(record, nowMs));
  const leaseUntilMs = leaseEndMs(record.attempts) ?? nowMs;
  // A lease that ran out is no time to wait for: the look-ups go on at their own pace.
  const atMs = leaseUntilMs > nowMs ? leaseUntilMs : nowMs + pauseMs;
  return wakeUpAt(record, Math.min(atMs, deadlineAtMs(record)));
}

/**
 * While holding: look-ups until every trade of the buy is final, but never in the exit's way. Once the exit is due, an
 * order that may still be filled keeps it waiting (law 3), and is looked up until it does not.
 */
export function wakeUpWhileHolding(record: Omit<HoldingPosition, 'wakeUp'>, nowMs: number): WakeUp {
  const exit = { id: EXIT_WAKE_UP_ID, atMs: record.exitDueAtMs };
  if (isSettled(record)) return exit;
  const atMs = nowMs + questionPauseMs(record, nowMs, FIRST_QUESTION_AGE_MS.buy);
  const isExitBlocked = nowMs >= record.exitDueAtMs - record.policy.prepareLeadMs && record.attempts.some(isUnresolved);
  if (isExitBlocked) return wakeUpAt(record, Math.min(atMs, deadlineAtMs(record)));
  return atMs < record.exitDueAtMs - QUIET_BEFORE_EXIT_MS ? wakeUpAt(record, atMs) : exit;
}

/**
 * While exiting: the next try or look-up after its pause. Too late for a new order, or with none left to try, it is the
 * deadline, which is also the latest in every other case.
 */
export function wakeUpWhileExiting(
  record: Omit<ExitingPosition, 'wakeUp'>,
  nowMs: number,
  givenPauseMs?: number,
): WakeUp {
  const deadlineMs = deadlineAtMs(record);
  const hasOpenQuestion = record.attempts.some(isUnresolved);
  const hasShares = remainingSharesMicros(record) >= DUST_SHARES_MICROS;
  // With nothing left to sell only the settlement is awaited, at its own, calmer pace.
  const pauseMs = hasShares ? tryPauseMs(record) : questionPauseMs(record, nowMs, FIRST_QUESTION_AGE_MS.sell);
  const wishedMs = givenPauseMs ?? pauseMs;
  const isTry = hasShares && !hasOpenQuestion;
  const wishedAtMs = nowMs + (isTry ? rationedPauseMs(record, nowMs, wishedMs) : wishedMs);
  const lastTryMs = record.attempts.some(isResting) ? lastCancelAtMs(record) : lastTryAtMs(record);
  // No pause passes over the last chance: at that time the exit takes any bid.
  const atMs = hasShares && nowMs < lastTryMs ? Math.min(wishedAtMs, lastTryMs) : wishedAtMs;
  const isTooLateToSell = atMs > record.marketEndsAtMs - record.policy.lastOrderLeadMs;
  const isSpent = record.attemptCount >= record.policy.attemptCountMax;
  if (isTry && (isTooLateToSell || isSpent)) return wakeUpAt(record, deadlineMs);
  return wakeUpAt(record, Math.min(atMs, deadlineMs));
}

/** From this share of the policy's tries on, what is left is spread over the time that is left. */
const SCARCE_SHARE = 4;

/**
 * The pause before the next try, long enough for the tries that are left to last until the last chance (`lastTryAtMs`).
 * They are counted, so that no fault can make an exit go round without end; but one that has none left while there is
 * time would let the shares expire. An exit by hand leaves half of them to the clock's.
 */
function rationedPauseMs(record: PositionRecord, nowMs: number, pauseMs: number): number {
  const { attemptCount, marketEndsAtMs, policy } = record;
  const clockExitAtMs = marketEndsAtMs - policy.exitLeadMs;
  const isByHand = nowMs < clockExitAtMs;
  const reserve = isByHand ? Math.floor(policy.attemptCountMax / 2) : 0;
  const leftCount = policy.attemptCountMax - attemptCount - reserve;
  if (leftCount > policy.attemptCountMax / SCARCE_SHARE) return pauseMs;
  const leftMs = (isByHand ? clockExitAtMs : lastTryAtMs(record)) - nowMs;
  return Math.max(pauseMs, Math.ceil(leftMs / Math.max(leftCount, 1)));
}

/** When the last try is woken at the latest: message and reads take their time before the last order may leave. */
function lastTryAtMs({ marketEndsAtMs, policy }: Pick<PositionRecord, 'marketEndsAtMs' | 'policy'>): number {
  return marketEndsAtMs - policy.lastOrderLeadMs - policy.lastOrderLeadMs / 4;
}

/** Cancelled later than this, a resting order would be off the book and no other could follow: it is left there. */
export function lastCancelAtMs(record: Pick<PositionRecord, 'marketEndsAtMs' | 'policy'>): number {
  return lastTryAtMs(record) - CANCEL_PROOF_MS;
}

/** An order that rests is given time to find a buyer; once it is cancelled, what became of it is asked soon. */
function tryPauseMs(record: Omit<ExitingPosition, 'wakeUp'>): number {
  if (record.attempts.some(isResting)) return record.policy.slowRetryDelayMs;
  if (record.attempts.some((attempt) => attempt.phase === 'cancelled')) return retryPauseMs({ ...record, ...NO_TRIES });
  return retryPauseMs(record);
}

const NO_TRIES = { fruitlessCount: 0, noBuyerCount: 0 } as const;

/**
 * The pause after so many fruitless tries in a row: 1, 1, 2, 3, 5, 5, 10, 10 … s in production. A search for buyers
 * begins anew: that the shares took long to settle says nothing about the book.
 */
export function retryPauseMs(exiting: Pick<ExitingPosition, 'policy' | 'fruitlessCount' | 'noBuyerCount'>): number {
  const { retryDelaysMs, slowRetryDelayMs } = exiting.policy;
  const count = exiting.noBuyerCount > 0 ? exiting.noBuyerCount : exiting.fruitlessCount;
  const index = Math.min(Math.max(count - 1, 0), retryDelaysMs.length - 1);
  return retryDelaysMs[index] ?? slowRetryDelayMs;
}

/** After the deadline: look-ups while an order is not final; after that only the market's result is missing. */
export function wakeUpWhileAwaiting(record: Omit<AwaitingResolutionPosition, 'wakeUp'>, nowMs: number): WakeUp | null {
  if (isSettled(record)) return null;
  const sinceDeadlineMs = Math.max(nowMs - deadlineAtMs(record), 0);
  const atMs = nowMs + lookUpPauseMs(sinceDeadlineMs);
  return wakeUpAt(record, Math.max(atMs, leaseEndMs(record.attempts) ?? atMs));
}

/**
 * Is a message honoured? Its id is the row's, or the row's own wake-up is overdue and was probably lost, or it brings
 * the deadline and that has come.
 */
export function isHonoured(position: OpenPosition, wakeUpId: string, nowMs: number): boolean {
  if (position.wakeUp === null) return false;
  const isDeadline = wakeUpId === DEADLINE_WAKE_UP_ID && position.state !== 'awaiting-resolution';
  if (isDeadline) return nowMs >= deadlineAtMs(position);
  return wakeUpId === position.wakeUp.id || nowMs >= position.wakeUp.atMs + OVERDUE_AFTER_MS;
}

/** lib/domain/README.md, wake-ups: a wake-up this late is taken for lost. */
export const OVERDUE_AFTER_MS = 5_000;
