import { maxMicros, minMicros } from '#lib/domain/market/money.ts';
import { type FillTotals, NO_FILLS, sumFills } from '#lib/domain/market/order.ts';
import type { TokenPayout } from '#lib/domain/market/payout.ts';
import { SHARES_STEP_MICROS } from '#lib/domain/market/venue-rules.ts';
import { foundSharesMicros, isGuarded, leftSharesMicros } from './guarded-shares.ts';
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
  const isReported = (orderHash: string): boolean =>
    reporting.some((attempt) => attempt.intent.orderHash === orderHash);
  const counting = trades.filter((trade) => trade.status !== 'failed' && !isReported(trade.orderHash));
  return { trades: counting, reporting };
}

type OrderKind = 'buy' | 'sell' | 'hedge';

function fillsOf(record: PositionRecord, kind: OrderKind): FillTotals {
  if (record.trades.length === 0 && record.attempts.length === 0) return NO_FILLS;
  const { trades, reporting } = countedFills(record);
  const fills: FillTotals[] = trades.filter((trade) => kindOf(record, trade) === kind);
  for (const { intent, reported } of reporting) if (kindOf(record, intent) === kind) fills.push(reported);
  return sumFills(fills);
}

/** Which of a position's orders this is, or a fill is of. */
export function kindOf({ hedge }: Pick<PositionRecord, 'hedge'>, order: Pick<Trade, 'side' | 'orderHash'>): OrderKind {
  if (order.side === 'SELL') return 'sell';
  return order.orderHash === hedge?.orderHash ? 'hedge' : 'buy';
}

/** Of the token requested; the hedge counts on its own. */
export function boughtTotals(record: PositionRecord): FillTotals {
  return fillsOf(record, 'buy');
}

export function soldTotals(record: PositionRecord): FillTotals {
  return fillsOf(record, 'sell');
}

/** What the buy of the other outcome brought and cost. */
export function hedgeTotals(record: PositionRecord): FillTotals {
  return fillsOf(record, 'hedge');
}

export function boughtSharesMicros(record: PositionRecord): bigint {
  return boughtTotals(record).sharesMicros;
}

export function soldSharesMicros(record: PositionRecord): bigint {
  return soldTotals(record).sharesMicros;
}

/** True fees minus estimated fees of all fills. Null while the fee of any fill is not verified. */
export function feeDriftMicros(record: PositionRecord): bigint | null {
  const { trades, reporting } = countedFills(record);
  if (reporting.length > 0) return null;
  return trades.reduce<bigint | null>(
    (sum, { feeDriftMicros: drift }) => (sum === null || drift === null ? null : sum + drift),
    0n,
  );
}

/** Pairs merged, each of which burned a share of both outcomes and paid a dollar. */
export function mergedMicros({ merges = [] }: Pick<PositionRecord, 'merges'>): bigint {
  return merges.reduce((sum, { cashMicros }) => sum + cashMicros, 0n);
}

type HeldRecord = PositionRecord & { readonly shortfallMicros?: bigint };

/** Recorded shares that a refusal proved not to be in the wallet. */
export function shortfallMicrosOf({ shortfallMicros = 0n }: HeldRecord): bigint {
  return shortfallMicros;
}

/** All shares that the position has ever had: bought and found. */
export function acquiredSharesMicros(record: PositionRecord): bigint {
  return boughtSharesMicros(record) + foundSharesMicros(record);
}

/** Shares that are gone for a known reason: sold, merged, or taken by another program. */
export function goneSharesMicros(record: PositionRecord): bigint {
  return soldSharesMicros(record) + mergedMicros(record) + leftSharesMicros(record);
}

/** Shares still held according to the record: acquired − gone − proven missing, at least zero. */
export function remainingSharesMicros(record: HeldRecord): bigint {
  return maxMicros(acquiredSharesMicros(record) - goneSharesMicros(record) - shortfallMicrosOf(record), 0n);
}

/** A guarded position whose shares have not arrived yet, or no more of them than dust. */
export function isAwaitingShares(record: PositionRecord): boolean {
  return isGuarded(record) && acquiredSharesMicros(record) < DUST_SHARES_MICROS;
}

/** Shares of the other outcome that the position holds: bought − merged, at least zero. */
export function hedgeSharesMicros(record: PositionRecord): bigint {
  if (record.hedge === undefined) return 0n;
  return maxMicros(hedgeTotals(record).sharesMicros - mergedMicros(record), 0n);
}

/** Pairs held: they pay a dollar each, whatever the result. */
export function pairedSharesMicros(record: HeldRecord): bigint {
  return minMicros(remainingSharesMicros(record), hedgeSharesMicros(record));
}

/** What is left to sell: held, and without a share of the other outcome beside it. */
export function unhedgedSharesMicros(record: HeldRecord): bigint {
  return remainingSharesMicros(record) - pairedSharesMicros(record);
}

/** Whether nothing of what is held pays. A position without a hedge is decided by its own outcome alone. */
export function isLost(record: HeldRecord, payout: TokenPayout): boolean {
  if (hedgeSharesMicros(record) < DUST_SHARES_MICROS) return payout.own === 0n;
  return payout.other === 0n && (payout.own === 0n || remainingSharesMicros(record) < DUST_SHARES_MICROS);
}

/** Neither outcome is held any more. */
export function holdsNothing(record: HeldRecord): boolean {
  return remainingSharesMicros(record) < DUST_SHARES_MICROS && hedgeSharesMicros(record) < DUST_SHARES_MICROS;
}

/** Everything left is part of a pair, or of the other outcome. */
export function isHedged(record: HeldRecord): boolean {
  return hedgeSharesMicros(record) >= DUST_SHARES_MICROS && unhedgedSharesMicros(record) < DUST_SHARES_MICROS;
}
