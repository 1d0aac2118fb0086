import { isSameHex } from '#lib/adapters/evm/is-same-hex.ts';
import { maxMicros, ONE_MICROS } from '#lib/domain/market/money.ts';
import type { PositionTerms } from '#lib/domain/position/position.ts';
import type { OwnOrderRow, OwnTradeRow } from './orders/own-trade-schema.ts';

export type OwnRows = {
  readonly orders: readonly (OwnOrderRow | undefined)[];
  readonly trades: readonly OwnTradeRow[];
};

/**
 * The venue writes the sizes of orders and trades in shares; its specification says millionths of them (venue §2.6). Read as
 * shares, those would be a million times what changed hands. A position can never have held more shares than its budget buys
 * at the smallest price: an answer in which one of its orders has more is written in millionths, all of it.
 */
export function toShares(position: PositionTerms, orderHashes: readonly string[], rows: OwnRows): OwnRows {
  const sharesMicrosMax = (position.budgetMicros * ONE_MICROS) / maxMicros(position.tickMicros, 1n);
  if (sizesOf(orderHashes, rows).every((sharesMicros) => sharesMicros <= sharesMicrosMax)) return rows;
  return { orders: rows.orders.map((order) => order && orderInShares(order)), trades: rows.trades.map(tradeInShares) };
}

/** Those of our own orders: whom we traded with may be of any size. */
function sizesOf(orderHashes: readonly string[], { orders, trades }: OwnRows): readonly bigint[] {
  const isOurs = (orderId: string) => orderHashes.some((hash) => isSameHex(hash, orderId));
  return [
    ...orders.flatMap((order) => [order?.size_matched ?? 0n, order?.original_size ?? 0n]),
    ...trades.filter((trade) => isOurs(trade.taker_order_id)).map(({ size }) => size),
    ...trades.flatMap(({ maker_orders: makers }) =>
      makers.filter(({ order_id: orderId }) => isOurs(orderId)).map(({ matched_amount: amount }) => amount),
    ),
  ];
}

function orderInShares(order: OwnOrderRow): OwnOrderRow {
  return { ...order, size_matched: order.size_matched / ONE_MICROS };
}

function tradeInShares(trade: OwnTradeRow): OwnTradeRow {
  const makers = trade.maker_orders.map((maker) => ({ ...maker, matched_amount: maker.matched_amount / ONE_MICROS }));
  return { ...trade, size: trade.size / ONE_MICROS, maker_orders: makers };
}
