import type { BookLevel, OrderBook, Outcome } from '#lib/domain/market/market.ts';
import { ONE_MICROS } from '#lib/domain/market/money.ts';
import type { OrderSide } from '#lib/domain/market/order.ts';

/**
 * Shares that our orders took from one snapshot of a played book, which does not react to them. The next snapshot
 * counts as refilled.
 */
export type TakenLiquidity = {
  readonly outcome: Outcome;
  /** Our side: a `SELL` took bids. */
  readonly side: OrderSide;
  readonly priceMicros: bigint;
  readonly sharesMicros: bigint;
  readonly bookAtMs: number;
};

/** The book without what was taken from this snapshot, on either of the two mirrored tokens. */
export function withoutTaken(book: OrderBook, outcome: Outcome, taken: readonly TakenLiquidity[]): OrderBook {
  const ofSnapshot = taken.filter((each) => each.bookAtMs === book.atMs).map((each) => seenFrom(outcome, each));
  if (ofSnapshot.length === 0) return book;
  return {
    ...book,
    bids: subtract(
      book.bids,
      ofSnapshot.filter((each) => each.side === 'SELL'),
    ),
    asks: subtract(
      book.asks,
      ofSnapshot.filter((each) => each.side === 'BUY'),
    ),
  };
}

/** Selling UP at p takes the same resting order as buying DOWN at 1 − p. */
function seenFrom(outcome: Outcome, taken: TakenLiquidity): TakenLiquidity {
  if (taken.outcome === outcome) return taken;
  return {
    ...taken,
    outcome,
    side: taken.side === 'SELL' ? 'BUY' : 'SELL',
    priceMicros: ONE_MICROS - taken.priceMicros,
  };
}

function subtract(levels: readonly BookLevel[], taken: readonly TakenLiquidity[]): readonly BookLevel[] {
  return levels
    .map(({ priceMicros, sharesMicros }) => ({
      priceMicros,
      sharesMicros: taken
        .filter((each) => each.priceMicros === priceMicros)
        .reduce((left, each) => left - each.sharesMicros, sharesMicros),
    }))
    .filter((level) => level.sharesMicros > 0n);
}
