import { takerFeeMicros } from '#lib/domain/market/fees.ts';
import { minMicros, mulDivCeil, ONE_MICROS } from '#lib/domain/market/money.ts';
import { type FillTotals, sumFills } from '#lib/domain/market/order.ts';
import { DUST_SHARES_MICROS, isFullyObserved } from '#lib/domain/position/fill-totals.ts';
import type { LiveAttempt, OrderIntent, Trade } from '#lib/domain/position/order-attempt.ts';
import { CANCEL_PROOF_MS, withPhase } from '#lib/domain/position/order-attempt.ts';
import type { ObservedOrder } from '#lib/domain/position/position-event.ts';

type Ledger = { readonly attempts: readonly LiveAttempt[]; readonly trades: readonly Trade[] };

/**
 * A terminal status never goes back: the venue's look-ups may lag behind each other. Nor does a fee that was verified
 * become an estimate again.
 */
function newerOf(known: Trade, seen: Trade): Trade {
  const { feeDriftMicros, feesMicros } = known.feeDriftMicros === null ? seen : known;
  const newer = known.status === 'provisional' ? seen : known;
  return feeDriftMicros === null ? newer : { ...newer, feeDriftMicros, feesMicros };
}

function mergeTrades(known: readonly Trade[], seen: readonly Trade[]): readonly Trade[] {
  if (seen.length === 0) return known;
  const byId = new Map(known.map((trade) => [trade.tradeId, trade]));
  for (const trade of seen) {
    const before = byId.get(trade.tradeId);
    byId.set(trade.tradeId, before === undefined ? trade : newerOf(before, trade));
  }
  return [...byId.values()];
}

function observeAttempt(attempt: LiveAttempt, observed: ObservedOrder | undefined, atMs: number): LiveAttempt {
  if (observed === undefined) return attempt;
  // An order that was done is done: a look-up that still shows it working lags behind the answer.
  const isLagging = attempt.phase === 'cancelled' && atMs < attempt.sinceMs + CANCEL_PROOF_MS;
  if (observed.working && isLagging) return attempt;
  if (observed.working && attempt.phase !== 'matched') {
    return withPhase(attempt, { phase: 'working', sinceMs: attempt.phase === 'working' ? attempt.sinceMs : atMs });
  }
  const seen = sumFills(observed.trades);
  // An answer may have reported more than the venue shows yet: the larger figure stands until every trade is shown.
  const reported =
    attempt.phase === 'matched' && attempt.reported.sharesMicros > seen.sharesMicros ? attempt.reported : seen;
  return withPhase(attempt, { phase: 'matched', reported });
}

/**
 * How long a FOK order that shows a part of its fill is asked after. It fills whole or not at all, so the rest is a
 * trade that lags: unseen, it would be shares that nobody sells.
 */
const REST_OF_FOK_MS = 20_000;

function isLaggingFok(attempt: LiveAttempt, atMs: number): boolean {
  const { orderType, sharesMicros, timestampMs } = attempt.intent;
  if (orderType !== 'FOK' || attempt.phase !== 'matched' || atMs >= timestampMs + REST_OF_FOK_MS) return false;
  const shownMicros = attempt.reported.sharesMicros;
  return shownMicros > 0n && sharesMicros - shownMicros >= DUST_SHARES_MICROS;
}

function isFinal(attempt: LiveAttempt, trades: readonly Trade[], atMs: number): boolean {
  if (!isFullyObserved(attempt, trades) || isLaggingFok(attempt, atMs)) return false;
  return trades.every((trade) => trade.orderHash !== attempt.intent.orderHash || trade.status !== 'provisional');
}

/**
 * Applies what the venue told about our orders: trades are merged by id, attempts whose every trade is final leave the
 * row. Trades of orders that left long ago are merged too: a late fill still belongs to its attempt (law 4).
 */
export function settleOrders(ledger: Ledger, orders: readonly ObservedOrder[], atMs: number): Ledger {
  const observedByHash = new Map(orders.map((order) => [order.orderHash, order]));
  const trades = mergeTrades(
    ledger.trades,
    orders.flatMap((order) => order.trades),
  );
  const attempts = ledger.attempts
    .map((attempt) => observeAttempt(attempt, observedByHash.get(attempt.intent.orderHash), atMs))
    .filter((attempt) => !isFinal(attempt, trades, atMs));
  return { attempts, trades };
}

/**
 * What the buy surely brought when the wallet now holds so many shares of its token, or null. Proof are all shares of
 * the order on top of those held before: the order fills whole or not at all, and no other position trades in this
 * market with this wallet. Fewer prove nothing, neither way (law 5); nor does any number where it is not known what was
 * held before. Cash and fee are those of the worst price.
 */
export function provenBuy(intent: OrderIntent, chainSharesMicros: bigint, feeRateMicros: bigint): FillTotals | null {
  const { sharesMicros: orderedMicros, limitPriceMicros: priceMicros, sharesBeforeMicros } = intent;
  if (sharesBeforeMicros === undefined) return null;
  const arrivedMicros = chainSharesMicros - sharesBeforeMicros;
  if (orderedMicros - arrivedMicros >= DUST_SHARES_MICROS) return null;
  const sharesMicros = minMicros(arrivedMicros, orderedMicros);
  return {
    sharesMicros,
    valueMicros: mulDivCeil(sharesMicros, priceMicros, ONE_MICROS),
    feesMicros: takerFeeMicros({ sharesMicros, priceMicros, feeRateMicros }),
  };
}
