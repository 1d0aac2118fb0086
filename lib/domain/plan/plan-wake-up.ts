import { holdsAtAnyPrice } from '#lib/domain/position/exit-policy.ts';
import { activeRequest, sellDueAtMs, sharesToSellMicros } from '#lib/domain/position/exit-request.ts';
import {
  DUST_SHARES_MICROS,
  isAwaitingShares,
  isSettled,
  pairedSharesMicros,
} from '#lib/domain/position/fill-totals.ts';
import { isHeld } from '#lib/domain/position/held-exit.ts';
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
import { clockExitAtMs, deadlineAtMs, priceEndsAtMs } from '#lib/domain/position/position.ts';
import { MERGE_FAILURES_MAX } from '#lib/domain/position/settlement-progress.ts';

/** Id of the wake-up that starts the exit. The timer and the delayed message carry it. */
export const EXIT_WAKE_UP_ID = 'exit';

/** Id of the deadline message, sent when the exit begins. It ends the position in time even if retries stop. */
export const DEADLINE_WAKE_UP_ID = 'deadline';

/** Longer than the timeout of the open function: after this an opening without a saved buy is abandoned. */
export const OPENING_LEASE_MS = 20_000;

/** No look-up is planned this close to the exit, because it would replace the exit as the next wake-up. */
const QUIET_BEFORE_EXIT_MS = 10_000;

/**
 * Pauses by the age of the order: settlement takes 2 to 4 s, up to 50 s in bad cases (venue §3.5). A buy that was lost
 * counts as absent after ten minutes, so the eleventh still has short pauses.
 */
const LOOK_UP_PAUSES = [
  { untilAgeMs: 4_000, pauseMs: 1_000 },
  { untilAgeMs: 10_000, pauseMs: 2_000 },
  { untilAgeMs: 60_000, pauseMs: 5_000 },
  { untilAgeMs: 660_000, pauseMs: 30_000 },
  { untilAgeMs: Number.MAX_SAFE_INTEGER, pauseMs: 300_000 },
] as const;

export function lookUpPauseMs(ageMs: number): number {
  return LOOK_UP_PAUSES.find((step) => ageMs < step.untilAgeMs)?.pauseMs ?? 300_000;
}

/**
 * Age of a matched order at its first look-up: its trades become final 2 to 4 s after the match (venue §3.5), and an
 * earlier look-up costs (`npm run cost`) and shows nothing. Sells come sooner: a failed sale has to be repeated.
 */
const FIRST_LOOK_UP_AGE_MS = { buy: 6_000, sell: 5_000 } as const;

/** Pause between reads of the balance while a refused sell waits for bought shares. */
export const BALANCE_PAUSE_MS = 2_500;

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

/** An order that may still fill is looked up soon. One that only has to become final is given the time for that. */
function pauseUntilLookUpMs(record: PositionRecord, nowMs: number, firstAgeMs: number): number {
  const ageMs = oldestOrderAgeMs(record, nowMs);
  const pauseMs = lookUpPauseMs(ageMs);
  return record.attempts.some(isUnresolved) ? pauseMs : Math.max(pauseMs, firstAgeMs - ageMs);
}

function leaseEndMs(attempts: readonly LiveAttempt[]): number | undefined {
  const posting = attempts.find((attempt) => attempt.phase === 'posting');
  return posting?.phase === 'posting' ? posting.leaseUntilMs : undefined;
}

export function wakeUpWhileBuying(record: Omit<BuyingPosition, 'wakeUp'>, nowMs: number): WakeUp {
  const pauseMs = record.attempts.length === 0 ? OPENING_LEASE_MS : lookUpPauseMs(oldestOrderAgeMs(record, nowMs));
  const leaseUntilMs = leaseEndMs(record.attempts) ?? nowMs;
  const atMs = leaseUntilMs > nowMs ? leaseUntilMs : nowMs + pauseMs;
  return wakeUpAt(record, Math.min(atMs, deadlineAtMs(record)));
}

