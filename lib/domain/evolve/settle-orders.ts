import { takerFeeMicros } from '#lib/domain/market/fees.ts';
import { minMicros, mulDivCeil, mulDivRound, ONE_MICROS } from '#lib/domain/market/money.ts';
import { cashMicrosOf, type FillTotals, isForCash, sumFills } from '#lib/domain/market/order.ts';
import { DUST_SHARES_MICROS, isFullyObserved } from '#lib/domain/position/fill-totals.ts';
import type { LiveAttempt, OrderIntent, Trade } from '#lib/domain/position/order-attempt.ts';
import { CANCEL_PROOF_MS, withPhase } from '#lib/domain/position/order-attempt.ts';
import type { ObservedOrder } from '#lib/domain/position/position-event.ts';

type Ledger = { readonly attempts: readonly LiveAttempt[]; readonly trades: readonly Trade[] };

/** A final status and a verified fee never change back: a look-up may be older than the previous one. */
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
  // A look-up that still shows the order working lags behind the cancellation.
  const isLagging = attempt.phase === 'cancelled' && atMs < attempt.sinceMs + CANCEL_PROOF_MS;
  // Nor does one bring an ended sell back: an order that really rests refuses the next sell, and is cancelled then.
  if (observed.working && (isLagging || attempt.phase === 'ended')) return attempt;
  if (observed.working && attempt.phase !== 'matched') {
    return withPhase(attempt, { phase: 'working', sinceMs: attempt.phase === 'working' ? attempt.sinceMs : atMs });
  }
  const seen = sumFills(observed.trades);
  // The answer may have reported more than the venue shows yet. The larger figure counts until all trades are shown.
  const reported =
    attempt.phase === 'matched' && attempt.reported.sharesMicros > seen.sharesMicros ? attempt.reported : seen;
  return withPhase(attempt, { phase: 'matched', reported });
}

/**
 * How long a partly shown FOK order is looked up. It fills completely or not at all: the rest is a late trade. For a
 * buy the rest is in dollars, because a part of its trades may show all the shares it names.
 */
const REST_OF_FOK_MS = 20_000;

function isLaggingFok({ intent, ...attempt }: LiveAttempt, atMs: number): boolean {
  if (intent.orderType !== 'FOK' || attempt.phase !== 'matched' || atMs >= intent.timestampMs + REST_OF_FOK_MS) {
    return false;
  }
  const { sharesMicros, valueMicros } = attempt.reported;
  if (sharesMicros === 0n) return false;
  const missingMicros = isForCash(intent)
    ? ((cashMicrosOf(intent) - valueMicros) * ONE_MICROS) / intent.limitPriceMicros
    : intent.sharesMicros - sharesMicros;
  return missingMicros >= DUST_SHARES_MICROS;
}

function isFinal(attempt: LiveAttempt, trades: readonly Trade[], atMs: number): boolean {
  if (!isFullyObserved(attempt, trades) || isLaggingFok(attempt, atMs)) return false;
  return trades.every((trade) => trade.orderHash !== attempt.intent.orderHash || trade.status !== 'provisional');
}

/** Merges the trades of a look-up, late ones as well (law 4), and drops attempts whose trades are all final. */
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
 * The fills that the wallet's shares prove, or null. All ordered shares on top of those before are proof: FOK fills
 * completely or not at all, and no other position uses this market and wallet. Fewer prove nothing (law 5). More are
 * the order's as well: it spends its dollars and brings more shares at a better price.
 */
export function provenBuy(intent: OrderIntent, chainSharesMicros: bigint, feeRateMicros: bigint): FillTotals | null {
  const { limitPriceMicros, sharesBeforeMicros } = intent;
  if (sharesBeforeMicros === undefined) return null;
  const sharesMicros = chainSharesMicros - sharesBeforeMicros;
  if (intent.sharesMicros - sharesMicros >= DUST_SHARES_MICROS) return null;
  const valueMicros = minMicros(mulDivCeil(sharesMicros, limitPriceMicros, ONE_MICROS), cashMicrosOf(intent));
  const priceMicros = mulDivRound(valueMicros, ONE_MICROS, sharesMicros);
  return { sharesMicros, valueMicros, feesMicros: takerFeeMicros({ sharesMicros, priceMicros, feeRateMicros }) };
}
