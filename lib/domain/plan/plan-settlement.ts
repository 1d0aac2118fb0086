import { minMicros } from '#lib/domain/market/money.ts';
import { isSamePayout, type TokenPayout } from '#lib/domain/market/payout.ts';
import {
  DUST_SHARES_MICROS,
  hedgeSharesMicros,
  isAwaitingShares,
  isLost,
  isSettled,
  pairedSharesMicros,
  remainingSharesMicros,
} from '#lib/domain/position/fill-totals.ts';
import type { AwaitingResolutionPosition } from '#lib/domain/position/position.ts';
import type { BlockRead } from '#lib/domain/position/position-event.ts';
import type { ConditionReading, Payout, SettlementWait } from '#lib/domain/position/settlement-progress.ts';
import { confirmPayout, type PayoutStep, paidFor, paysMore, unredeemedOf } from './plan-payout.ts';
import { canMerge } from './plan-wake-up.ts';

export type SettlementStep =
  | { readonly step: 'wait'; readonly reason: SettlementWait }
  | { readonly step: 'record-result'; readonly payout: TokenPayout }
  | { readonly step: 'confirm-loss' }
  /** A guarded position whose shares never arrived: the wallet holds none. */
  | { readonly step: 'confirm-nothing' }
  /**
   * The shares have left the wallet, or pairs may have been merged. Payouts in later blocks than `afterBlock` say why;
   * null: since `sinceMs`, or else since the market's end.
   */
  | { readonly step: 'find-payouts'; readonly afterBlock: bigint | null; readonly sinceMs?: number }
  | { readonly step: 'redeem' }
  /** The wallet holds all pairs of the position. */
  | { readonly step: 'merge'; readonly sharesMicros: bigint }
  | {
      readonly step: 'confirm-merge';
      readonly cashMicros: bigint;
      readonly transactionHash: string;
      readonly gasWei: bigint | null;
    }
  | PayoutStep
  | { readonly step: 'contradict'; readonly contradiction: string };

/**
 * After this the shares of an order that is still open are on chain, or never will be: 50 s in bad cases (venue §3.5).
 */
export const ORDERS_FINAL_AFTER_MS = 300_000;

/**
 * A final block is 1 to 6 s old (venue §5.3), and clocks differ by seconds: one far from now comes from a sick node.
 */
const BLOCK_AGE_MS_MAX = 120_000;

/** How long the shares may be missing without a payout before the position is stranded. */
const PATIENCE_MS = 600_000;
/** The same while an order is open: the venue may be down for hours, and its answer explains most of these cases. */
const PATIENCE_WITH_ORDERS_MS = 86_400_000;
/**
 * How long shares of confirmed trades are waited for beside a payout, by the blocks' own times. They are on chain when
 * the venue says so, and blocks are final 1 to 6 s later (venue §5.3); the rest is for clocks and late nodes.
 */
const PATIENCE_FOR_REST_MS = 120_000;

/**
 * The next step of a position whose market is over, from the chain at one finalised block. `payouts` is null until they
 * were looked for. The chain decides: a result is written once, cash is proof, and a zero balance alone is none (law
 * 5).
 */
export function planSettlement(
  position: AwaitingResolutionPosition,
  reading: ConditionReading,
  payouts: readonly Payout[] | null,
  nowMs: number,
): SettlementStep {
  const { settlement } = position;
  const { payout } = reading;
  const isBehind =
    reading.blockNumber < (settlement.seenBlock ?? 0n) || Math.abs(nowMs - reading.blockAtMs) > BLOCK_AGE_MS_MAX;
  if (isBehind) return { step: 'wait', reason: 'node-behind' };
  if (isAwaitingShares(position)) {
    return reading.sharesMicros < DUST_SHARES_MICROS
      ? { step: 'confirm-nothing' }
      : { step: 'wait', reason: 'unresolved' };
  }
  if (isSettled(position) && holdsOtherOnly(position, reading))
    return { step: 'contradict', contradiction: WRONG_TOKEN };
  const merge = findMerge(position, reading, payouts);
  if (merge !== undefined) return merge;
  if (payout === null) return planUnresolved(position, reading, payouts, nowMs);
  if (settlement.payout === null) return { step: 'record-result', payout };
  if (!isSamePayout(settlement.payout, payout)) return { step: 'wait', reason: 'result-changed' };
  const holdsRecord = holdsExactly(position, reading);
  if (isLost(position, payout)) return planLoss(position, reading, holdsRecord, nowMs);
  // Shares that a not yet settled sell may have sold are not redeemed as ours.
  if (!isSettled(position) && !holdsRecord) return explainMissing(position, reading, payouts, nowMs);
  const hasShares = holdsPaying(position, reading, payout);
  if (payouts === null && (hasPairs(position) || !holdsAll(position, reading))) return findPayouts(position);
  if (hasShares) return planRedemption(position, nowMs);
  return explainMissing(position, reading, payouts, nowMs);
}