/** Look-ups until the buy is final, but none shortly before the exit. A due exit waits for an open order (law 3). */
export function wakeUpWhileHolding(record: Omit<HoldingPosition, 'wakeUp'>, nowMs: number): WakeUp {
  if (isAwaitingShares(record)) return wakeUpUntilArrival(record, nowMs);
  if (isHeld(record)) return wakeUpAt(record, nextHoldLookAtMs(record, nowMs));
  const dueAtMs = sellDueAtMs(record);
  const exit = { id: EXIT_WAKE_UP_ID, atMs: dueAtMs };
  if (isSettled(record)) return exit;
  const atMs = nowMs + pauseUntilLookUpMs(record, nowMs, FIRST_LOOK_UP_AGE_MS.buy);
  const isExitBlocked = nowMs >= dueAtMs - record.policy.prepareLeadMs && record.attempts.some(isUnresolved);
  if (isExitBlocked) return wakeUpAt(record, Math.min(atMs, deadlineAtMs(record)));
  return atMs < dueAtMs - QUIET_BEFORE_EXIT_MS ? wakeUpAt(record, atMs) : exit;
}

/**
 * Bounds of the pause between looks at the price of an exit that is held. Judgement: a twentieth of the time left. Each
 * look is a write: from two hours before the end backwards the pause grows with the time left, to the longest delay of
 * a queue's message. Three weeks take 2,400 looks; with one a minute they would take 30,000.
 */
const HOLD_PAUSE_MS = { unknown: 1_000, min: 5_000, max: 60_000, maxFarFromEnd: 900_000 } as const;
const FAR_PAUSES = 120;

/** The last look is when the last attempt would be: a sale can still follow it. Then the deadline. */
function nextHoldLookAtMs(record: PositionRecord, nowMs: number): number {
  const lastMs = lastAttemptAtMs(record);
  if (nowMs >= lastMs) return deadlineAtMs(record);
  const leftMs = record.marketEndsAtMs - nowMs;
  const farMs = Math.min(leftMs / FAR_PAUSES, HOLD_PAUSE_MS.maxFarFromEnd);
  const pauseMs = Math.min(Math.max(leftMs / 20, HOLD_PAUSE_MS.min), Math.max(HOLD_PAUSE_MS.max, farMs));
  const isKnown = (record.holdLook?.priceMicros ?? null) !== null || holdsAtAnyPrice(record.policy);
  return Math.min(nowMs + Math.round(isKnown ? pauseMs : HOLD_PAUSE_MS.unknown), lastMs);
}

/** The last look for shares of a guarded position: from then on no order for them could follow. */
export function lastTakeInAtMs(record: PositionRecord): number {
  return priceEndsAtMs(record) - record.policy.lastOrderLeadMs;
}

/** Once the exit is due, shares that arrive have to be seen while an order for them can follow. */
const ARRIVAL_PAUSE_MS = 5_000;

/**
 * The last look after which a sale still fits: it reads the chain and has a second message sent, for which an attempt
 * has no need.
 */
function lastSellableLookAtMs(record: PositionRecord): number {
  return priceEndsAtMs(record) - record.policy.lastOrderLeadMs * 1.5;
}

/** Looks for the shares of an order that another program has just placed, and again when the exit is due. */
function wakeUpUntilArrival(record: PositionRecord, nowMs: number): WakeUp {
  const { exitDueAtMs, policy, openedAtMs } = record;
  const isDue = nowMs >= exitDueAtMs - policy.prepareLeadMs;
  if (!isDue) {
    const atMs = nowMs + lookUpPauseMs(nowMs - openedAtMs);
    return atMs < exitDueAtMs - QUIET_BEFORE_EXIT_MS
      ? wakeUpAt(record, atMs)
      : { id: EXIT_WAKE_UP_ID, atMs: exitDueAtMs };
  }
  const atMs = nowMs + ARRIVAL_PAUSE_MS;
  const nextPinMs = [lastSellableLookAtMs(record), lastTakeInAtMs(record)].find((pinMs) => nowMs < pinMs) ?? atMs;
  return wakeUpAt(record, Math.min(atMs, nextPinMs, deadlineAtMs(record)));
}

