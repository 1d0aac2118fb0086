import type { OrderBook } from '#lib/domain/market/market.ts';
import type { SettlementLag } from '#lib/domain/market/settlement-lag.ts';
import { settlementLagMs } from '#lib/domain/market/settlement-lag.ts';
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
import type { OrderReply } from '#lib/ports/exchange.ts';
import type { IdSource } from '#lib/ports/id-source.ts';
import type { MarketData } from '#lib/ports/market-data.ts';
import type { PaperLedger, PaperLedgerState, PaperOrder } from '#lib/ports/paper-ledger.ts';
import { findRefusalBeforeMatch } from './check-paper-order.ts';
import { matchPaperOrder } from './match-paper-order.ts';
import { totalsOfPaperOrder } from './paper-order-record.ts';

/** What the ledger said when an order was prepared, for its first post. */
export type LedgersRead = WeakMap<OrderIntent, PaperLedgerState>;

export type PostPaperOrderDeps = {
  readonly ledgersRead: LedgersRead;
  readonly marketData: Pick<MarketData, 'findBook'>;
  readonly ledger: PaperLedger;
  readonly clock: Clock;
  readonly ids: Pick<IdSource, 'nextId'>;
  readonly settlement: SettlementLag;
  readonly sellSettlement: SettlementLag;
  readonly takerDelayMs: number;
  readonly replenishMs: number;
};

/** One account has one exit at a time, so a conflict is rare and a second one in a row rarer. */
const RECORDING_COUNT_MAX = 5;

/** What one round came to: an answer, or the way on. */
type Step<Value> = { readonly reply: OrderReply } | { readonly value: Value };

/**
 * Posts one paper order, in the venue's order of events: 1. the gates (known order, balance, minimum); 2. the taker delay;
 * 3. the book, read after the delay; 4. the match; 5. the ledger entry, which is the fill itself. Nothing is recorded
 * before step 5, so that whatever ends earlier is surely not placed; step 5 is conditioned on the ledger the match was
 * decided on, and the loser of a race is decided anew.
 *
 * The gates of an order that was prepared here were read for then: it is taken up the moment it is posted, as at a venue
 * that knows its accounts. A ledger only grows, so step 5 finds out whether that knowledge was old.
 */
export async function postPaperOrder(
  deps: PostPaperOrderDeps,
  position: PositionTerms,
  intent: OrderIntent,
  deadlineAtMs: number,
): Promise<OrderReply> {
  let gate = passEarly(deps, intent) ?? (await passGates(deps, position, intent));
  if ('reply' in gate) return gate.reply;
  const matchAtMs = deps.clock.nowMs() + deps.takerDelayMs;
  if (matchAtMs >= deadlineAtMs) return notSent('the deadline leaves no time for the taker delay');
  await deps.clock.sleepUntil(matchAtMs);
  const book = await readBook(deps.marketData, intent.tokenId, deadlineAtMs);
  if ('reply' in book) return book.reply;

  for (let round = 1; round <= RECORDING_COUNT_MAX; round += 1) {
    if (deps.clock.nowMs() >= deadlineAtMs) return notSent('the deadline passed before the order was matched');
    const fill = fillOrder(deps, position, intent, { book: book.value, orders: gate.value.orders });
    if ('reply' in fill) return fill.reply;
    const reply = await recordFill(deps.ledger, position, gate.value.sequence, fill.value);
    if (reply !== 'conflict') return reply;
    gate = await passGates(deps, position, intent);
    if ('reply' in gate) return gate.reply;
  }
  return notSent('other orders of the account kept coming first');
}

/** With what is known since the order was prepared; undefined when that is nothing, or is no reason to let it pass. */
function passEarly(
  { ledgersRead, clock }: PostPaperOrderDeps,
  intent: OrderIntent,
): Step<PaperLedgerState> | undefined {
  const state = ledgersRead.get(intent);
  ledgersRead.delete(intent);
  if (state === undefined || findRefusalBeforeMatch(intent, state.orders, clock.nowMs()) !== undefined)
    return undefined;
  return { value: state };
}

async function passGates(
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
  return refusal === undefined ? { value: state } : { reply: { outcome: 'refused', ...refusal } };
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
  const match = matchPaperOrder({
    ...seen,
    intent,
    feeRateMicros,
    marketEndsAtMs,
    nowMs,
    replenishMs: deps.replenishMs,
  });
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

/** @throws InvariantError: on paper no order rests, because nothing there ever refuses to match */
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
