import { floorTo, mulDivCeil, ONE_MICROS } from './money.ts';
import type { OrderSide } from './order.ts';
import { CASH_STEP_MICROS, SHARES_STEP_MICROS } from './venue-rules.ts';

const CENT_MICROS = 10_000n;

/** The smallest step of sizes whose cash at this price comes out even: a whole share for a buy at 0.57, 0.02 share at 0.50. */
export function sizeStepMicros(side: OrderSide, limitPriceMicros: bigint): bigint {
  // n hundredths of a share cost n · price / 100 micros.
  const modulus = CASH_STEP_MICROS[side] * 100n;
  return SHARES_STEP_MICROS * (modulus / greatestCommonDivisor(limitPriceMicros, modulus));
}

/** The largest size of these shares that the venue takes at this price. */
export function floorToSizeStep(side: OrderSide, sharesMicros: bigint, limitPriceMicros: bigint): bigint {
  return floorTo(sharesMicros, sizeStepMicros(side, limitPriceMicros));
}

/** Below this a cent is too much of a price: a buy at 0.003 that may cost 0.01 would pay three times what it was told to. */
const CHEAP_BUY_MICROS = 50_000n;

/**
 * A limit is a worst price: up to a cent worse, in whole cents, it lets through fills it would have let through anyway and allows
 * sizes a hundred times finer. Near zero and one, where there is no such cent, the price stays; so does that of a cheap buy, whose
 * shares are so many that coarse steps do not matter.
 */
export function toWholeCents(side: OrderSide, limitPriceMicros: bigint): bigint {
  if (side === 'BUY' && limitPriceMicros < CHEAP_BUY_MICROS) return limitPriceMicros;
  const cents = side === 'BUY' ? mulDivCeil(limitPriceMicros, 1n, CENT_MICROS) : limitPriceMicros / CENT_MICROS;
  const rounded = cents * CENT_MICROS;
  return rounded >= CENT_MICROS && rounded < ONE_MICROS ? rounded : limitPriceMicros;
}

function greatestCommonDivisor(a: bigint, b: bigint): bigint {
  return b === 0n ? a : greatestCommonDivisor(b, a % b);
}
