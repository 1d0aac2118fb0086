import type { OrderBook } from '#lib/domain/market/market.ts';
import {
  findAccuracyRefusal,
  findBuyMinimumRefusal,
  findRestingMinimumRefusal,
  findSizeRefusal,
  findTickRefusal,
  NO_MATCH_TEXT,
  NO_ORDERBOOK_TEXT,
} from '#lib/domain/market/venue-rules.ts';
import type { PlayingMarket } from '#lib/venue/books/playing-market.ts';
import type { VenueConditions } from './venue-conditions.ts';
import type { VenueLedger, VenueOrder, VenueOrderTerms } from './venue-ledger.ts';

/** A refusal with the venue's status and text (venue §2.7). */
export type VenueRefusal = { readonly status: number; readonly text: string };

export type OrderContext = {
  readonly playing: PlayingMarket;
  readonly conditions: VenueConditions;
  readonly ledger: VenueLedger;
  readonly book: OrderBook | undefined;
};

const POST_ONLY_MS = 120_000;

/** The refusals that come before the check of balances: mode of the venue, state of the market, terms of the order. */
export function findOrderRefusal(context: OrderContext, order: VenueOrderTerms, atMs: number): VenueRefusal | null {
  return (
    findModeRefusal(context, order, atMs) ?? findMarketRefusal(context, order, atMs) ?? findTermsRefusal(context, order)
  );
}

/** Cloudflare's block page, which reads may be spared (py-clob-client#143, #152). */
const BLOCK_PAGE =
  '<!DOCTYPE html><html><head><title>Attention Required! | Cloudflare</title></head><body>Sorry, you have been blocked</body></html>';

function findModeRefusal({ conditions }: OrderContext, order: VenueOrderTerms, atMs: number): VenueRefusal | null {
  if (conditions.isOn('post-blocked', atMs)) return { status: 403, text: BLOCK_PAGE };
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

function findMarketRefusal(
  { playing, conditions, ledger }: OrderContext,
  order: VenueOrderTerms,
  atMs: number,
): VenueRefusal | null {
  if (ledger.orders.has(order.orderHash)) {
    return { status: 400, text: `order ${order.orderHash} is invalid. Duplicated.` };
  }
  if (atMs >= playing.market.endsAtMs || conditions.isOn('market-over', atMs)) {
    return { status: 404, text: NO_ORDERBOOK_TEXT };
  }
  if (conditions.isOn('market-not-ready', atMs)) {
    return { status: 400, text: 'the market is not yet ready to process new orders' };
  }
  return null;
}

function findTermsRefusal({ playing, book }: OrderContext, order: VenueOrderTerms): VenueRefusal | null {
  const { market } = playing;
  // An order with a size step of its own comes from a caller that has checked its amounts.
  const isByAmounts = order.sizeStepMicros !== undefined;
  const refusal =
    findTickRefusal(order, book?.tickMicros ?? market.tickMicros) ??
    findSizeRefusal(order.sharesMicros, order.sizeStepMicros) ??
    (isByAmounts ? null : findAccuracyRefusal(order)) ??
    findRestingMinimumRefusal(order, market.minOrderSharesMicros) ??
    findBuyMinimumRefusal(order);
  if (refusal !== null) return { status: 400, text: refusal.text };
  const isTaker = order.postOnly && crosses(book, order);
  return isTaker ? { status: 400, text: 'invalid post-only order: order crosses book' } : null;
}

export function crosses(
  book: OrderBook | undefined,
  { side, limitPriceMicros }: Pick<VenueOrderTerms, 'side' | 'limitPriceMicros'>,
): boolean {
  const bestMicros = (side === 'BUY' ? book?.asks : book?.bids)?.[0]?.priceMicros;
  if (bestMicros === undefined) return false;
  return side === 'BUY' ? limitPriceMicros >= bestMicros : limitPriceMicros <= bestMicros;
}

export function noMatchRefusal(order: VenueOrder | undefined): VenueRefusal {
  return { status: 400, text: NO_MATCH_TEXT[order?.orderType === 'FOK' ? 'FOK' : 'FAK'] };
}