export function wakeUpWhileExiting(
  record: Omit<ExitingPosition, 'wakeUp'>,
  nowMs: number,
  givenPauseMs?: number,
): WakeUp {
  const deadlineMs = deadlineAtMs(record);
  const mayStillFill = record.attempts.some(isUnresolved);
  const hasShares = sharesToSellMicros(record, nowMs) >= DUST_SHARES_MICROS;
  const pauseMs = hasShares ? attemptPauseMs(record) : pauseUntilLookUpMs(record, nowMs, FIRST_LOOK_UP_AGE_MS.sell);
  const askedPauseMs = givenPauseMs ?? pauseMs;
  const isAttempt = hasShares && !mayStillFill;
  const askedAtMs = nowMs + (isAttempt ? spreadPauseMs(record, nowMs, askedPauseMs) : askedPauseMs);
  const lastAttemptMs = record.attempts.some(isResting) ? lastCancelAtMs(record) : lastAttemptAtMs(record);
  // No pause skips the last attempt, which sells at any price the policy allows.
  const atMs = hasShares && nowMs < lastAttemptMs ? Math.min(askedAtMs, lastAttemptMs) : askedAtMs;
  const isTooLateToSell = atMs > record.marketEndsAtMs - record.policy.lastOrderLeadMs;
  const isSpent = record.attemptCount >= record.policy.attemptCountMax;
  // A request is overtaken by the exit, to the second, whatever it waits for.
  const lastMs = activeRequest(record, nowMs) === undefined ? deadlineMs : record.exitDueAtMs;
  if (isAttempt && (isTooLateToSell || isSpent)) return wakeUpAt(record, lastMs);
  return wakeUpAt(record, Math.min(atMs, lastMs));
}

/**
 * Bounds of the pause between looks at a book that is below a request's floor. Judgement: a hundredth of the time, and
 * some seconds while the bid is within a tenth of the floor. Each look is a write, so that they are fewer while the
 * exit is more than two hours away.
 */
const FLOOR_PAUSE_MS = {
  min: 5_000,
  max: 60_000,
  near: 5_000,
  nearFarFromExit: 15_000,
  farFromExit: 7_200_000,
} as const;
const NEAR_FLOOR_SHARE = 10n;

export function floorPauseMs(
  { exitDueAtMs, exitRequest }: Pick<PositionRecord, 'exitDueAtMs' | 'exitRequest'>,
  nowMs: number,
  bidMicros: bigint | null,
): number {
  const leftMs = exitDueAtMs - nowMs;
  const floorMicros = exitRequest?.minPriceMicros ?? 0n;
  const isNear = bidMicros !== null && floorMicros - bidMicros <= floorMicros / NEAR_FLOOR_SHARE;
  const nearMs = leftMs > FLOOR_PAUSE_MS.farFromExit ? FLOOR_PAUSE_MS.nearFarFromExit : FLOOR_PAUSE_MS.near;
  const pauseMs = Math.min(Math.max(Math.round(leftMs / 100), FLOOR_PAUSE_MS.min), FLOOR_PAUSE_MS.max);
  return isNear ? Math.min(pauseMs, nearMs) : pauseMs;
}

/** The last quarter of the attempts is spread over the remaining time. */
const SPREAD_BELOW_SHARE = 1 / 4;

/** Spreads the last attempts over the time left to sell. A manual exit keeps half of all attempts for the due exit. */
function spreadPauseMs(record: PositionRecord, nowMs: number, pauseMs: number): number {
  const { attemptCount, policy } = record;
  const exitAtMs = clockExitAtMs(record);
  const isManual = nowMs < exitAtMs;
  const reserve = isManual ? Math.floor(policy.attemptCountMax / 2) : 0;
  const leftCount = policy.attemptCountMax - attemptCount - reserve;
  if (leftCount > policy.attemptCountMax * SPREAD_BELOW_SHARE) return pauseMs;
  const leftMs = (isManual ? exitAtMs : lastAttemptAtMs(record)) - nowMs;
  return Math.max(pauseMs, Math.ceil(leftMs / Math.max(leftCount, 1)));
}

/** When the last attempt has to be woken: message and reads need a quarter of the last order lead. */
export function lastAttemptAtMs({ marketEndsAtMs, policy }: Pick<PositionRecord, 'marketEndsAtMs' | 'policy'>): number {
  return marketEndsAtMs - policy.lastOrderLeadMs - policy.lastOrderLeadMs / 4;
}

/** A resting order is not cancelled after this, because no other order could follow. */
export function lastCancelAtMs(record: Pick<PositionRecord, 'marketEndsAtMs' | 'policy'>): number {
  return lastAttemptAtMs(record) - CANCEL_PROOF_MS;
}

