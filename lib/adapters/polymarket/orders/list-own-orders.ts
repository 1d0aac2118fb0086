import * as z from 'zod/mini';
import { isSameHex } from '#lib/adapters/evm/is-same-hex.ts';
import type { ClobAccess } from '#lib/adapters/polymarket/clob-access.ts';
import { toClobConditionId } from '#lib/adapters/polymarket/market-data/market-ids.ts';
import { NotFoundSchema, parseReply } from '#lib/adapters/polymarket/parse-reply.ts';
import { readPages } from '#lib/adapters/polymarket/read-pages.ts';
import { maxMicros, ONE_MICROS } from '#lib/domain/market/money.ts';
import type { PositionTerms } from '#lib/domain/position/position.ts';
import { UnexpectedReplyError } from '#lib/errors/errors.ts';
import type { Clock } from '#lib/ports/clock.ts';
import type { OrderRecord } from '#lib/ports/venue/exchange.ts';
import type { Wallet } from '#lib/ports/wallet/wallet.ts';
import { type OwnOrderRow, OwnOrderSchema, type OwnTradeRow, OwnTradeSchema } from './own-order-schemas.ts';
import { type OwnTrade, toOrderRecord, toOwnTrade } from './to-order-record.ts';
import { withTrueFees } from './true-fees.ts';

export type ListOwnOrdersDeps = {
  readonly access: ClobAccess;
  readonly clock: Pick<Clock, 'nowMs'>;
  readonly chain: Pick<Wallet, 'listCashMovements'> | undefined;
};

/**
 * Looks up each order by its hash, and all our trades of the market: the venue forgets finished orders but keeps trades
 * (venue §2.8). Orders are requested first, so that a match in between appears as trades that are not shown yet.
 * @throws UpstreamUnavailableError, UnexpectedReplyError
 */
export async function listOwnOrders(
  deps: ListOwnOrdersDeps,
  position: PositionTerms,
  orderHashes: readonly string[],
  deadlineAtMs: number,
): Promise<readonly OrderRecord[]> {
  const hashes = [...new Set(orderHashes)];
  if (hashes.length === 0) return [];
  let hasSkipped = false;
  const maySkip = (row: unknown): boolean => {
    const isForeign = isSurelyForeign(row, hashes);
    hasSkipped ||= isForeign;
    return isForeign;
  };
  const [foundOrders, foundTrades] = await Promise.all([
    Promise.all(hashes.map((hash) => findOrder(deps.access, hash, deadlineAtMs))),
    readPages(deps.access, OwnTradeSchema, {
      path: '/data/trades',
      query: { market: toClobConditionId(position.conditionId), maker_address: position.wallet },
      what: 'our trades',
      deadlineAtMs,
      maySkip,
    }),
  ]);
  const { orders, trades: rows } = toShares(position, hashes, { orders: foundOrders, trades: foundTrades });
  const known = eachOnce(rows).map((row) => ({ row, trades: tradesOfRow(row, hashes, position.feeRateMicros) }));
  // An unreadable trade may have moved cash in the same transactions, so no fee can be verified.
  const chain = hasSkipped ? undefined : deps.chain;
  const trades = await verifyFees({ ...deps, chain }, position, known, deadlineAtMs);
  const nowMs = deps.clock.nowMs();
  return hashes.flatMap((hash, index) => {
    const own = trades.filter((trade) => trade.orderHash === hash).map(toTrade);
    return toOrderRecord(hash, orders[index], own, nowMs) ?? [];
  });
}

const OrderIdsSchema = z.looseObject({
  taker_order_id: z.string().check(z.minLength(1)),
  maker_orders: z.array(z.looseObject({ order_id: z.string().check(z.minLength(1)) })),
});

/**
 * Whether an unreadable trade may be left out: only if it names all its orders and ours are not among them. Otherwise
 * it may be a fill of ours, and the orders stay unknown (law 4).
 */
function isSurelyForeign(row: unknown, orderHashes: readonly string[]): boolean {
  const ids = OrderIdsSchema.safeParse(row);
  if (!ids.success) return false;
  const named = [ids.data.taker_order_id, ...ids.data.maker_orders.map((order) => order.order_id)];
  return !named.some((orderId) => orderHashes.some((hash) => isSameHex(hash, orderId)));
}

/** A new trade shifts the pages while they are read, so a trade may be on two of them. The later one is more recent. */
function eachOnce<Row extends { readonly id: string }>(rows: readonly Row[]): readonly Row[] {
  return [...new Map(rows.map((row) => [row.id, row])).values()];
}

type KnownRow = {
  readonly row: { readonly transaction_hash?: string | null | undefined };
  readonly trades: OwnTrade[];
};

function tradesOfRow(row: Parameters<typeof toOwnTrade>[0], hashes: readonly string[], feeRateMicros: bigint) {
  return hashes.flatMap((hash) => toOwnTrade(row, hash, feeRateMicros) ?? []);
}

async function verifyFees(
  { chain, clock }: ListOwnOrdersDeps,
  position: PositionTerms,
  known: readonly KnownRow[],
  deadlineAtMs: number,
): Promise<readonly OwnTrade[]> {
  const trades = known.flatMap((each) => each.trades);
  if (chain === undefined) return trades;
  // A transaction that also settles trades of our other orders moved cash for those too.
  const foreign = new Set(known.filter((each) => each.trades.length === 0).map(({ row }) => row.transaction_hash));
  const checked = trades.map((trade) =>
    foreign.has(trade.transactionHash) ? { ...trade, transactionHash: null } : trade,
  );
  return withTrueFees({ clock, wallet: chain }, position, checked, deadlineAtMs);
}

function toTrade({ transactionHash, ...trade }: OwnTrade) {
  return trade;
}

/** Undefined when the venue does not know the order, which proves nothing. */
async function findOrder(access: ClobAccess, hash: string, deadlineAtMs: number): Promise<OwnOrderRow | undefined> {
  const what = 'our order';
  const may = { mayBeEmpty: true, mayBeAbsent: true } as const;
  const path = `/data/order/${hash}`;
  const { status, body } = await access.ask({ method: 'GET', path, what, deadlineAtMs, ...may });
  if (status === 404 || body === null || (status < 300 && isUnknown(body))) return undefined;
  if (status >= 400) throw new UnexpectedReplyError(`The venue refused to return ${what}`, { status });
  return parseReply(OwnOrderSchema, body, what);
}

function isUnknown(body: unknown): boolean {
  const refusal = NotFoundSchema.safeParse(body);
  return refusal.success && /not found/i.test(refusal.data.error);
}

type OwnRows = {
  readonly orders: readonly (OwnOrderRow | undefined)[];
  readonly trades: readonly OwnTradeRow[];
};

/**
 * The venue sends sizes in shares, although its specification says millionths (venue §2.6). A position cannot hold more
 * shares than its budget buys at the lowest price; if one of its orders has more, the whole answer is in millionths.
 */
function toShares(position: PositionTerms, orderHashes: readonly string[], rows: OwnRows): OwnRows {
  const sharesMicrosMax = (position.budgetMicros * ONE_MICROS) / maxMicros(position.tickMicros, 1n);
  if (sizesOf(orderHashes, rows).every((sharesMicros) => sharesMicros <= sharesMicrosMax)) return rows;
  return { orders: rows.orders.map((order) => order && orderInShares(order)), trades: rows.trades.map(tradeInShares) };
}

/** The sizes of our own orders; those of counterparties have no limit. */
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
