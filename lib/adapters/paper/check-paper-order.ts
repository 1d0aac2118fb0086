import { findAccuracyRefusal, findBuyMinimumRefusal } from '#lib/domain/market/venue-rules.ts';
import type { OrderIntent } from '#lib/domain/position/order-attempt.ts';
import { formatBalanceRefusal } from '#lib/domain/refusal/balance-refusal-text.ts';
import type { Refusal } from '#lib/domain/refusal/refusal.ts';
import type { PaperOrder } from '#lib/ports/store/paper-ledger.ts';
import { paperBalance } from './paper-balance.ts';

/** The refusal before a match, or null. Cash is not checked: the risk limits bound what may be opened. */
export function findRefusalBeforeMatch(
  intent: OrderIntent,
  orders: readonly PaperOrder[],
  nowMs: number,
): Refusal | null {
  return findAccuracyRefusal(intent) ?? findBuyMinimumRefusal(intent) ?? findBalanceRefusal(intent, orders, nowMs);
}

/** The venue's rule for sells (venue §3.1). Paper orders never rest on the book, so none are active. */
function findBalanceRefusal(intent: OrderIntent, orders: readonly PaperOrder[], nowMs: number): Refusal | null {
  if (intent.side === 'BUY') return null;
  const figures = { ...paperBalance(orders, nowMs), activeOrdersMicros: 0n, orderMicros: intent.sharesMicros };
  if (figures.balanceMicros >= figures.matchedOrdersMicros + figures.orderMicros) return null;
  return { code: 'balance-or-allowance', text: formatBalanceRefusal(figures), figures };
}
