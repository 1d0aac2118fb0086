import type { OrderBook } from '#lib/domain/market/market.ts';
import { TAKER_DELAY_MS } from '#lib/domain/market/venue-rules.ts';
import type { OrderIntent } from '#lib/domain/position/order-attempt.ts';
import type { PositionTerms } from '#lib/domain/position/position.ts';
import {
  InvariantError,
  RateLimitedError,
  StoreUnavailableError,
  UnexpectedReplyError,
  UpstreamUnavailableError,
} from '#lib/errors/errors.ts';
import type { Clock } from '#lib/ports/clock.ts';
import type { IdSource } from '#lib/ports/id-source.ts';
import type { PaperLedger, PaperLedgerState, PaperOrder } from '#lib/ports/store/paper-ledger.ts';
import type { OrderReply } from '#lib/ports/venue/exchange.ts';
import type { MarketData } from '#lib/ports/venue/market-data.ts';
import { findRefusalBeforeMatch } from './check-paper-order.ts';
import { matchPaperOrder } from './match-paper-order.ts';
import { totalsOfPaperOrder } from './paper-order-record.ts';
import type { SettlementLag } from './settlement-lag.ts';
import { settlementLagMs } from './settlement-lag.ts';

/** The ledger as read when an order was prepared, for its first post. */
export type LedgersRead = WeakMap<OrderIntent, PaperLedgerState>;

export type PostPaperOrderDeps = {
  readonly ledgersRead: LedgersRead;
  readonly marketData: Pick<MarketData, 'findBook'>;
  readonly ledger: PaperLedger;
  readonly clock: Clock;
  readonly ids: Pick<IdSource, 'nextId'>;
  readonly settlement: SettlementLag;
  readonly sellSettlement: SettlementLag;
  readonly takerDelayMs?: number;
  readonly replenishMs: number;
};

/** One account has one exit at a time, so conflicts are rare. */
const RECORDING_COUNT_MAX = 5;

/** Either the final answer, or what the next step needs. */
type Step<Value> = { readonly reply: OrderReply } | { readonly value: Value };

/**
 * Posts one paper order in the venue's sequence: checks, taker delay, book, match, record. The record is the fill: an
 * order that ends before is not placed. It is conditional on the ledger that the match used; on a conflict the order is
 * checked and matched again. An order prepared in this process is checked with the ledger read then, so that its post
 * needs no read.
 */
export async function postPaperOrder(
  deps: PostPaperOrderDeps,
  position: PositionTerms,
  intent: OrderIntent,
  deadlineAtMs: number,
): Promise<OrderReply> {
  let check = checkPrepared(deps, intent) ?? (await checkWithLedger(deps, position, intent));
  if ('reply' in check) return check.reply;
  const matchAtMs = deps.clock.nowMs() + (deps.takerDelayMs ?? position.takerDelayMs ?? TAKER_DELAY_MS);
  if (matchAtMs >= deadlineAtMs) return notSent('the deadline leaves no time for the taker delay');
  await deps.clock.sleepUntil(matchAtMs);
  const book = await readBook(deps.marketData, intent.tokenId, deadlineAtMs);
  if ('reply' in book) return book.reply;

  for (let round = 1; round <= RECORDING_COUNT_MAX; round += 1) {
    if (deps.clock.nowMs() >= deadlineAtMs) return notSent('the deadline passed before the order was matched');
    const fill = fillOrder(deps, position, intent, { book: book.value, orders: check.value.orders });
    if ('reply' in fill) return fill.reply;
    const reply = await recordFill(deps.ledger, position, check.value.sequence, fill.value);
    if (reply !== 'conflict') return reply;
    check = await checkWithLedger(deps, position, intent);
    if ('reply' in check) return check.reply;
  }
  return notSent('other orders of the account kept coming first');
}

/** The ledger as read at the preparation; undefined without one, or when the order does not pass on it. */
function checkPrepared(
  { ledgersRead, clock }: PostPaperOrderDeps,
  intent: OrderIntent,
): Step<PaperLedgerState> | undefined {
  const state = ledgersRead.get(intent);
  ledgersRead.delete(intent);
  if (state === undefined || findRefusalBeforeMatch(intent, state.orders, clock.nowMs()) !== null) return undefined;
  return { value: state };
}

