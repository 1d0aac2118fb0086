import { formatMicros, mulDivFloor, ONE_MICROS } from '#lib/domain/market/money.ts';
import { hasEvenAmounts, UNEVEN_AMOUNTS_TEXT } from '#lib/domain/market/order-amounts.ts';
import type { OrderIntent } from '#lib/domain/position/order-attempt.ts';
import { formatBalanceRefusal } from '#lib/domain/refusal/balance-refusal-text.ts';
import type { Refusal } from '#lib/domain/refusal/refusal.ts';
import type { PaperOrder } from '#lib/ports/paper-ledger.ts';
import { paperBalance } from './paper-balance.ts';

/** The venue's minimum for a buy that matches at once (venue §2.5): one dollar at the limit price. */
const MIN_BUY_VALUE_MICROS = ONE_MICROS;

/**
 * What the venue refuses before it holds or matches an order; undefined when it would go on. Cash is not looked at: a paper
 * account has no cash balance, the risk limits bound what may be opened.
 */
export function findRefusalBeforeMatch(
  intent: OrderIntent,
  orders: readonly PaperOrder[],
  nowMs: number,
): Refusal | undefined {
  return checkAmounts(intent) ?? (intent.side === 'BUY' ? checkBuyValue(intent) : checkShares(intent, orders, nowMs));
}

function checkAmounts({ side, orderType, sharesMicros, limitPriceMicros }: OrderIntent): Refusal | undefined {
  if (orderType === 'GTC' || hasEvenAmounts(side, sharesMicros, limitPriceMicros)) return undefined;
  return { code: 'order-size', text: UNEVEN_AMOUNTS_TEXT[side] };
}

function checkBuyValue(intent: OrderIntent): Refusal | undefined {
  const valueMicros = mulDivFloor(intent.sharesMicros, intent.limitPriceMicros, ONE_MICROS);
  if (valueMicros >= MIN_BUY_VALUE_MICROS) return undefined;
  const value = formatMicros(valueMicros, 4);
  return { code: 'order-size', text: `invalid amount for a marketable BUY order ($${value}), min size: $1` };
}

/** The gate as measured on the venue (venue §3.1); nothing of ours ever rests on the book, so no orders are active. */
function checkShares(intent: OrderIntent, orders: readonly PaperOrder[], nowMs: number): Refusal | undefined {
  const figures = { ...paperBalance(orders, nowMs), activeOrdersMicros: 0n, orderMicros: intent.sharesMicros };
  if (figures.balanceMicros >= figures.matchedOrdersMicros + figures.orderMicros) return undefined;
  return { code: 'balance-or-allowance', text: formatBalanceRefusal(figures), figures };
}
