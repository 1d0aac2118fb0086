import { NO_FILLS } from '#lib/domain/market/order.ts';
import type { OrderIntent } from '#lib/domain/position/order-attempt.ts';
import type { PositionTerms } from '#lib/domain/position/position.ts';
import type { PositionFact } from '#lib/domain/position/position-event.ts';
import { CAUSE_OF_CODE, mayBePlaced, type Refusal } from '#lib/domain/refusal/refusal.ts';
import type { Clock } from '#lib/ports/clock.ts';
import type { Exchange, OrderReply } from '#lib/ports/venue/exchange.ts';

/** The venue may answer with a page of HTML. */
const TEXT_LENGTH_MAX = 300;

export type PostedOrder =
  | { readonly kind: 'result'; readonly fact: PositionFact }
  /** Refused: the text alone does not show the cause. */
  | { readonly kind: 'refused'; readonly refusal: Refusal };

/**
 * Posts an order whose intent is saved, and turns the answer into a fact. Any error counts as a lost answer: the order
 * may have been placed (law 4).
 */
export async function postOrder(
  deps: { readonly clock: Clock; readonly exchange: Exchange },
  position: PositionTerms,
  intent: OrderIntent,
): Promise<PostedOrder> {
  const { policy } = position;
  const lastMs = position.marketEndsAtMs - policy.deadlineLeadMs;
  const deadlineAtMs = Math.min(deps.clock.nowMs() + policy.requestDeadlineMs, lastMs);
  let reply: OrderReply;
  try {
    reply = await deps.exchange.postOrder(position, intent, deadlineAtMs);
  } catch (error) {
    reply = { outcome: 'unknown', text: error instanceof Error ? error.message : 'the exchange threw no error' };
  }
  if (reply.outcome === 'duplicate') return lookUpDuplicate(deps.exchange, position, intent, deadlineAtMs);
  return interpret(reply, intent.orderHash);
}

function interpret(reply: Exclude<OrderReply, { outcome: 'duplicate' }>, orderHash: string): PostedOrder {
  switch (reply.outcome) {
    case 'accepted':
      return {
        kind: 'result',
        fact: { type: 'order-accepted', orderHash, working: reply.working, reported: reply.reported },
      };
    case 'not-sent': {
      const { code, retryAfterMs } = reply;
      return {
        kind: 'result',
        fact: { type: 'order-not-sent', orderHash, code, text: shorten(reply.text), retryAfterMs },
      };
    }
    case 'unknown':
      return {
        kind: 'result',
        fact: { type: 'order-unknown', orderHash, text: shorten(reply.text), ...answered(reply) },
      };
    case 'refused': {
      const { outcome, ...refusal } = reply;
      return { kind: 'refused', refusal: { ...refusal, text: shorten(refusal.text) } };
    }
  }
}

function answered({ isAnswered }: Extract<OrderReply, { outcome: 'unknown' }>) {
  return isAnswered === undefined ? {} : ({ isAnswered } as const);
}

export type PostedBuy = {
  readonly fact: PositionFact;
  readonly atMs: number;
  readonly timing: { readonly postedAtMs: number; readonly tookMs: number };
  /** The venue's refusal, where it gave one. */
  readonly refusal: Refusal | null;
};

/** Posts a buy, of either outcome, whose intent is saved. It is never posted again, so any answer is a fact. */
export async function postBuyOrder(
  deps: { readonly clock: Clock; readonly account: { readonly exchange: Exchange } },
  terms: PositionTerms,
  intent: OrderIntent,
): Promise<PostedBuy> {
  const postedAtMs = deps.clock.nowMs();
  const posted = await postOrder({ clock: deps.clock, exchange: deps.account.exchange }, terms, intent);
  const atMs = deps.clock.nowMs();
  const timing = { postedAtMs, tookMs: atMs - postedAtMs };
  if (posted.kind === 'result') return { fact: posted.fact, atMs, timing, refusal: null };
  return { fact: factOfRefusedBuy(posted.refusal, intent), atMs, timing, refusal: posted.refusal };
}

/**
 * A refused buy ends the attempt whatever the cause, so nothing is read. Words that do not prove that nothing was
 * placed are looked up first: the shares would never be sold (law 4).
 */
function factOfRefusedBuy({ code, text }: Refusal, { orderHash }: Pick<OrderIntent, 'orderHash'>) {
  if (mayBePlaced(code)) {
    return { type: 'order-unknown', orderHash, text, isAnswered: true, isRefused: true } as const;
  }
  const figures = { sellableMicros: null, shortfallMicros: null, remedied: false };
  return { type: 'order-refused', orderHash, code, cause: CAUSE_OF_CODE[code], text, ...figures } as const;
}

/** The venue has this order already: its state is the result, not the second post. */
async function lookUpDuplicate(
  exchange: Exchange,
  position: PositionTerms,
  intent: OrderIntent,
  deadlineAtMs: number,
): Promise<PostedOrder> {
  const { orderHash } = intent;
  const orders = await exchange.listOrders(position, [orderHash], deadlineAtMs).catch(() => []);
  if (orders.length > 0) return { kind: 'result', fact: { type: 'orders-observed', orders, absentHashes: [] } };
  // The venue has the order and does not show it yet, or no longer.
  return { kind: 'result', fact: { type: 'order-accepted', orderHash, working: true, reported: NO_FILLS } };
}

/** The table refuses half a surrogate pair, which the cut or the venue may leave. */
function shorten(text: string): string {
  return (text.length <= TEXT_LENGTH_MAX ? text : `${text.slice(0, TEXT_LENGTH_MAX - 1)}…`).toWellFormed();
}