/**
 * A merge that was found and is not on record. Of what it paid, the position's own pairs count. While the wallet holds
 * all that the record counts, a merge of another size was another program's, of its own pairs.
 */
function findMerge(
  position: AwaitingResolutionPosition,
  reading: ConditionReading,
  payouts: readonly Payout[] | null,
): SettlementStep | undefined {
  const known = new Set(position.merges?.map(({ transactionHash }) => transactionHash));
  const merges = payouts?.filter(({ kind, transactionHash }) => kind === 'merge' && !known.has(transactionHash)) ?? [];
  const pairedMicros = pairedSharesMicros(position);
  const ofAnySize = holdsAll(position, reading) ? undefined : merges[0];
  const found = merges.find(({ cashMicros }) => cashMicros === pairedMicros) ?? ofAnySize;
  if (found === undefined || pairedMicros === 0n) return undefined;
  const { transactionHash, cashMicros, gasWei } = found;
  return { step: 'confirm-merge', cashMicros: minMicros(cashMicros, pairedMicros), transactionHash, gasWei };
}

/**
 * Pairs are worth a dollar now as after the result, so they are merged as soon as both outcomes are in the wallet.
 * Where others hold such shares, too, the balances do not tell that a merge has taken effect: the payouts do.
 */
function planUnresolved(
  position: AwaitingResolutionPosition,
  reading: ConditionReading,
  payouts: readonly Payout[] | null,
  nowMs: number,
): SettlementStep {
  const { settlement } = position;
  if (settlement.payout !== null) return { step: 'wait', reason: 'result-changed' };
  if (!canMerge(position) || !isSettled(position)) return { step: 'wait', reason: 'unresolved' };
  const isHeld = holdsAll(position, reading);
  const isPaused = nowMs < (settlement.mergeAgainAtMs ?? 0);
  if (isHeld && isPaused) return { step: 'wait', reason: 'unresolved' };
  if (payouts === null) return findPayouts(position);
  return isHeld
    ? { step: 'merge', sharesMicros: pairedSharesMicros(position) }
    : { step: 'wait', reason: 'unresolved' };
}

function holdsPaying(position: AwaitingResolutionPosition, reading: ConditionReading, payout: TokenPayout): boolean {
  const hasOwn = payout.own > 0n && reading.sharesMicros >= DUST_SHARES_MICROS;
  const hasHedge = payout.other > 0n && hedgeSharesMicros(position) >= DUST_SHARES_MICROS;
  return hasOwn || (hasHedge && reading.otherSharesMicros >= DUST_SHARES_MICROS);
}

/** For the record of a reading: did the wallet hold all shares that the record counts? */
export function toBlockRead(position: AwaitingResolutionPosition, reading: ConditionReading): BlockRead {
  return { blockNumber: reading.blockNumber, holdsAll: holdsAll(position, reading) };
}

function holdsAll(position: AwaitingResolutionPosition, reading: ConditionReading): boolean {
  const remainingMicros = remainingSharesMicros(position);
  const hedgeMicros = hedgeSharesMicros(position);
  const isAnything = remainingMicros >= DUST_SHARES_MICROS || hedgeMicros >= DUST_SHARES_MICROS;
  const isOwnHeld = remainingMicros - reading.sharesMicros < DUST_SHARES_MICROS;
  return isAnything && isOwnHeld && hedgeMicros - reading.otherSharesMicros < DUST_SHARES_MICROS;
}

/** Of the other outcome only what a hedge bought is on record: the wallet may hold more of it. */
function holdsExactly(position: AwaitingResolutionPosition, reading: ConditionReading): boolean {
  const hedgeMicros = hedgeSharesMicros(position);
  const isSame = (aMicros: bigint, bMicros: bigint) =>
    aMicros - bMicros < DUST_SHARES_MICROS && bMicros - aMicros < DUST_SHARES_MICROS;
  const isHedgeHeld = hedgeMicros === 0n || isSame(hedgeMicros, reading.otherSharesMicros);
  return isSame(remainingSharesMicros(position), reading.sharesMicros) && isHedgeHeld;
}

const WRONG_TOKEN =
  'The wallet holds shares of the other outcome and never held the recorded ones. If they won, redeem them by hand.';

/**
 * A payout of the market would be for those, so that none is taken for this position's. Shares that were found have
 * been in the wallet, and others may hold both outcomes there.
 */
