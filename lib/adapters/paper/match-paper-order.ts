import { depleteLevels } from '#lib/domain/market/deplete-levels.ts';
import { takerFeeMicros } from '#lib/domain/market/fees.ts';
import type { BookLevel, OrderBook } from '#lib/domain/market/market.ts';
import { formatMicros, mulDivFloor, ONE_MICROS } from '#lib/domain/market/money.ts';
import { walkBook } from '#lib/domain/market/walk-book.ts';
import type { OrderIntent } from '#lib/domain/position/order-attempt.ts';
import type { Refusal } from '#lib/domain/refusal/refusal.ts';
import type { PaperOrder, PaperSlice } from '#lib/ports/paper-ledger.ts';

export type MatchPaperOrderCommand = {
  readonly intent: OrderIntent;
  /** The book after the taker delay; undefined when the venue has none. */
  readonly book: OrderBook | undefined;
  /** What the account has filled so far. */
  readonly orders: readonly PaperOrder[];
  readonly feeRateMicros: bigint;
  readonly marketEndsAtMs: number;
  readonly nowMs: number;
  /** How much younger a book must be to hold again what was taken from an older one. */
  readonly replenishMs: number;
};

export type PaperMatch =
  | { readonly outcome: 'matched'; readonly slices: readonly PaperSlice[]; readonly bookAtMs: number }
  | { readonly outcome: 'refused'; readonly refusal: Refusal };

/** Fills a FAK or FOK order against a book as the venue's engine would. Pure. */
export function matchPaperOrder(command: MatchPaperOrderCommand): PaperMatch {
  const { intent, book, nowMs, marketEndsAtMs } = command;
  // Nobody documents orders after the end (venue §5.2), so on paper the end is hard: no profit that may not exist.
  if (book === undefined || nowMs >= marketEndsAtMs) {
    return refuse('market-over', 'No orderbook exists for the requested token id');
  }
  if (!isOnTick(intent.limitPriceMicros, book.tickMicros)) {
    const rule = `breaks minimum tick size rule: ${toDecimal(book.tickMicros)}`;
    return refuse(
      'tick-size',
      `order ${intent.orderHash} is invalid. Price (${toDecimal(intent.limitPriceMicros)}) ${rule}`,
    );
  }
  const slices = walkBook(withoutOwnFills(book, command), intent);
  const filledMicros = slices.reduce((sum, slice) => sum + slice.sharesMicros, 0n);
  if (intent.orderType === 'FOK' && filledMicros < intent.sharesMicros) {
    return refuse('no-match', "order couldn't be fully filled. FOK orders are fully filled or killed.");
  }
  if (filledMicros === 0n) {
    return refuse(
      'no-match',
      'no orders found to match with FAK order. FAK orders are partially filled or killed if no match is found.',
    );
  }
  return {
    outcome: 'matched',
    slices: slices.map((slice) => settle(slice, command.feeRateMicros)),
    bookAtMs: book.atMs,
  };
}

function refuse(code: Refusal['code'], text: string): PaperMatch {
  return { outcome: 'refused', refusal: { code, text } };
}

/** "0.505": as many decimals as there are. */
function toDecimal(micros: bigint): string {
  return formatMicros(micros, 6).replace(/\.?0+$/, '');
}

function isOnTick(priceMicros: bigint, tickMicros: bigint): boolean {
  return priceMicros % tickMicros === 0n && priceMicros >= tickMicros && priceMicros <= ONE_MICROS - tickMicros;
}

/**
 * The public book never learns of our fills, so it would sell us the same resting order again and again. What we took
 * counts as gone until the book is `replenishMs` younger than the one we took it from.
 */
function withoutOwnFills(book: OrderBook, command: MatchPaperOrderCommand): Pick<OrderBook, 'bids' | 'asks'> {
  const taken: readonly BookLevel[] = command.orders
    .filter((order) => order.side === command.intent.side && book.atMs - order.bookAtMs < command.replenishMs)
    .flatMap((order) => order.slices);
  return command.intent.side === 'BUY'
    ? { bids: [], asks: depleteLevels(book.asks, taken) }
    : { bids: depleteLevels(book.bids, taken), asks: [] };
}

function settle(slice: BookLevel, feeRateMicros: bigint): PaperSlice {
  const valueMicros = mulDivFloor(slice.sharesMicros, slice.priceMicros, ONE_MICROS);
  return { ...slice, valueMicros, feesMicros: takerFeeMicros({ ...slice, feeRateMicros }) };
}
