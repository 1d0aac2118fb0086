import { takerFeeMicros } from './fees.ts';
import type { BookLevel, OrderBook } from './market.ts';
import { floorTo, maxMicros, minMicros, mulDivFloor, mulDivRound, ONE_MICROS } from './money.ts';
import { cashMicrosOf, type FillTotals, isForCash, type OrderTerms, sumFills } from './order.ts';
import { SHARES_STEP_MICROS } from './venue-rules.ts';

export type TakerOrder = Pick<OrderTerms, 'side' | 'orderType' | 'sharesMicros' | 'limitPriceMicros'> & {
  /** The signed dollars of a buy; size times limit unless given. */
  readonly cashMicros?: bigint | undefined;
};

/**
 * The levels, or parts of them, that a taker order would fill against, best price first. A FAK or FOK buy takes what
 * its dollars pay for, in millionths of a share: at a better price more shares than it names.
 */
export function walkBook(book: Pick<OrderBook, 'bids' | 'asks'>, order: TakerOrder): readonly BookLevel[] {
  const levels = order.side === 'BUY' ? book.asks : book.bids;
  const slices: BookLevel[] = [];
  const isByCash = isForCash(order);
  let leftMicros = isByCash ? (order.cashMicros ?? cashMicrosOf(order)) : order.sharesMicros;
  for (const level of levels) {
    const isWithinLimit =
      order.side === 'BUY' ? level.priceMicros <= order.limitPriceMicros : level.priceMicros >= order.limitPriceMicros;
    if (leftMicros === 0n || !isWithinLimit) break;
    const wantedMicros = isByCash ? mulDivFloor(leftMicros, ONE_MICROS, level.priceMicros) : leftMicros;
    const takenMicros = minMicros(wantedMicros, level.sharesMicros);
    if (takenMicros === 0n) break;
    const slice = { priceMicros: level.priceMicros, sharesMicros: takenMicros };
    slices.push(slice);
    leftMicros -= isByCash ? cashOfSlice(slice) : takenMicros;
    // What rounding leaves of the dollars buys nothing at the next level.
    if (takenMicros < level.sharesMicros) break;
  }
  return slices;
}

/** Whether these slices fill the order completely: all its shares, or all its dollars but for rounding. */
export function isFilledBy(order: TakerOrder, slices: readonly BookLevel[]): boolean {
  if (!isForCash(order)) return sumOf(slices, ({ sharesMicros }) => sharesMicros) >= order.sharesMicros;
  const leftMicros = (order.cashMicros ?? cashMicrosOf(order)) - sumOf(slices, cashOfSlice);
  return leftMicros <= CASH_ROUNDING_MICROS;
}

/** The last level's shares are rounded down and its cash to the nearest micro. */
const CASH_ROUNDING_MICROS = 1n;

function cashOfSlice({ sharesMicros, priceMicros }: BookLevel): bigint {
  return mulDivRound(sharesMicros, priceMicros, ONE_MICROS);
}

function sumOf(slices: readonly BookLevel[], figure: (slice: BookLevel) => bigint): bigint {
  return slices.reduce((sum, slice) => sum + figure(slice), 0n);
}

/** Shares, cash and taker fees of these fills. Cash and fees are rounded per fill, as at the venue. */
export function totalsOfSlices(slices: readonly BookLevel[], feeRateMicros: bigint): FillTotals {
  return sumFills(slices.map((slice) => settleSlice(slice, feeRateMicros)));
}

/** Shares, cash and taker fee of one fill. Cash is rounded to the nearest micro, as in the venue's list of trades. */
export function settleSlice(slice: BookLevel, feeRateMicros: bigint): FillTotals {
  const feesMicros = takerFeeMicros({ ...slice, feeRateMicros });
  return { sharesMicros: slice.sharesMicros, valueMicros: cashOfSlice(slice), feesMicros };
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
