import { isSamePayout } from '#lib/domain/market/payout.ts';
import { wakeUpWhileAwaiting } from '#lib/domain/plan/plan-wake-up.ts';
import { assertLaw } from '#lib/domain/position/broken-law.ts';
import {
  DUST_SHARES_MICROS,
  hedgeSharesMicros,
  isLost,
  pairedSharesMicros,
  remainingSharesMicros,
} from '#lib/domain/position/fill-totals.ts';
import type { AwaitingResolutionPosition, Position } from '#lib/domain/position/position.ts';
import type { BlockRead, FactOf } from '#lib/domain/position/position-event.ts';
import { MERGE_FAILURES_MAX, type SettlementProgress } from '#lib/domain/position/settlement-progress.ts';
import { exitPosition } from './close-position.ts';
import { advance, resolveAfterDeadline } from './resolve-position.ts';

type SettlementFact = FactOf<
  | 'settlement-waited'
  | 'market-resolved'
  | 'loss-confirmed'
  | 'redemption-sent'
  | 'redemption-failed'
  | 'redemption-confirmed'
  | 'merge-confirmed'
  | 'record-contradicted'
>;

/** When the market's result counts as late: the slowest of 55 was on chain 172 s after the end (venue §5.3). */
export const LATE_AFTER_MS = 600_000;

/** What follows the market's end. The orders of the position are settled by their own events. */
export function settlePosition(position: AwaitingResolutionPosition, event: SettlementFact): Position {
  const { settlement } = position;
  switch (event.type) {
    case 'settlement-waited':
      return goOn(position, waitOn(position, event), event.atMs);
    case 'market-resolved': {
      const { payout, read } = event;
      assertLaw(settlement.payout === null || isSamePayout(settlement.payout, payout), 'A market resolves once');
      return goOn(position, { ...withRead(settlement, read), payout, progressAtMs: event.atMs }, event.atMs);
    }
    case 'loss-confirmed':
      assertLaw(
        settlement.payout !== null &&
          isLost(position, settlement.payout) &&
          event.read.blockNumber > (settlement.seenBlock ?? -1n),
        'A loss is read twice, the second time at a later block',
      );
      return loseRest(position, event.atMs);
    case 'redemption-sent':
      return goOn(position, { ...settlement, progressAtMs: event.atMs }, event.atMs);
    case 'redemption-failed':
      return goOn(position, event.isMerge ? mergeFailed(settlement, event) : failedOnce(settlement, event), event.atMs);
    case 'redemption-confirmed': {
      const { payoutMicros, transactionHash, gasWei, unredeemed } = event;
      assertLaw(payoutMicros > 0n, 'A redemption that pays nothing is none');
      const both = position.hedge !== undefined && settlement.payout !== null ? { payout: settlement.payout } : {};
      const paid = { payoutMicros, transactionHash, gasWei, ...both, ...(unredeemed && { unredeemed }) };
      return { ...closing(position, event.atMs), state: 'redeemed', ...paid };
    }
    case 'merge-confirmed':
      return confirmMerge(position, event);
    case 'record-contradicted':
      return { ...closing(position, event.atMs), state: 'stranded', contradiction: event.contradiction };
  }
}

/** What a hedge brought beyond the position's own shares may be lost. That is not the position's result. */
function loseRest(position: AwaitingResolutionPosition, atMs: number): Position {
  const isRestOfHedge =
    hedgeSharesMicros(position) >= DUST_SHARES_MICROS && remainingSharesMicros(position) < DUST_SHARES_MICROS;
  if (isRestOfHedge) return exitPosition(position, advance(position), atMs);
  return { ...closing(position, atMs), state: 'worthless' };
}

/** A merge counts once, however often it is found, and for no more pairs than the position holds. */
function confirmMerge(position: AwaitingResolutionPosition, event: FactOf<'merge-confirmed'>): Position {
  const { cashMicros, transactionHash, gasWei, atMs } = event;
  const { merges = [] } = position;
  if (merges.some((known) => known.transactionHash === transactionHash)) return position;
  assertLaw(cashMicros > 0n, 'A merge that pays nothing is none');
  assertLaw(cashMicros <= pairedSharesMicros(position), 'No more pairs are merged than are held');
  const settlement = { ...withRead(position.settlement, event.read), progressAtMs: atMs, missingSinceMs: null };
  const record = { ...advance(position), merges: [...merges, { transactionHash, cashMicros, gasWei }] };
  return resolveAfterDeadline({ ...position, ...record, settlement }, record, atMs);
}

