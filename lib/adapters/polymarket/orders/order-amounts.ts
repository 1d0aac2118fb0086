import { assertOrderTerms } from '#lib/adapters/assert-order.ts';
import { ONE_MICROS } from '#lib/domain/market/money.ts';
import type { OrderTerms } from '#lib/domain/market/order.ts';

/** What the maker gives and takes, in micros: a buy gives cash and takes shares, a sell the other way round. */
export type OrderAmounts = { readonly makerAmount: string; readonly takerAmount: string };

/**
 * Both amounts are exact: a size of two decimals times a price of at most four has six. So the price that the venue
 * derives from them is the limit itself (venue §2.5).
 * @throws InvariantError for an order that no book accepts
 */
export function orderAmounts(order: OrderTerms): OrderAmounts {
  assertOrderTerms(order);
  const { side, sharesMicros, limitPriceMicros } = order;
  const shares = sharesMicros.toString();
  const cash = ((sharesMicros * limitPriceMicros) / ONE_MICROS).toString();
  return side === 'BUY' ? { makerAmount: cash, takerAmount: shares } : { makerAmount: shares, takerAmount: cash };
}
