import { type FillTotals, type OrderSide, sumFills } from '#lib/domain/market/order.ts';
import { SHARES_STEP_MICROS } from '#lib/domain/market/venue-rules.ts';
import type { LiveAttempt, Trade } from './order-attempt.ts';
import type { PositionRecord } from './position.ts';

/** Fewer shares than this cannot be sold. */
export const DUST_SHARES_MICROS = SHARES_STEP_MICROS;

/** Whether trades for all reported shares are shown. A difference below the dust limit is rounding. */
export function isFullyObserved(attempt: LiveAttempt, trades: readonly Trade[]): boolean {
  if (attempt.phase !== 'matched') return false;
  const observedMicros = sumFills(trades.filter((trade) => trade.orderHash === attempt.intent.orderHash)).sharesMicros;
  const missingMicros = attempt.reported.sharesMicros - observedMicros;
  return missingMicros <= 0n || (observedMicros > 0n && missingMicros < DUST_SHARES_MICROS);
}

/** Orders to look up: attempts in the row, and earlier orders with a late trade that is not final. */
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

/** Its report counts in place of its trades: forgetting a fill would sell the same shares twice. */
function isReporting(
  attempt: LiveAttempt,
  trades: readonly Trade[],
): attempt is LiveAttempt & { readonly phase: 'matched' } {
  return attempt.phase === 'matched' && !isFullyObserved(attempt, trades);
}

/** The fills that count: trades that did not fail, and reports of orders whose trades are not all shown yet. */
export function countedFills({ attempts, trades }: Pick<PositionRecord, 'attempts' | 'trades'>) {
  const reporting = attempts.filter((attempt) => isReporting(attempt, trades));
  const orderHashes = new Set(reporting.map((attempt) => attempt.intent.orderHash));
  const counting = trades.filter((trade) => trade.status !== 'failed' && !orderHashes.has(trade.orderHash));
  return { trades: counting, reporting };
}

function fillsOf(record: PositionRecord, side: OrderSide): FillTotals {
  const { trades, reporting } = countedFills(record);
  return sumFills([
    ...trades.filter((trade) => trade.side === side),
    ...reporting.filter((attempt) => attempt.intent.side === side).map((attempt) => attempt.reported),
  ]);
}

export function boughtTotals(record: PositionRecord): FillTotals {
  return fillsOf(record, 'BUY');
}

export function soldTotals(record: PositionRecord): FillTotals {
  return fillsOf(record, 'SELL');
}

export function boughtSharesMicros(record: PositionRecord): bigint {
  return boughtTotals(record).sharesMicros;
}

export function soldSharesMicros(record: PositionRecord): bigint {
  return soldTotals(record).sharesMicros;
}

/** True fees minus estimated fees of all fills. Null while the fee of any fill is not verified. */
export function feeDriftMicros(record: PositionRecord): bigint | null {
  const counting = record.trades.filter((trade) => trade.status !== 'failed');
  const hasReport = record.attempts.some(
    (attempt) => isReporting(attempt, record.trades) && attempt.reported.sharesMicros > 0n,
  );
  if (hasReport) return null;
  return counting.reduce<bigint | null>(
    (sum, trade) => (sum === null || trade.feeDriftMicros === null ? null : sum + trade.feeDriftMicros),
    0n,
  );
}

/** Shares still held according to the record: bought − sold − proven missing, at least zero. */
export function remainingSharesMicros(record: PositionRecord & { readonly shortfallMicros?: bigint }): bigint {
  const remaining = boughtSharesMicros(record) - soldSharesMicros(record) - (record.shortfallMicros ?? 0n);
  return remaining > 0n ? remaining : 0n;
}
