import type { FillTotals, LiveAttempt, OrderSide, Trade } from './order-attempt.ts';
import type { PositionRecord } from './position.ts';

/** Shares below this cannot be sold: the venue takes sizes of two decimals. */
export const DUST_SHARES_MICROS = 10_000n;

export function addFills(a: FillTotals, b: FillTotals): FillTotals {
  return {
    sharesMicros: a.sharesMicros + b.sharesMicros,
    valueMicros: a.valueMicros + b.valueMicros,
    feesMicros: a.feesMicros + b.feesMicros,
  };
}

export function tradesOf(trades: readonly Trade[], orderHash: string): readonly Trade[] {
  return trades.filter((trade) => trade.orderHash === orderHash);
}

/**
 * Has the venue shown a trade for every share its answer reported? Until then the report counts, because forgetting a
 * fill would sell the same shares twice. What trades lose by rounding, less than anybody could sell, is not missing: waiting for
 * it would never end.
 */
export function isFullyObserved(attempt: LiveAttempt, trades: readonly Trade[]): boolean {
  if (attempt.phase !== 'matched') return false;
  const { orderHash } = attempt.intent;
  let observedMicros = 0n;
  for (const trade of trades) {
    if (trade.orderHash === orderHash) observedMicros += trade.sharesMicros;
  }
  const missingMicros = attempt.reported.sharesMicros - observedMicros;
  return missingMicros <= 0n || (observedMicros > 0n && missingMicros < DUST_SHARES_MICROS);
}

/**
 * Orders of which the last word is not spoken: attempts in the row, and orders that left it long ago and of which a trade
 * showed up late that is not final yet. Empty means that every fill is final.
 */
export function openOrderHashes(record: Pick<PositionRecord, 'attempts' | 'trades'>): readonly string[] {
  const orderHashes = record.attempts.map((attempt) => attempt.intent.orderHash);
  for (const { status, orderHash } of record.trades) {
    if (status === 'provisional' && !orderHashes.includes(orderHash)) orderHashes.push(orderHash);
  }
  return orderHashes;
}

export function isSettled(record: Pick<PositionRecord, 'attempts' | 'trades'>): boolean {
  return record.attempts.length === 0 && record.trades.every((trade) => trade.status !== 'provisional');
}

/** Fills of one side: trades that did not fail, and reports whose trades are not all shown yet. */
function fillsOf({ attempts, trades }: PositionRecord, side: OrderSide): FillTotals {
  let sharesMicros = 0n;
  let valueMicros = 0n;
  let feesMicros = 0n;
  for (const trade of trades) {
    if (trade.side !== side || !counts(trade, attempts, trades)) continue;
    sharesMicros += trade.sharesMicros;
    valueMicros += trade.valueMicros;
    feesMicros += trade.feesMicros;
  }
  for (const attempt of attempts) {
    const reported = attempt.intent.side === side ? unobservedReport(attempt, trades) : null;
    if (reported === null) continue;
    sharesMicros += reported.sharesMicros;
    valueMicros += reported.valueMicros;
    feesMicros += reported.feesMicros;
  }
  return { sharesMicros, valueMicros, feesMicros };
}

/** The same shares without value and fees: every decision asks for them, many times over. */
function filledSharesMicros({ attempts, trades }: PositionRecord, side: OrderSide): bigint {
  let sharesMicros = 0n;
  for (const trade of trades) {
    if (trade.side === side && counts(trade, attempts, trades)) sharesMicros += trade.sharesMicros;
  }
  for (const attempt of attempts) {
    const reported = attempt.intent.side === side ? unobservedReport(attempt, trades) : null;
    if (reported !== null) sharesMicros += reported.sharesMicros;
  }
  return sharesMicros;
}

/** Until all trades of an order are shown, its report counts in their place. */
function unobservedReport(attempt: LiveAttempt, trades: readonly Trade[]): FillTotals | null {
  return attempt.phase === 'matched' && !isFullyObserved(attempt, trades) ? attempt.reported : null;
}

function counts({ status, orderHash }: Trade, attempts: readonly LiveAttempt[], trades: readonly Trade[]): boolean {
  if (status === 'failed') return false;
  for (const attempt of attempts) {
    if (attempt.intent.orderHash === orderHash && unobservedReport(attempt, trades) !== null) return false;
  }
  return true;
}

export function boughtTotals(record: PositionRecord): FillTotals {
  return fillsOf(record, 'BUY');
}

export function soldTotals(record: PositionRecord): FillTotals {
  return fillsOf(record, 'SELL');
}

export function boughtSharesMicros(record: PositionRecord): bigint {
  return filledSharesMicros(record, 'BUY');
}

export function soldSharesMicros(record: PositionRecord): bigint {
  return filledSharesMicros(record, 'SELL');
}

/**
 * What the true fees of all fills exceed the estimated ones by; negative when they were lower. Null while a fill counts
 * whose fee nobody has verified.
 */
export function feeDriftMicros(record: PositionRecord): bigint | null {
  const counting = record.trades.filter((trade) => trade.status !== 'failed');
  const isReporting = record.attempts.some(
    (attempt) =>
      attempt.phase === 'matched' && attempt.reported.sharesMicros > 0n && !isFullyObserved(attempt, record.trades),
  );
  if (isReporting) return null;
  return counting.reduce<bigint | null>(
    (sum, trade) => (sum === null || trade.feeDriftMicros === null ? null : sum + trade.feeDriftMicros),
    0n,
  );
}

/** Shares still held, as far as the record knows: bought − sold − proven missing. Never below zero. */
export function remainingSharesMicros(record: PositionRecord & { readonly shortfallMicros?: bigint }): bigint {
  const remaining = boughtSharesMicros(record) - soldSharesMicros(record) - (record.shortfallMicros ?? 0n);
  return remaining > 0n ? remaining : 0n;
}
