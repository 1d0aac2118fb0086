import { isSameHex } from '#lib/adapters/evm/is-same-hex.ts';
import { takerFeeMicros } from '#lib/domain/market/fees.ts';
import { mulDivRound, ONE_MICROS } from '#lib/domain/market/money.ts';
import { type FillTotals, type OrderSide, sumFills } from '#lib/domain/market/order.ts';
import { DUST_SHARES_MICROS } from '#lib/domain/position/fill-totals.ts';
import type { Trade, TradeStatus } from '#lib/domain/position/order-attempt.ts';
import type { OrderRecord } from '#lib/ports/venue/exchange.ts';
import type { OwnOrderRow, OwnTradeRow } from './own-order-schemas.ts';

/** A fill of one of our orders with its settlement transaction; null while there is none. */
export type OwnTrade = Trade & { readonly transactionHash: string | null };

/**
 * An order's part of a trade, as its taker or as one of the makers; undefined when it has none. `GET /data/trades` has
 * no usable fees: takers pay the market's rate, makers nothing (venue §4).
 */
export function toOwnTrade(row: OwnTradeRow, orderHash: string, feeRateMicros: bigint): OwnTrade | undefined {
  const shared = {
    orderHash,
    status: toTradeStatus(row.status),
    matchedAtMs: row.match_time,
    feeDriftMicros: null,
    transactionHash: row.transaction_hash ? row.transaction_hash : null,
  };
  if (isSameHex(row.taker_order_id, orderHash)) {
    return { ...shared, tradeId: row.id, side: row.side, ...takerFills(row, feeRateMicros) };
  }
  const maker = row.maker_orders.find((order) => isSameHex(order.order_id, orderHash));
  if (maker === undefined) return undefined;
  const { matched_amount: sharesMicros, price } = maker;
  const valueMicros = mulDivRound(sharesMicros, price, ONE_MICROS);
  // Two resting orders of ours may be part of the same trade; the id has to differ.
  const tradeId = `${row.id}/${orderHash.slice(2, 10)}`;
  return { ...shared, tradeId, side: makerSide(row, maker), sharesMicros, valueMicros, feesMicros: 0n };
}

/**
 * Computed for each maker order, because fees are not linear in the price; as a whole where the parts do not add up.
 */
function takerFills(row: OwnTradeRow, feeRateMicros: bigint): FillTotals {
  const slices = row.maker_orders.map(({ matched_amount: sharesMicros, price, asset_id: assetId }) => ({
    sharesMicros,
    // A maker of the other outcome pays the rest of the dollar.
    priceMicros: assetId && assetId !== row.asset_id ? ONE_MICROS - price : price,
  }));
  const sum = slices.reduce((total, slice) => total + slice.sharesMicros, 0n);
  const parts = sum === row.size ? slices : [{ sharesMicros: row.size, priceMicros: row.price }];
  return sumFills(
    parts.map((part) => ({
      sharesMicros: part.sharesMicros,
      valueMicros: mulDivRound(part.sharesMicros, part.priceMicros, ONE_MICROS),
      feesMicros: takerFeeMicros({ ...part, feeRateMicros }),
    })),
  );
}

function makerSide(row: OwnTradeRow, maker: OwnTradeRow['maker_orders'][number]): OrderSide {
  if (maker.side) return maker.side;
  const isSameToken = !maker.asset_id || maker.asset_id === row.asset_id;
  if (!isSameToken) return row.side;
  return row.side === 'BUY' ? 'SELL' : 'BUY';
}

/** Only these two are final (venue §2.6). Unknown statuses count as provisional. */
function toTradeStatus(status: string): TradeStatus {
  switch (bareStatus(status)) {
    case 'CONFIRMED':
      return 'confirmed';
    case 'FAILED':
      return 'failed';
    default:
      return 'provisional';
  }
}

/** Statuses of an order that receives no more fills. */
const ENDED = /^(?:MATCHED|CANCELL?ED|INVALID|EXPIRED)/;

export function isEndedStatus(status: string): boolean {
  return ENDED.test(bareStatus(status));
}

/** How long the venue may take to show all trades of a match after the first. */
const COMPLETION_MS = 1_500;

/**
 * Undefined when the venue knows neither order nor trade. A finished order counts as working until its trades add up to
 * what the venue says was matched. The venue often knows resting orders only (venue §2.8), so recent trades of an
 * unknown order may be incomplete.
 */
export function toOrderRecord(
  orderHash: string,
  order: OwnOrderRow | undefined,
  trades: readonly Trade[],
  nowMs: number,
): OrderRecord | undefined {
  const shownMicros = trades.reduce((sum, trade) => sum + trade.sharesMicros, 0n);
  if (order !== undefined) {
    const status = bareStatus(order.status);
    // Each trade may have lost some millionths to rounding; less than a sellable size is not missing.
    const isOver = ENDED.test(status) && order.size_matched - shownMicros < DUST_SHARES_MICROS;
    const isMissing = status === 'MATCHED' && trades.length === 0;
    return { orderHash, working: !isOver || isMissing, trades };
  }
  if (trades.length === 0) return undefined;
  const isFresh = trades.some((trade) => Math.abs(nowMs - trade.matchedAtMs) < COMPLETION_MS);
  return { orderHash, working: isFresh, trades };
}

function bareStatus(status: string): string {
  return status.toUpperCase().replace(/^(?:TRADE|ORDER)_STATUS_/, '');
}