function holdsOtherOnly(position: AwaitingResolutionPosition, reading: ConditionReading): boolean {
  const wasHeld = position.settlement.heldAtBlock !== null || position.found !== undefined;
  const isMissing = reading.sharesMicros < DUST_SHARES_MICROS && !wasHeld;
  return (
    isMissing &&
    reading.otherSharesMicros - hedgeSharesMicros(position) >= DUST_SHARES_MICROS &&
    remainingSharesMicros(position) >= DUST_SHARES_MICROS
  );
}

/** A loss is booked on the second reading, at a later block: one wrong answer must not write off shares that won. */
function planLoss(
  position: AwaitingResolutionPosition,
  reading: ConditionReading,
  holdsRecord: boolean,
  nowMs: number,
): SettlementStep {
  const { blockNumber } = reading;
  const { seenBlock } = position.settlement;
  if (seenBlock !== null && blockNumber <= seenBlock) return { step: 'wait', reason: 'node-behind' };
  if (isSettled(position) || holdsRecord) return { step: 'confirm-loss' };
  return explainMissing(position, reading, [], nowMs);
}

function planRedemption({ settlement }: AwaitingResolutionPosition, nowMs: number): SettlementStep {
  const isPaused = settlement.isRefusedForGood || nowMs < (settlement.redeemAgainAtMs ?? 0);
  return isPaused ? { step: 'wait', reason: 'redemption-paused' } : { step: 'redeem' };
}

/** Clocks of venue and chain may differ. */
const PAIRED_BEFORE_MS = 60_000;

function hasPairs(position: AwaitingResolutionPosition): boolean {
  return pairedSharesMicros(position) >= DUST_SHARES_MICROS;
}

/**
 * A block at which shares were held says nothing of pairs that others hold as well: all since the first pair counts.
 */
function findPayouts(position: AwaitingResolutionPosition): SettlementStep {
  const { settlement, trades, hedge } = position;
  if (!hasPairs(position)) return { step: 'find-payouts', afterBlock: settlement.heldAtBlock };
  const pairedAtMs = trades.filter(({ orderHash }) => orderHash === hedge?.orderHash).map((each) => each.matchedAtMs);
  const sinceMs = Math.min(position.marketEndsAtMs, ...pairedAtMs) - PAIRED_BEFORE_MS;
  return { step: 'find-payouts', afterBlock: null, sinceMs };
}

function explainMissing(
  position: AwaitingResolutionPosition,
  reading: ConditionReading,
  payouts: readonly Payout[] | null,
  nowMs: number,
): SettlementStep {
  if (payouts === null) return findPayouts(position);
  const redemptions = payouts.filter((each) => each.kind === 'redemption' && paidFor(position, each) > 0n);
  const hasOrders = !isSettled(position);
  if (redemptions.length > 0) {
    const rest = unredeemedOf(position, redemptions);
    const isAwaited =
      paysMore(position, rest) && (hasOrders ? isPatient(position, nowMs) : mayArrive(position, reading));
    if (isAwaited) return { step: 'wait', reason: hasOrders ? 'open-orders' : 'paid-in-part' };
    return confirmPayout(position, redemptions, rest);
  }
  if (isPatient(position, nowMs)) return { step: 'wait', reason: hasOrders ? 'open-orders' : 'payout-not-seen' };
  return {
    step: 'contradict',
    contradiction: hasOrders
      ? 'An order was never settled by the venue, and the shares in the wallet do not match the record with or without it.'
      : toldMissing(payouts),
  };
}

function isPatient(position: AwaitingResolutionPosition, nowMs: number): boolean {
  const { missingSinceMs } = position.settlement;
  const patienceMs = isSettled(position) ? PATIENCE_MS : PATIENCE_WITH_ORDERS_MS;
  return missingSinceMs === null || nowMs < missingSinceMs + patienceMs;
}

function mayArrive({ settlement }: AwaitingResolutionPosition, { blockAtMs }: ConditionReading): boolean {
  const { partPaidSinceMs } = settlement;
  return partPaidSinceMs === undefined || blockAtMs < partPaidSinceMs + PATIENCE_FOR_REST_MS;
}

/** A merge by hand used shares of the other outcome whose cost is not on record: no result follows from it. */
function toldMissing(payouts: readonly Payout[]): string {
  const merge = payouts.find(({ kind }) => kind === 'merge');
  if (merge !== undefined) {
    return `The recorded shares were merged with shares of the other outcome that this position did not buy (${merge.transactionHash}).`;
  }
  return 'The wallet no longer holds the recorded shares, and no payout of the market has reached it.';
}