function attemptPauseMs(record: Omit<ExitingPosition, 'wakeUp'>): number {
  if (record.attempts.some(isResting)) return record.policy.slowRetryDelayMs;
  if (record.attempts.some((attempt) => attempt.phase === 'cancelled'))
    return retryPauseMs({ ...record, ...NO_RETRIES });
  return retryPauseMs(record);
}

const NO_RETRIES = { fruitlessCount: 0, noBuyerCount: 0 } as const;

/** Attempts without a buyer count on their own: waiting for settlement says nothing about the book. */
export function retryPauseMs(exiting: Pick<ExitingPosition, 'policy' | 'fruitlessCount' | 'noBuyerCount'>): number {
  const { retryDelaysMs, slowRetryDelayMs } = exiting.policy;
  const count = exiting.noBuyerCount > 0 ? exiting.noBuyerCount : exiting.fruitlessCount;
  const index = Math.min(Math.max(count - 1, 0), retryDelaysMs.length - 1);
  return retryDelaysMs[index] ?? slowRetryDelayMs;
}

export function wakeUpWhileAwaiting(record: Omit<AwaitingResolutionPosition, 'wakeUp'>, nowMs: number): WakeUp {
  const settleAtMs = nextSettlementAtMs(record, nowMs);
  if (isSettled(record)) return wakeUpAt(record, settleAtMs);
  const sinceDeadlineMs = Math.max(nowMs - deadlineAtMs(record), 0);
  const atMs = Math.min(nowMs + lookUpPauseMs(sinceDeadlineMs), settleAtMs);
  return wakeUpAt(record, Math.max(atMs, leaseEndMs(record.attempts) ?? atMs));
}

/** The first results were on chain 52 s after the end of their market, half of them after 85 s (venue §5.3). */
export const SETTLEMENT_LAG_MS = 45_000;

/**
 * Pauses by the time since the last progress. Four minutes is the longest with which a payout is on record within five
 * minutes of being on chain (law 11); after a week without a result a human has been told long ago.
 */
const SETTLEMENT_PAUSES = [
  { untilAgeMs: 300_000, pauseMs: 10_000 },
  { untilAgeMs: 3_600_000, pauseMs: 30_000 },
  { untilAgeMs: 7 * 86_400_000, pauseMs: 240_000 },
] as const;
const LAST_SETTLEMENT_PAUSE_MS = 3_600_000;

/** Pairs are merged before the market's end. What fails for good is left to redemption, which begins after it. */
export function canMerge(record: Omit<AwaitingResolutionPosition, 'wakeUp'>): boolean {
  const { payout, mergeFailureCount } = record.settlement;
  return payout === null && mergeFailureCount < MERGE_FAILURES_MAX && pairedSharesMicros(record) >= DUST_SHARES_MICROS;
}

function nextSettlementAtMs(record: Omit<AwaitingResolutionPosition, 'wakeUp'>, nowMs: number): number {
  const { marketEndsAtMs, exitAtMs, settlement } = record;
  const startMs = marketEndsAtMs + SETTLEMENT_LAG_MS;
  if (nowMs < startMs && !canMerge(record)) return startMs;
  const ageMs = nowMs - (settlement.progressAtMs ?? (nowMs < startMs ? exitAtMs : marketEndsAtMs));
  const pauseMs = SETTLEMENT_PAUSES.find((step) => ageMs < step.untilAgeMs)?.pauseMs ?? LAST_SETTLEMENT_PAUSE_MS;
  return nowMs < startMs ? Math.min(nowMs + pauseMs, startMs) : nowMs + pauseMs;
}

/** A message counts if it has the row's id, if the row's wake-up is overdue, or if the deadline has come. */
export function isHonoured(position: OpenPosition, wakeUpId: string, nowMs: number): boolean {
  const isDeadline = wakeUpId === DEADLINE_WAKE_UP_ID && position.state !== 'awaiting-resolution';
  if (isDeadline) return nowMs >= deadlineAtMs(position);
  return wakeUpId === position.wakeUp.id || nowMs >= position.wakeUp.atMs + OVERDUE_AFTER_MS;
}

/** A wake-up this late counts as lost. */
export const OVERDUE_AFTER_MS = 5_000;
