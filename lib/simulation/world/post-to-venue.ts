import { mulDivFloor, ONE_MICROS } from '#lib/domain/market/money.ts';
import { type FillTotals, sumFills } from '#lib/domain/market/order.ts';
import type { OrderIntent } from '#lib/domain/position/order-attempt.ts';
import type { PositionTerms } from '#lib/domain/position/position.ts';
import { classifyVenueError } from '#lib/domain/refusal/venue-error-text.ts';
import type { OrderReply } from '#lib/ports/exchange.ts';
import type { VenueRefusal } from '#lib/venue/engine/venue-door.ts';
import { estimatedFeeMicros, type VenueOrder } from '#lib/venue/engine/venue-ledger.ts';
import type { VenueLine } from './venue-exchange.ts';

const NO_ANSWER: OrderReply = { outcome: 'unknown', text: 'the venue did not answer in time' };

/** Answers that say nothing about the order, which may have been placed or not. */
const SILENT_FAULTS = [
  { kind: 'internal-error', status: 500, text: 'could not insert order' },
  { kind: 'context-canceled', status: 400, text: 'rpc error: context canceled' },
  { kind: 'html-answer', status: 502, text: '<html><head><title>502 Bad Gateway</title></head></html>' },
] as const;

/** One request to place an order, with all that can happen to it on the way there, at the venue and on the way back. */
export async function postToVenue(
  line: VenueLine,
  position: PositionTerms,
  intent: OrderIntent,
  deadlineMs: number,
): Promise<OrderReply> {
  const { dice, time } = line;
  const givingUp = async (): Promise<OrderReply> => {
    await time.sleepUntil(deadlineMs);
    return NO_ANSWER;
  };
  if (dice.roll('reply-lost-before')) return givingUp();
  if (dice.roll('late-arrival')) {
    time.at(deadlineMs + dice.between('late-arrival', 500, 12_000), () => void submit(line, position, intent));
    return givingUp();
  }
  await time.sleepUntil(time.nowMs() + line.travelMs());
  const early = refusalBeforeEngine(line);
  if (early !== null) return answer(line, early, deadlineMs);
  const silent = SILENT_FAULTS.find(({ kind }) => dice.roll(kind));
  if (silent !== undefined) {
    if (dice.between(silent.kind, 0, 1) === 1) submit(line, position, intent);
    return answer(line, toReply(silent), deadlineMs);
  }
  const submission = submit(line, position, intent);
  if (dice.roll('reply-lost-after')) return givingUp();
  if ('status' in submission) return answer(line, toReply(submission), deadlineMs);
  await time.sleepUntil(submission.matchAtMs);
  const result = line.engine.answerTo(intent.orderHash, time.nowMs());
  return answer(line, 'text' in result ? toReply(result) : accepted(line, position, result), deadlineMs);
}

function submit({ engine, time }: VenueLine, position: PositionTerms, intent: OrderIntent) {
  const { orderHash, tokenId, side, orderType, sharesMicros, limitPriceMicros } = intent;
  const { wallet } = position;
  const terms = {
    orderHash,
    wallet,
    tokenId,
    side,
    orderType,
    postOnly: orderType === 'GTC',
    sharesMicros,
    limitPriceMicros,
  };
  return engine.submit(terms, time.nowMs());
}

function refusalBeforeEngine({ dice }: VenueLine): OrderReply | null {
  if (dice.roll('rate-limited')) {
    const retryAfterMs = 1_000 * dice.between('rate-limited', 1, 10);
    return { outcome: 'not-sent', code: 'rate-limited', text: 'Too Many Requests', retryAfterMs };
  }
  if (dice.roll('unknown-refusal')) return toReply({ status: 400, text: 'the moon is in the wrong phase' });
  if (dice.roll('invalid-order')) return toReply({ status: 400, text: 'invalid signature' });
  return dice.roll('account-blocked') ? toReply({ status: 400, text: "'0x00' address in closed only mode" }) : null;
}

/** The way back: an answer that comes after the deadline is none. */
async function answer(line: VenueLine, reply: OrderReply, deadlineMs: number): Promise<OrderReply> {
  const { dice, time } = line;
  const slowMs = dice.roll('slow-answer') ? dice.between('slow-answer', 1_000, 10_000) : 0;
  const arrivesAtMs = time.nowMs() + line.travelMs() + slowMs;
  await time.sleepUntil(Math.min(arrivesAtMs, deadlineMs));
  return arrivesAtMs <= deadlineMs ? reply : NO_ANSWER;
}

function toReply({ status, text }: VenueRefusal): OrderReply {
  const meaning = classifyVenueError(status, text);
  return meaning.outcome === 'not-sent' ? { ...meaning, retryAfterMs: null } : meaning;
}

function accepted(line: VenueLine, position: PositionTerms, order: VenueOrder): OrderReply {
  const working = order.status === 'held' || order.status === 'live';
  const trades = line.engine.ledger.trades.filter((trade) => trade.orderHash === order.orderHash);
  const { feeRateMicros } = position;
  const fills = trades.map((trade) => {
    const { sharesMicros, valueMicros } = trade;
    return { sharesMicros, valueMicros, feesMicros: estimatedFeeMicros(trade, feeRateMicros) };
  });
  const reported = sumFills(fills);
  const isWrongPrice = reported.sharesMicros > 0n && line.dice.roll('wrong-price');
  return { outcome: 'accepted', working, reported: isWrongPrice ? atOtherPrice(reported) : reported };
}

/** The answer names a price a cent away from what the trades will show. */
function atOtherPrice(reported: FillTotals): FillTotals {
  const cent = mulDivFloor(reported.sharesMicros, 10_000n, ONE_MICROS);
  return { ...reported, valueMicros: reported.valueMicros + cent };
}
