import type { OrderBook } from '#lib/domain/market/market.ts';
import { ceilTo, floorTo, maxMicros, minMicros, mulDivFloor, ONE_MICROS } from '#lib/domain/market/money.ts';
import { type FillTotals, NO_FILLS } from '#lib/domain/market/order.ts';
import { sizeStepMicros, toWholeCents } from '#lib/domain/market/order-amounts.ts';
import { totalsOfSlices, walkBook } from '#lib/domain/market/walk-book.ts';

export type SalePlan = {
  /** Whole steps of the venue's sizes; the rest cannot be sold. */
  readonly sharesMicros: bigint;
  readonly floorMicros: bigint;
  readonly bestBidMicros: bigint | null;
  /** What today's book would give at the floor. */
  readonly expected: FillTotals;
};

/** Without a minimum price nothing is sold below this share of the best bid. Judgement: a bid far off may be a trap. */
const FLOOR_PERCENT = 80n;

/**
 * A sell at market: down to the bid that takes the last share, and one tick more for a book that moves, but not below
 * 80 % of the best bid. A minimum price replaces all of this. Null without a bid and without a minimum price.
 */
export function planSale(
  book: Pick<OrderBook, 'bids' | 'asks' | 'tickMicros'>,
  heldMicros: bigint,
  feeRateMicros: bigint,
  minPriceMicros: bigint | null,
): SalePlan | null {
  const tick = book.tickMicros;
  const bestBidMicros = book.bids[0]?.priceMicros ?? null;
  const floorMicros = minPriceMicros === null ? findFloor(book, heldMicros) : ceilTo(minPriceMicros, tick);
  if (floorMicros === null) return null;
  const sharesMicros = floorTo(heldMicros, sizeStepMicros('SELL', floorMicros));
  const order = { side: 'SELL', orderType: 'FAK', sharesMicros, limitPriceMicros: floorMicros } as const;
  const slices = sharesMicros === 0n ? [] : walkBook(book, order);
  const expected = slices.length === 0 ? NO_FILLS : totalsOfSlices(slices, feeRateMicros);
  return { sharesMicros, floorMicros, bestBidMicros, expected };
}

function findFloor(
  { bids, tickMicros: tick }: Pick<OrderBook, 'bids' | 'tickMicros'>,
  heldMicros: bigint,
): bigint | null {
  const [best] = bids;
  if (best === undefined) return null;
  let leftMicros = heldMicros;
  let worst = best.priceMicros;
  for (const { priceMicros, sharesMicros } of bids) {
    if (leftMicros <= 0n) break;
    worst = priceMicros;
    leftMicros -= sharesMicros;
  }
  const lowest = ceilTo(mulDivFloor(best.priceMicros, FLOOR_PERCENT, 100n), tick);
  const wanted = minMicros(floorTo(maxMicros(worst - tick, lowest), tick), ONE_MICROS - tick);
  return maxMicros(tick, toWholeCents('SELL', wanted));
}