/** Attempts that no look-up could settle stay on the row. */
function closing(position: AwaitingResolutionPosition, atMs: number) {
  const { state, wakeUp, settlement, ...record } = position;
  return { ...record, version: position.version + 1, closedAtMs: atMs };
}

function goOn(
  position: AwaitingResolutionPosition,
  settlement: SettlementProgress,
  atMs: number,
): AwaitingResolutionPosition {
  const draft = { ...position, version: position.version + 1, settlement };
  return { ...draft, wakeUp: wakeUpWhileAwaiting(draft, atMs) };
}

function withRead(settlement: SettlementProgress, read: BlockRead | null): SettlementProgress {
  if (read === null) return settlement;
  const { blockNumber, holdsAll } = read;
  const seen = { ...settlement, seenBlock: blockNumber };
  return holdsAll ? { ...seen, heldAtBlock: blockNumber, missingSinceMs: null } : seen;
}

function waitOn(
  { marketEndsAtMs, settlement }: AwaitingResolutionPosition,
  { atMs, reason, read }: FactOf<'settlement-waited'>,
): SettlementProgress {
  const isMissing = reason === 'payout-not-seen' || reason === 'open-orders';
  // An order that is open again may bring more shares.
  const { partPaidSinceMs, ...known } = withRead(settlement, read);
  const sinceMs = reason === 'paid-in-part' ? (partPaidSinceMs ?? atMs) : partPaidSinceMs;
  return {
    ...known,
    ...(sinceMs !== undefined && reason !== 'open-orders' && { partPaidSinceMs: sinceMs }),
    ...(isMissing && { missingSinceMs: settlement.missingSinceMs ?? atMs }),
    // A payout is progress: the rest is looked for at short pauses.
    ...(reason === 'paid-in-part' && partPaidSinceMs === undefined && { progressAtMs: atMs }),
    // Without a settlement nothing is late: the alert of the deadline said what to do by hand.
    isLateReported:
      settlement.isLateReported || (reason !== 'not-configured' && atMs >= marketEndsAtMs + LATE_AFTER_MS),
  };
}

/** Pauses before the next redemption, by the number of failures; the last one repeats. */
const RETRY_PAUSES_MS = [10_000, 30_000, 60_000, 300_000, 1_800_000, 3_600_000] as const;
const LAST_RETRY_PAUSE_MS = 3_600_000;
/** The relayer takes one action of a wallet at a time and advises about 5 s (venue §5.4). */
const PUT_OFF_PAUSE_MS = 5_000;

/** A relayer that has been putting a redemption off for longer than this has failed, too. */
const PUT_OFF_MS_MAX = 600_000;

function mergeFailed(settlement: SettlementProgress, event: FactOf<'redemption-failed'>): SettlementProgress {
  const failureCount = settlement.mergeFailureCount;
  const pauseMs = event.isCounted ? (RETRY_PAUSES_MS[failureCount] ?? LAST_RETRY_PAUSE_MS) : PUT_OFF_PAUSE_MS;
  const countedCount = event.isCounted ? failureCount + 1 : failureCount;
  return {
    ...settlement,
    mergeFailureCount: event.isFinal ? MERGE_FAILURES_MAX : countedCount,
    mergeAgainAtMs: event.atMs + Math.max(pauseMs, event.retryAfterMs ?? 0),
  };
}

function failedOnce(settlement: SettlementProgress, event: FactOf<'redemption-failed'>): SettlementProgress {
  const failureCount = settlement.redemptionFailureCount;
  const putOffForMs = event.atMs - (settlement.progressAtMs ?? event.atMs);
  const isCounted = event.isCounted || putOffForMs > PUT_OFF_MS_MAX;
  const pauseMs = isCounted ? (RETRY_PAUSES_MS[failureCount] ?? LAST_RETRY_PAUSE_MS) : PUT_OFF_PAUSE_MS;
  return {
    ...settlement,
    redemptionFailureCount: isCounted ? failureCount + 1 : failureCount,
    redeemAgainAtMs: event.atMs + Math.max(pauseMs, event.retryAfterMs ?? 0),
    isRefusedForGood: settlement.isRefusedForGood || event.isFinal,
  };
}
