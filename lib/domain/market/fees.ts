import { mulDivRound, ONE_MICROS } from './money.ts';

/** The venue settles fees in steps of 0.00001 dollar (venue §4). */
const FEE_STEP_MICROS = 10n;

/**
 * Taker fee of one fill: `shares · rate · p · (1 − p)`, rounded to five decimals of a dollar, halves up. Makers pay nothing.
 * The rate is the market's own, in millionths (0.07 is 70_000).
 */
export function takerFeeMicros(fill: {
  readonly sharesMicros: bigint;
  readonly priceMicros: bigint;
  readonly feeRateMicros: bigint;
}): bigint {
  const variance = fill.priceMicros * (ONE_MICROS - fill.priceMicros);
  return (
    mulDivRound(fill.sharesMicros * fill.feeRateMicros, variance, FEE_STEP_MICROS * ONE_MICROS ** 3n) * FEE_STEP_MICROS
  );
}
