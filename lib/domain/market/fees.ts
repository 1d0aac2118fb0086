import { mulDivRound, ONE_MICROS } from './money.ts';

const FEE_STEP_MICROS = 10n;

/** Taker fee of one fill: `shares · rate · p · (1 − p)`, rounded half up to 0.00001 dollar (venue §4). */
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

/** What a sale at one price brings after the taker's fee. */
export function saleProceedsMicros(fill: Parameters<typeof takerFeeMicros>[0]): bigint {
  return mulDivRound(fill.sharesMicros, fill.priceMicros, ONE_MICROS) - takerFeeMicros(fill);
}
