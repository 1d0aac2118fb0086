import { floorTo, mulDivCeil, ONE_MICROS } from './money.ts';
import type { OrderSide } from './order.ts';
import { CASH_STEP_MICROS, SHARES_STEP_MICROS } from './venue-rules.ts';

export const CENT_MICROS = 10_000n;

/** The step of sizes whose cash is even at this price: 1 share for a buy at 0.57, 0.02 share at 0.50. */
export function sizeStepMicros(side: OrderSide, limitPriceMicros: bigint): bigint {
  const modulus = CASH_STEP_MICROS[side] * 100n;
  return SHARES_STEP_MICROS * (modulus / greatestCommonDivisor(limitPriceMicros, modulus));
}

/**
 * The size of a sell after the venue refused amounts of this order's kind: even in whole cents after the first refusal,
 * and whole shares after more. Sources differ on whether a sell's cash may have two or four decimals (venue §2.5). A
 * smaller size stays as it is.
 */
export function coarserSize(sharesMicros: bigint, limitPriceMicros: bigint, refusalCount: number): bigint {
  const evenMicros =
    refusalCount > 1 ? floorTo(sharesMicros, ONE_MICROS) : floorToSizeStep('BUY', sharesMicros, limitPriceMicros);
  return evenMicros === 0n ? sharesMicros : evenMicros;
}

export function floorToSizeStep(side: OrderSide, sharesMicros: bigint, limitPriceMicros: bigint): bigint {
  return floorTo(sharesMicros, sizeStepMicros(side, limitPriceMicros));
}

/** Below this price a whole cent is too coarse: a buy limited to 0.003 might pay 0.01. */
const CHEAP_BUY_MICROS = 50_000n;

/** Rounds a limit to the next worse cent, which allows finer sizes. Limits near 0 and 1 and of cheap buys stay. */
export function toWholeCents(side: OrderSide, limitPriceMicros: bigint): bigint {
  if (side === 'BUY' && limitPriceMicros < CHEAP_BUY_MICROS) return limitPriceMicros;
  const cents = side === 'BUY' ? mulDivCeil(limitPriceMicros, 1n, CENT_MICROS) : limitPriceMicros / CENT_MICROS;
  const rounded = cents * CENT_MICROS;
  return rounded >= CENT_MICROS && rounded < ONE_MICROS ? rounded : limitPriceMicros;
}

function greatestCommonDivisor(a: bigint, b: bigint): bigint {
  return b === 0n ? a : greatestCommonDivisor(b, a % b);
}
