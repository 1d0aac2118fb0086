import type { BookLevel, OrderBook } from '#lib/domain/market/market.ts';
import { findTickRefusal, NO_MATCH_TEXT, NO_ORDERBOOK_TEXT } from '#lib/domain/market/venue-rules.ts';
import { depleteLevels, isFilledBy, settleSlice, walkBook } from '#lib/domain/market/walk-book.ts';
import type { OrderIntent } from '#lib/domain/position/order-attempt.ts';
import type { Refusal } from '#lib/domain/refusal/refusal.ts';
import type { PaperOrder, PaperSlice } from '#lib/ports/store/paper-ledger.ts';

export type MatchPaperOrderCommand = {
  readonly intent: OrderIntent;
  /** The book after the taker delay; undefined when the venue has none. */
  readonly book: OrderBook | undefined;
  /** Orders of the account that filled so far. */
  readonly orders: readonly PaperOrder[];
  readonly feeRateMicros: bigint;
  readonly marketEndsAtMs: number;
  readonly nowMs: number;
  readonly replenishMs: number;
};

export type PaperMatch =
  | { readonly outcome: 'matched'; readonly slices: readonly PaperSlice[]; readonly bookAtMs: number }
  | { readonly outcome: 'refused'; readonly refusal: Refusal };

/** Fills a FAK or FOK order against a book as the venue's matching engine does. Pure. */
export function matchPaperOrder(command: MatchPaperOrderCommand): PaperMatch {
  const { intent, book, nowMs, marketEndsAtMs } = command;
  // The venue does not document fills after the end (venue §5.2), so a paper order gets none.
  if (book === undefined || nowMs >= marketEndsAtMs) return refuse({ code: 'market-over', text: NO_ORDERBOOK_TEXT });
  const refusal = findTickRefusal(intent, book.tickMicros);
  if (refusal !== null) return refuse(refusal);
  const slices = walkBook(withoutOwnFills(book, command), intent);
  if (intent.orderType === 'FOK' && !isFilledBy(intent, slices)) {
    return refuse({ code: 'no-match', text: NO_MATCH_TEXT.FOK });
  }
  if (slices.length === 0) return refuse({ code: 'no-match', text: NO_MATCH_TEXT.FAK });
  return {
    outcome: 'matched',
    slices: slices.map((slice) => ({ ...slice, ...settleSlice(slice, command.feeRateMicros) })),
    bookAtMs: book.atMs,
  };
}

function refuse(refusal: Refusal): PaperMatch {
  return { outcome: 'refused', refusal };
}

/** The public book does not show paper fills: shares taken from it count as gone until it is `replenishMs` younger. */
function withoutOwnFills(book: OrderBook, command: MatchPaperOrderCommand): Pick<OrderBook, 'bids' | 'asks'> {
  const taken: readonly BookLevel[] = command.orders
    .filter((order) => order.side === command.intent.side && book.atMs - order.bookAtMs < command.replenishMs)
    .flatMap((order) => order.slices);
  return command.intent.side === 'BUY'
    ? { bids: [], asks: depleteLevels(book.asks, taken) }
    : { bids: depleteLevels(book.bids, taken), asks: [] };
}
