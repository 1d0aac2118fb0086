import { ONE_MICROS } from '#lib/domain/market/money.ts';
import type { OrderTerms } from '#lib/domain/market/order.ts';
import { DUST_SHARES_MICROS } from '#lib/domain/position/fill-totals.ts';
import { InvariantError } from '#lib/errors/errors.ts';

/** The finest price step the venue knows (venue §2.5). */
const FINEST_TICK_MICROS = 100n;

/** What the maker gives and takes, in micros: a buy gives cash and takes shares, a sell the other way round. */
export type OrderAmounts = { readonly makerAmount: string; readonly takerAmount: string };

/**
 * The amounts that say exactly these shares at exactly this price. A size of two decimals times a price of four at the most
 * has six, so nothing is ever rounded, and the price the venue derives from the amounts is the limit itself (venue §2.5).
 * @throws InvariantError for an order that no book could take: whoever planned it has a bug
 */
export function orderAmounts({ side, sharesMicros, limitPriceMicros }: OrderTerms): OrderAmounts {
  const context = { sharesMicros: sharesMicros.toString(), limitPriceMicros: limitPriceMicros.toString() };
  if (sharesMicros <= 0n || sharesMicros % DUST_SHARES_MICROS !== 0n) {
    throw new InvariantError('An order must be for a positive multiple of 0.01 share', context);
  }
  const isPrice = limitPriceMicros > 0n && limitPriceMicros < ONE_MICROS;
  if (!isPrice || limitPriceMicros % FINEST_TICK_MICROS !== 0n) {
    throw new InvariantError('A limit price must lie between 0 and 1 on a step of 0.0001', context);
  }
  const shares = sharesMicros.toString();
  const cash = ((sharesMicros * limitPriceMicros) / ONE_MICROS).toString();
  return side === 'BUY' ? { makerAmount: cash, takerAmount: shares } : { makerAmount: shares, takerAmount: cash };
}
