import type { VenueSettings } from '#infra/shared/local-venue.ts';
import type { TradedMarket } from '#infra/venue/trading/traded-markets.ts';
import { toDecimalText } from '#lib/domain/market/venue-rules.ts';
import { clobConditionId } from '#lib/venue/books/market-version.ts';
import { outcomeOfToken } from '#lib/venue/books/playing-market.ts';
import type { VenueOrder, VenueTrade } from '#lib/venue/engine/venue-ledger.ts';
import { tradeStatusAt } from '#lib/venue/engine/venue-ledger.ts';
import { hex256 } from '#lib/venue/random.ts';

export type WireOrder = ReturnType<typeof toWireOrder>;
export type WireTrade = ReturnType<typeof toWireTrade>;

export type WireContext = {
  readonly traded: TradedMarket;
  /** The API key of the wallet's owner. */
  readonly ownerKey: string;
  readonly settings: VenueSettings;
  readonly atMs: number;
};

const COUNTERPARTY = '0x00000000000000000000000000000000000e57a1';

/** An order in the answer to a look-up (venue §2.8, §2.6). */
export function toWireOrder({ traded, ownerKey, settings }: WireContext, order: VenueOrder) {
  const trades = traded.engine.ledger.trades.filter(({ orderHash }) => orderHash === order.orderHash);
  const status = orderStatus(order);
  const placed = traded.placed.get(order.orderHash);
  return {
    id: order.orderHash,
    status: settings.statusPrefix ? `ORDER_STATUS_${status}` : status,
    owner: ownerKey,
    maker_address: order.wallet,
    market: clobConditionId(traded.playing.market),
    asset_id: order.tokenId,
    side: order.side,
    original_size: toDecimalText(order.sharesMicros),
    size_matched: toDecimalText(order.filledMicros),
    price: toDecimalText(order.limitPriceMicros),
    associate_trades: trades.map(({ tradeId }) => tradeId),
    outcome: outcomeName(traded, order.tokenId),
    created_at: Math.floor(order.receivedAtMs / 1_000),
    expiration: String(Math.floor((placed?.expiresAtMs ?? 0) / 1_000)),
    order_type: placed?.orderType ?? order.orderType,
  };
}

function orderStatus({ status, filledMicros, sharesMicros }: VenueOrder): string {
  switch (status) {
    case 'held':
      return 'DELAYED';
    case 'live':
      return 'LIVE';
    case 'done':
      return filledMicros >= sharesMicros ? 'MATCHED' : 'CANCELED';
    case 'killed':
      return 'CANCELED';
  }
}

/** A trade in the answer to a look-up: the taker's order with the makers' orders inside. One of the two is ours. */
export function toWireTrade({ traded, ownerKey, settings, atMs }: WireContext, trade: VenueTrade) {
  const { market } = traded.playing;
  const status = tradeStatusAt(trade, atMs);
  const outcome = outcomeName(traded, trade.tokenId);
  const size = toDecimalText(trade.sharesMicros);
  const price = toDecimalText(trade.priceMicros);
  const ours = { owner: ownerKey, maker_address: trade.wallet, order_id: trade.orderHash, side: trade.side };
  const theirs = {
    owner: '00000000-0000-0000-0000-000000000000',
    maker_address: COUNTERPARTY,
    order_id: `0x${hex256(`${trade.tradeId}|counterparty`)}`,
    side: trade.side === 'BUY' ? 'SELL' : 'BUY',
  };
  const [taker, maker] = trade.isMaker ? [theirs, ours] : [ours, theirs];
  return {
    id: trade.tradeId,
    taker_order_id: taker.order_id,
    market: clobConditionId(market),
    asset_id: trade.tokenId,
    side: taker.side,
    size,
    // The record does not show fees (venue §4).
    fee_rate_bps: '0',
    price,
    status: settings.statusPrefix ? `TRADE_STATUS_${status}` : status,
    match_time: String(Math.floor(trade.matchedAtMs / 1_000)),
    last_update: String(Math.floor(lastChangeMs(trade, atMs) / 1_000)),
    outcome,
    bucket_index: 0,
    owner: ownerKey,
    maker_address: taker.maker_address,
    maker_orders: [{ ...maker, matched_amount: size, price, fee_rate_bps: '0', asset_id: trade.tokenId, outcome }],
    transaction_hash: traded.transactionHash(trade, atMs),
    err_msg: status === 'FAILED' ? 'the settlement transaction failed' : null,
    trader_side: trade.isMaker ? 'MAKER' : 'TAKER',
  };
}

function lastChangeMs({ matchedAtMs, retryingAtMs, minedAtMs, finalAtMs }: VenueTrade, atMs: number): number {
  return [matchedAtMs, retryingAtMs ?? 0, minedAtMs ?? 0, finalAtMs].reduce(
    (last, changeMs) => (changeMs <= atMs ? Math.max(last, changeMs) : last),
    matchedAtMs,
  );
}

function outcomeName({ playing }: TradedMarket, tokenId: string): string {
  return playing.market.outcomeNames[outcomeOfToken(playing.market, tokenId) ?? 'UP'];
}

/** The answer to an accepted order (venue §2.6). Amounts are empty without a fill. */
export function toPostAnswer(
  traded: TradedMarket,
  order: VenueOrder,
  options: { readonly wasHeld: boolean; readonly lateFillStatus: 'live' | 'delayed'; readonly isWrongPrice: boolean },
) {
  const trades = traded.engine.ledger.trades.filter(({ orderHash }) => orderHash === order.orderHash);
  const sharesMicros = trades.reduce((sum, trade) => sum + trade.sharesMicros, 0n);
  const trueMicros = trades.reduce((sum, trade) => sum + trade.valueMicros, 0n);
  // The `wrong-price` fault: the answer's price is a cent above that of the trades.
  const valueMicros = options.isWrongPrice ? trueMicros + sharesMicros / 100n : trueMicros;
  const [making, taking] = order.side === 'BUY' ? [valueMicros, sharesMicros] : [sharesMicros, valueMicros];
  return {
    success: true,
    errorMsg: '',
    orderID: order.orderHash,
    status: answerStatus(order, options),
    makingAmount: making === 0n ? '' : toDecimalText(making),
    takingAmount: taking === 0n ? '' : toDecimalText(taking),
    tradeIDs: trades.map(({ tradeId }) => tradeId),
    transactionsHashes: [],
  };
}

function answerStatus(
  order: VenueOrder,
  { wasHeld, lateFillStatus }: { readonly wasHeld: boolean; readonly lateFillStatus: 'live' | 'delayed' },
): string {
  if (order.filledMicros > 0n) return 'matched';
  if (order.orderType !== 'GTC') return lateFillStatus;
  // Held for a match that was gone after the delay: now it rests.
  return wasHeld ? 'unmatched' : 'live';
}
