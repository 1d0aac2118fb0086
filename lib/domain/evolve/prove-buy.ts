import { takerFeeMicros } from '#lib/domain/market/fees.ts';
import { minMicros, mulDivCeil, ONE_MICROS } from '#lib/domain/market/money.ts';
import type { FillTotals } from '#lib/domain/market/order.ts';
import { DUST_SHARES_MICROS } from '#lib/domain/position/fill-totals.ts';
import type { OrderIntent } from '#lib/domain/position/order-attempt.ts';

/**
 * What the buy surely brought when the wallet now holds so many shares of its token, or null. Proof are all shares of the order on top
 * of those held before: the order fills whole or not at all, and no other position trades in this market with this wallet. Fewer prove
 * nothing, neither way (law 5); nor does any number where it is not known what was held before. Cash and fee are those of the worst price.
 */
export function provenBuy(intent: OrderIntent, chainSharesMicros: bigint, feeRateMicros: bigint): FillTotals | null {
  const { sharesMicros: orderedMicros, limitPriceMicros: priceMicros, sharesBeforeMicros } = intent;
  if (sharesBeforeMicros === undefined) return null;
  const arrivedMicros = chainSharesMicros - sharesBeforeMicros;
  if (orderedMicros - arrivedMicros >= DUST_SHARES_MICROS) return null;
  const sharesMicros = minMicros(arrivedMicros, orderedMicros);
  return {
    sharesMicros,
    valueMicros: mulDivCeil(sharesMicros, priceMicros, ONE_MICROS),
    feesMicros: takerFeeMicros({ sharesMicros, priceMicros, feeRateMicros }),
  };
}