async function checkWithLedger(
  deps: PostPaperOrderDeps,
  position: PositionTerms,
  intent: OrderIntent,
): Promise<Step<PaperLedgerState>> {
  let state: PaperLedgerState;
  try {
    state = await deps.ledger.read(position);
  } catch (error) {
    if (error instanceof StoreUnavailableError) return { reply: notSent('the paper ledger was not reached') };
    throw error;
  }
  if (state.orders.some((order) => order.orderHash === intent.orderHash)) return { reply: { outcome: 'duplicate' } };
  const refusal = findRefusalBeforeMatch(intent, state.orders, deps.clock.nowMs());
  return refusal === null ? { value: state } : { reply: { outcome: 'refused', ...refusal } };
}

async function readBook(
  marketData: Pick<MarketData, 'findBook'>,
  tokenId: string,
  deadlineAtMs: number,
): Promise<Step<OrderBook | undefined>> {
  try {
    return { value: await marketData.findBook(tokenId, deadlineAtMs) };
  } catch (error) {
    if (error instanceof RateLimitedError) {
      const text = 'the venue limits how often its book is read';
      return { reply: { outcome: 'not-sent', code: 'rate-limited', text, retryAfterMs: error.retryAfterMs } };
    }
    const isUpstream = error instanceof UpstreamUnavailableError || error instanceof UnexpectedReplyError;
    if (isUpstream) return { reply: notSent('the book could not be read') };
    throw error;
  }
}

function fillOrder(
  deps: PostPaperOrderDeps,
  position: PositionTerms,
  intent: OrderIntent,
  seen: { readonly book: OrderBook | undefined; readonly orders: readonly PaperOrder[] },
): Step<PaperOrder> {
  const nowMs = deps.clock.nowMs();
  const { feeRateMicros, marketEndsAtMs } = position;
  const lag = intent.side === 'SELL' ? deps.sellSettlement : deps.settlement;
  const { replenishMs } = deps;
  const match = matchPaperOrder({ ...seen, intent, feeRateMicros, marketEndsAtMs, nowMs, replenishMs });
  if (match.outcome === 'refused') return { reply: { outcome: 'refused', ...match.refusal } };
  return {
    value: {
      orderHash: intent.orderHash,
      recordId: deps.ids.nextId(),
      positionId: position.positionId,
      side: intent.side,
      orderType: takerTypeOf(intent),
      requestedSharesMicros: intent.sharesMicros,
      limitPriceMicros: intent.limitPriceMicros,
      slices: match.slices,
      bookAtMs: match.bookAtMs,
      acceptedAtMs: nowMs,
      settlesAtMs: nowMs + settlementLagMs(intent.orderHash, lag),
    },
  };
}

/** @throws InvariantError: on paper no order rests */
function takerTypeOf({ orderType, orderHash }: OrderIntent): PaperOrder['orderType'] {
  if (orderType !== 'GTC') return orderType;
  throw new InvariantError('An order that rests on the book was posted on paper', { orderHash });
}

async function recordFill(
  ledger: PaperLedger,
  position: PositionTerms,
  sequence: number,
  order: PaperOrder,
): Promise<OrderReply | 'conflict'> {
  try {
    const recording = await ledger.record(position, sequence, order);
    switch (recording) {
      case 'recorded':
        return { outcome: 'accepted', working: false, reported: totalsOfPaperOrder(order) };
      case 'duplicate':
        return { outcome: 'duplicate' };
      case 'conflict':
        return 'conflict';
    }
  } catch (error) {
    if (!(error instanceof StoreUnavailableError)) throw error;
    return { outcome: 'unknown', text: 'the answer of the paper ledger was lost' };
  }
}

function notSent(text: string): OrderReply {
  return { outcome: 'not-sent', code: 'not-reached', text, retryAfterMs: null };
}
