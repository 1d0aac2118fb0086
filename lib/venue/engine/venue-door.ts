import type { OrderBook } from '#lib/domain/market/market.ts';
import { formatMicros, mulDivFloor, ONE_MICROS } from '#lib/domain/market/money.ts';
import { hasEvenAmounts, UNEVEN_AMOUNTS_TEXT } from '#lib/domain/market/order-amounts.ts';
import type { PlayingMarket } from '#lib/venue/books/playing-market.ts';
import type { VenueConditions } from './venue-conditions.ts';
import type { VenueLedger, VenueOrder, VenueOrderTerms } from './venue-ledger.ts';

/** An answer without success, in the venue's own status and words (venue §2.7). */
export type VenueRefusal = { readonly status: number; readonly text: string };

export type VenueDoor = {
  readonly playing: PlayingMarket;
  readonly conditions: VenueConditions;
  readonly ledger: VenueLedger;
  readonly book: OrderBook | undefined;
};

const POST_ONLY_MS = 120_000;

/** What the venue refuses before it looks at balances. */
export function findRefusalAtDoor(door: VenueDoor, order: VenueOrderTerms, atMs: number): VenueRefusal | null {
  return refusalOfMode(door, order, atMs) ?? refusalOfMarket(door, order, atMs) ?? refusalOfTerms(door, order);
}

function refusalOfMode({ conditions }: VenueDoor, order: VenueOrderTerms, atMs: number): VenueRefusal | null {
  if (conditions.isOn('engine-restart', atMs)) return { status: 425, text: 'The matching engine is restarting' };
  const restart = conditions.window('engine-restart', atMs);
  const isPostOnly = restart !== undefined && atMs >= restart.untilMs && atMs < restart.untilMs + POST_ONLY_MS;
  if (isPostOnly && !order.postOnly) {
    return { status: 503, text: 'post-only mode: only post-only orders and cancels are allowed' };
  }
  if (conditions.isOn('trading-disabled', atMs)) {
    return { status: 503, text: 'Trading is currently disabled. Please try again later' };
  }
  return conditions.isOn('cancel-only', atMs) ? { status: 503, text: 'The exchange is in cancel-only mode' } : null;
}

function refusalOfMarket(
  { playing, conditions, ledger }: VenueDoor,
  order: VenueOrderTerms,
  atMs: number,
): VenueRefusal | null {
  if (ledger.orders.has(order.orderHash)) {
    return { status: 400, text: `order ${order.orderHash} is invalid. Duplicated.` };
  }
  if (atMs >= playing.market.endsAtMs || conditions.isOn('market-over', atMs)) {
    return { status: 404, text: 'No orderbook exists for the requested token id' };
  }
  if (conditions.isOn('market-not-ready', atMs)) {
    return { status: 400, text: 'the market is not yet ready to process new orders' };
  }
  return null;
}

function refusalOfTerms({ playing, book }: VenueDoor, order: VenueOrderTerms): VenueRefusal | null {
  const { orderHash, limitPriceMicros, sharesMicros } = order;
  const tickMicros = book?.tickMicros ?? playing.market.tickMicros;
  const isOnTick = limitPriceMicros % tickMicros === 0n && limitPriceMicros >= tickMicros;
  if (!isOnTick || limitPriceMicros > ONE_MICROS - tickMicros) {
    const price = formatMicros(limitPriceMicros, 4);
    const tick = formatMicros(tickMicros, 4);
    return {
      status: 400,
      text: `order ${orderHash} is invalid. Price (${price}) breaks minimum tick size rule: ${tick}`,
    };
  }
  if (sharesMicros <= 0n || sharesMicros % (order.sizeStepMicros ?? 10_000n) !== 0n) {
    return { status: 400, text: 'invalid amounts, sizes have at most two decimals' };
  }
  // Whoever brings another step has looked at the amounts himself.
  const isPlain = order.orderType !== 'GTC' && order.sizeStepMicros === undefined;
  if (isPlain && !hasEvenAmounts(order.side, sharesMicros, limitPriceMicros)) {
    return { status: 400, text: UNEVEN_AMOUNTS_TEXT[order.side] };
  }
  const { minOrderSharesMicros } = playing.market;
  if (order.orderType === 'GTC' && sharesMicros < minOrderSharesMicros) {
    const size = formatMicros(sharesMicros);
    return {
      status: 400,
      text: `order ${orderHash} is invalid. Size (${size}) lower than the minimum: ${formatMicros(minOrderSharesMicros, 0)}`,
    };
  }
  const valueMicros = mulDivFloor(sharesMicros, limitPriceMicros, ONE_MICROS);
  if (order.side === 'BUY' && order.orderType !== 'GTC' && valueMicros < ONE_MICROS) {
    return {
      status: 400,
      text: `invalid amount for a marketable BUY order ($${formatMicros(valueMicros, 4)}), min size: $1`,
    };
  }
  const isTaker = order.postOnly && crosses(book, order);
  return isTaker ? { status: 400, text: 'invalid post-only order: order crosses book' } : null;
}

/** Would the order match something on this book? */
export function crosses(
  book: OrderBook | undefined,
  { side, limitPriceMicros }: Pick<VenueOrderTerms, 'side' | 'limitPriceMicros'>,
): boolean {
  const bestMicros = (side === 'BUY' ? book?.asks : book?.bids)?.[0]?.priceMicros;
  if (bestMicros === undefined) return false;
  return side === 'BUY' ? limitPriceMicros >= bestMicros : limitPriceMicros <= bestMicros;
}

/** Nothing was there to match with. */
export function refusedNoMatch(order: VenueOrder | undefined): VenueRefusal {
  return order?.orderType === 'FOK'
    ? { status: 400, text: "order couldn't be fully filled. FOK orders are fully filled or killed." }
    : { status: 400, text: 'no orders found to match with FAK order. FAK orders are partially filled or killed.' };
}
