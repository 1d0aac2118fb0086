import { takerFeeMicros } from './fees.ts';
import type { BookLevel, OrderBook } from './market.ts';
import { floorTo, maxMicros, minMicros, mulDivFloor, ONE_MICROS } from './money.ts';
import { type FillTotals, type OrderTerms, sumFills } from './order.ts';
import { SHARES_STEP_MICROS } from './venue-rules.ts';

export type TakerOrder = Pick<OrderTerms, 'side' | 'sharesMicros' | 'limitPriceMicros'>;

/** The levels, or parts of them, that a taker order would fill against, best price first. */
export function walkBook(book: Pick<OrderBook, 'bids' | 'asks'>, order: TakerOrder): readonly BookLevel[] {
  const levels = order.side === 'BUY' ? book.asks : book.bids;
  const slices: BookLevel[] = [];
  let leftMicros = order.sharesMicros;
  for (const level of levels) {
    const isWithinLimit =
      order.side === 'BUY' ? level.priceMicros <= order.limitPriceMicros : level.priceMicros >= order.limitPriceMicros;
    if (leftMicros === 0n || !isWithinLimit) break;
    const takenMicros = minMicros(leftMicros, level.sharesMicros);
    slices.push({ priceMicros: level.priceMicros, sharesMicros: takenMicros });
    leftMicros -= takenMicros;
  }
  return slices;
}

/** Shares, cash and taker fees of these fills. Cash and fees are rounded per fill, as at the venue. */
export function totalsOfSlices(slices: readonly BookLevel[], feeRateMicros: bigint): FillTotals {
  return sumFills(
    slices.map(({ sharesMicros, priceMicros }) => ({
      sharesMicros,
      valueMicros: mulDivFloor(sharesMicros, priceMicros, ONE_MICROS),
      feesMicros: takerFeeMicros({ sharesMicros, priceMicros, feeRateMicros }),
    })),
  );
}

/** One side of a book after `taken` was filled, in multiples of 0.01 share. Empty levels are removed. */
export function depleteLevels(levels: readonly BookLevel[], taken: readonly BookLevel[]): readonly BookLevel[] {
  return levels
    .map(({ priceMicros, sharesMicros }) => {
      const takenMicros = taken.reduce(
        (sum, slice) => sum + (slice.priceMicros === priceMicros ? slice.sharesMicros : 0n),
        0n,
      );
      return { priceMicros, sharesMicros: floorTo(maxMicros(sharesMicros - takenMicros, 0n), SHARES_STEP_MICROS) };
    })
    .filter((level) => level.sharesMicros > 0n);
}
