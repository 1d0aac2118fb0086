import type { BookLevel, OrderBook, Outcome } from '#lib/domain/market/market.ts';
import { ONE_MICROS } from '#lib/domain/market/money.ts';
import type { OrderSide } from '#lib/domain/market/order.ts';

/**
 * Shares that our own taker orders took out of one snapshot of a book. A playing book does not know us: without this the
 * same resting order could be sold to twice before the next snapshot. After the next snapshot the level counts as
 * refilled, because recordings show the market's answer to its own trades, not to ours.
 */
export type TakenLiquidity = {
  readonly outcome: Outcome;
  /** Our side: a `SELL` took bids. */
  readonly side: OrderSide;
  readonly priceMicros: bigint;
  readonly sharesMicros: bigint;
  /** `atMs` of the book it was taken from. */
  readonly bookAtMs: number;
};

/** The book that is left after what we took from this very snapshot, on either of the two mirrored tokens. */
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

/** Selling UP at p took the same resting order that buying DOWN at 1 − p would. */
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
