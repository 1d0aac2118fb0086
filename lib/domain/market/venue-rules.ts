import { formatMicros, mulDivFloor, ONE_MICROS } from './money.ts';
import type { OrderSide, OrderTerms, OrderType } from './order.ts';

/**
 * The venue's rules for orders (venue §2.5) and the error text of each (venue §2.7). A `find…Refusal` returns null for
 * an order that keeps the rule. Sources, read in November 2026: docs.polymarket.com trading/orders and
 * resources/error-codes, `roundingConfig.ts` of clob-client-v2 1.1.0. Other sources are named at the constant.
 */

/** Sizes are multiples of 0.01 share. */
export const SHARES_STEP_MICROS = 10_000n;
/** Prices are multiples of the market's tick: 0.1, 0.01, 0.005, 0.0025, 0.001 or 0.0001. */
export const FINEST_TICK_MICROS = 100n;
/** Smallest order that may rest on the book: `orderMinSize` of all up/down markets seen in 2026. */
export const USUAL_MIN_ORDER_SHARES_MICROS = 5_000_000n;
/** Taker fee rate of all crypto markets seen since its introduction; read again in October 2026 (venue §4). */
export const USUAL_FEE_RATE_MICROS = 70_000n;
/** Minimum value, at its limit, of a buy that matches at once. */
export const MARKETABLE_BUY_MIN_MICROS = ONE_MICROS;
/**
 * Cash of an order that does not rest: whole cents for a buy, hundredths of a cent for a sell, whatever the tick
 * (py-clob-client#121, rs-clob-client#114, py-clob-client-v2#59).
 */
export const CASH_STEP_MICROS = { BUY: 10_000n, SELL: 100n } as const satisfies Record<OrderSide, bigint>;
/** Decimals of the taker's amount of such an order; the maker's has two. */
export const MARKET_TAKER_DECIMALS = 4;
/** Decimals of the taker's amount of an order that rests, by tick. */
export const LIMIT_TAKER_DECIMALS: ReadonlyMap<bigint, number> = new Map([
  [100_000n, 3],
  [10_000n, 4],
  [5_000n, 5],
  [2_500n, 6],
  [1_000n, 5],
  [100n, 6],
]);
/**
 * How long the venue holds a marketable order of a crypto market (venue §2.6). Its changelog of 2026: 250 ms, 50 ms
 * from 17 August, 150 ms since 4 September.
 */
export const TAKER_DELAY_MS = 150;

export const NO_ORDERBOOK_TEXT = 'No orderbook exists for the requested token id';
export const NO_MATCH_TEXT = {
  FAK: 'no orders found to match with FAK order. FAK orders are partially filled or killed if no match is found.',
  FOK: "order couldn't be fully filled. FOK orders are fully filled or killed.",
} as const satisfies Partial<Record<OrderType, string>>;

/** A refusal's code and the venue's text. */
export type RuleRefusal = { readonly code: 'tick-size' | 'order-size'; readonly text: string };

export type RuledOrder = Omit<OrderTerms, 'tokenId' | 'negRisk' | 'marketVersion'> & { readonly orderHash: string };

export function isOnTick(priceMicros: bigint, tickMicros: bigint): boolean {
  return priceMicros % tickMicros === 0n && priceMicros >= tickMicros && priceMicros <= ONE_MICROS - tickMicros;
}

export function tickRefusal(orderHash: string, priceMicros: bigint, tickMicros: bigint): RuleRefusal {
  const rule = `Price (${toDecimalText(priceMicros)}) breaks minimum tick size rule: ${toDecimalText(tickMicros)}`;
  return { code: 'tick-size', text: `order ${orderHash} is invalid. ${rule}` };
}

export function findTickRefusal({ orderHash, limitPriceMicros }: RuledOrder, tickMicros: bigint): RuleRefusal | null {
  return isOnTick(limitPriceMicros, tickMicros) ? null : tickRefusal(orderHash, limitPriceMicros, tickMicros);
}

export function findSizeRefusal(sharesMicros: bigint, stepMicros = SHARES_STEP_MICROS): RuleRefusal | null {
  if (sharesMicros > 0n && sharesMicros % stepMicros === 0n) return null;
  return { code: 'order-size', text: 'invalid amounts, sizes have at most two decimals' };
}

export function findAccuracyRefusal(order: Omit<RuledOrder, 'orderHash'>): RuleRefusal | null {
  const { side, orderType, sharesMicros, limitPriceMicros } = order;
  const isCashEven = (sharesMicros * limitPriceMicros) % (CASH_STEP_MICROS[side] * ONE_MICROS) === 0n;
  if (orderType === 'GTC' || (isCashEven && sharesMicros % SHARES_STEP_MICROS === 0n)) return null;
  return accuracyRefusal('market', side, MARKET_TAKER_DECIMALS);
}

export function accuracyRefusal(kind: 'market' | 'limit', side: OrderSide, takerDecimals: number): RuleRefusal {
  const orders = `the ${kind} ${side.toLowerCase()} orders maker amount supports a max accuracy of 2 decimals`;
  return { code: 'order-size', text: `invalid amounts, ${orders}, taker amount a max of ${takerDecimals} decimals` };
}

/** Only an order that rests has a minimum in shares. */
export function findRestingMinimumRefusal(order: RuledOrder, minOrderSharesMicros: bigint): RuleRefusal | null {
  const { orderHash, orderType, sharesMicros } = order;
  if (orderType !== 'GTC' || sharesMicros >= minOrderSharesMicros) return null;
  const rule = `Size (${formatMicros(sharesMicros)}) lower than the minimum: ${formatMicros(minOrderSharesMicros, 0)}`;
  return { code: 'order-size', text: `order ${orderHash} is invalid. ${rule}` };
}

/** Only a buy that matches at once has a minimum in dollars. */
export function findBuyMinimumRefusal(order: Omit<RuledOrder, 'orderHash'>): RuleRefusal | null {
  const { side, orderType, sharesMicros, limitPriceMicros } = order;
  const valueMicros = mulDivFloor(sharesMicros, limitPriceMicros, ONE_MICROS);
  if (side === 'SELL' || orderType === 'GTC' || valueMicros >= MARKETABLE_BUY_MIN_MICROS) return null;
  const value = formatMicros(valueMicros, 4);
  return { code: 'order-size', text: `invalid amount for a marketable BUY order ($${value}), min size: $1` };
}

/** A price or size as the venue writes it, without trailing zeros: `0.505`, `120`. */
export function toDecimalText(micros: bigint): string {
  return formatMicros(micros, 6).replace(/\.?0+$/, '');
}
