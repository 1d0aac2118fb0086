import { ONE_MICROS } from '#lib/domain/market/money.ts';
import {
  accuracyRefusal,
  CASH_STEP_MICROS,
  isOnTick,
  LIMIT_TAKER_DECIMALS,
  MARKET_TAKER_DECIMALS,
  SHARES_STEP_MICROS,
  tickRefusal,
} from '#lib/domain/market/venue-rules.ts';
import type { SignedVenueOrder } from '../chain/venue-chain.ts';

export type OrderAmounts = {
  readonly sharesMicros: bigint;
  readonly limitPriceMicros: bigint;
  /** The dollars of a buy. */
  readonly cashMicros?: bigint;
  readonly sizeStepMicros: bigint;
};

/**
 * Size and limit price of an order from its two signed amounts, or the text of the venue's refusal (venue §2.5). Sizes
 * have two decimals and cash has the tick's. A buy for a sum of cash has it the other way round: cash in whole cents,
 * size in four decimals. The price follows from the amounts and has to be on the tick, within the rounding of the
 * amounts.
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
  const decimals = isMarketOrder
    ? MARKET_TAKER_DECIMALS
    : (LIMIT_TAKER_DECIMALS.get(tickMicros) ?? MARKET_TAKER_DECIMALS);
  const takerStepMicros = 10n ** BigInt(6 - decimals);
  const cashStepMicros = isMarketOrder ? CASH_STEP_MICROS[order.side] : takerStepMicros;
  const isBySize = sharesMicros % SHARES_STEP_MICROS === 0n && valueMicros % cashStepMicros === 0n;
  const isByCash =
    isBuy && isMarketOrder && valueMicros % cashStepMicros === 0n && sharesMicros % takerStepMicros === 0n;
  if (!isBySize && !isByCash) {
    return { refusal: accuracyRefusal(isMarketOrder ? 'market' : 'limit', order.side, decimals).text };
  }
  const ticks = (2n * valueMicros * ONE_MICROS + sharesMicros * tickMicros) / (2n * sharesMicros * tickMicros);
  const limitPriceMicros = ticks * tickMicros;
  const driftMicros = valueMicros * ONE_MICROS - sharesMicros * limitPriceMicros;
  const slackMicros = takerStepMicros * (ONE_MICROS + limitPriceMicros);
  const isWithinRounding = driftMicros <= slackMicros && -driftMicros <= slackMicros;
  if (!isWithinRounding || !isOnTick(limitPriceMicros, tickMicros)) {
    return { refusal: tickRefusal(orderHash, (valueMicros * ONE_MICROS) / sharesMicros, tickMicros).text };
  }
  const sizeStepMicros = isBySize ? SHARES_STEP_MICROS : takerStepMicros;
  return { sharesMicros, limitPriceMicros, sizeStepMicros, ...(isBuy && { cashMicros: valueMicros }) };
}
