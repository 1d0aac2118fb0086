import { formatMicros, ONE_MICROS } from '#lib/domain/market/money.ts';
import { UNEVEN_AMOUNTS_TEXT } from '#lib/domain/market/order-amounts.ts';
import type { SignedVenueOrder } from '../chain/venue-chain.ts';

export type OrderAmounts = {
  readonly sharesMicros: bigint;
  readonly limitPriceMicros: bigint;
  readonly sizeStepMicros: bigint;
};

/** Decimals of a cash amount, or of a size that follows from one, by tick in micros (venue §2.5). */
const AMOUNT_DECIMALS: ReadonlyMap<bigint, number> = new Map([
  [100_000n, 3],
  [10_000n, 4],
  [5_000n, 5],
  [2_500n, 6],
  [1_000n, 5],
  [100n, 6],
]);
/** Of an order that does not rest, whatever the tick; the other amount has two, and for a buy that is the cash. */
const MARKET_AMOUNT_DECIMALS = 4;
const SIZE_STEP_MICROS = 10_000n;

/**
 * Size and price behind the two amounts of an order, or the venue's refusal of them. Sizes have two decimals and cash has
 * the tick's; a buy for a sum of cash has it the other way round. The price is derived anew and has to be on the tick, as
 * far as the amounts' rounding lets one see it.
 */
export function readOrderAmounts(
  order: SignedVenueOrder,
  orderHash: string,
  tickMicros: bigint,
  isMarketOrder: boolean,
): OrderAmounts | { readonly refusal: string } {
  const isBuy = order.side === 'BUY';
  const sharesMicros = BigInt(isBuy ? order.takerAmount : order.makerAmount);
  const valueMicros = BigInt(isBuy ? order.makerAmount : order.takerAmount);
  if (sharesMicros <= 0n || valueMicros <= 0n) return { refusal: 'invalid amounts, both have to be above zero' };
  const decimals = isMarketOrder ? MARKET_AMOUNT_DECIMALS : (AMOUNT_DECIMALS.get(tickMicros) ?? 4);
  const amountStepMicros = 10n ** BigInt(6 - decimals);
  const valueStepMicros = isBuy && isMarketOrder ? SIZE_STEP_MICROS : amountStepMicros;
  const isBySize = sharesMicros % SIZE_STEP_MICROS === 0n && valueMicros % valueStepMicros === 0n;
  const isByCash =
    isBuy && isMarketOrder && valueMicros % SIZE_STEP_MICROS === 0n && sharesMicros % amountStepMicros === 0n;
  if (!isBySize && !isByCash) {
    return { refusal: isMarketOrder ? UNEVEN_AMOUNTS_TEXT[order.side] : amountsText(order.side, decimals) };
  }
  const ticks = (2n * valueMicros * ONE_MICROS + sharesMicros * tickMicros) / (2n * sharesMicros * tickMicros);
  const limitPriceMicros = ticks * tickMicros;
  const driftMicros = valueMicros * ONE_MICROS - sharesMicros * limitPriceMicros;
  const slackMicros = amountStepMicros * (ONE_MICROS + limitPriceMicros);
  const isOnTick = driftMicros <= slackMicros && -driftMicros <= slackMicros;
  if (!isOnTick || limitPriceMicros < tickMicros || limitPriceMicros > ONE_MICROS - tickMicros) {
    const price = formatMicros((valueMicros * ONE_MICROS) / sharesMicros, 4);
    const rule = `Price (${price}) breaks minimum tick size rule: ${formatMicros(tickMicros, 4)}`;
    return { refusal: `order ${orderHash} is invalid. ${rule}` };
  }
  return { sharesMicros, limitPriceMicros, sizeStepMicros: isBySize ? SIZE_STEP_MICROS : amountStepMicros };
}

function amountsText(side: 'BUY' | 'SELL', decimals: number): string {
  const kind = side === 'BUY' ? 'buy' : 'sell';
  return `invalid amounts, the limit ${kind} orders maker amount supports a max accuracy of 2 decimals, taker amount a max of ${decimals} decimals`;
}
