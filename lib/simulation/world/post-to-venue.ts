import { mulDivFloor, ONE_MICROS } from '#lib/domain/market/money.ts';
import { type FillTotals, sumFills } from '#lib/domain/market/order.ts';
import type { OrderIntent } from '#lib/domain/position/order-attempt.ts';
import type { PositionTerms } from '#lib/domain/position/position.ts';
import { classifyVenueError } from '#lib/domain/refusal/venue-error-text.ts';
import type { OrderReply } from '#lib/ports/venue/exchange.ts';
import type { VenueRefusal } from '#lib/venue/engine/check-order.ts';
import { estimatedFeeMicros, type VenueOrder } from '#lib/venue/engine/venue-ledger.ts';
import { drawDeparture, drawInterception, drawSlownessMs } from '#lib/venue/faults/request-fate.ts';
import type { VenueConnection } from './venue-exchange.ts';

const NO_ANSWER: OrderReply = { outcome: 'unknown', text: 'the venue did not answer in time' };

/** Carries one order to the venue model and its answer back, with the faults of the request (`request-fate.ts`). */
export async function postToVenue(
  line: VenueConnection,
  position: PositionTerms,
  intent: OrderIntent,
  deadlineMs: number,
): Promise<OrderReply> {
  const { dice, time } = line;
  const giveUp = async (): Promise<OrderReply> => {
    await time.sleepUntil(deadlineMs);
    return NO_ANSWER;
  };
  const departure = drawDeparture(dice);
  if (departure !== 'arrives') {
    if (departure !== 'lost') {
      line.onUnderWay?.(intent.orderHash, 1);
      time.at(deadlineMs + departure.lateMs, () => {
        line.onUnderWay?.(intent.orderHash, -1);
        submit(line, position, intent);
      });
    }
    return giveUp();
  }
  await time.sleepUntil(time.nowMs() + line.travelMs());
  const intercepted = drawInterception(dice);
  if (intercepted !== null) {
    if (intercepted.isPlaced) submit(line, position, intent);
    return answer(line, toReply(intercepted.refusal, intercepted.retryAfterMs), deadlineMs);
  }
  const submission = submit(line, position, intent);
  if (dice.roll('reply-lost-after')) return giveUp();
  if ('status' in submission) return answer(line, toReply(submission), deadlineMs);
  await time.sleepUntil(submission.matchAtMs);
  const result = line.engine.answerTo(intent.orderHash, time.nowMs());
  return answer(line, 'text' in result ? toReply(result) : accepted(line, position, result), deadlineMs);
}

/** An order that is signed for the exchange of the other market version has no valid signature. */
function submit({ engine, version, time }: VenueConnection, position: PositionTerms, intent: OrderIntent) {
  if (intent.marketVersion !== version) return { status: 400, text: 'invalid signature' };
  const { orderHash, tokenId, side, orderType, sharesMicros, limitPriceMicros } = intent;
  const order = { orderHash, wallet: position.wallet, tokenId, side, orderType, sharesMicros, limitPriceMicros };
  return engine.submit({ ...order, postOnly: orderType === 'GTC' }, time.nowMs());
}

/** Delivers the answer, unless it arrives after the deadline. */
async function answer(line: VenueConnection, reply: OrderReply, deadlineMs: number): Promise<OrderReply> {
  const { time } = line;
  const slownessMs = drawSlownessMs(line.dice);
  const arrivesAtMs = time.nowMs() + line.travelMs() + slownessMs;
  await time.sleepUntil(Math.min(arrivesAtMs, deadlineMs));
  return arrivesAtMs <= deadlineMs ? reply : NO_ANSWER;
}

function toReply({ status, text }: VenueRefusal, retryAfterMs: number | null = null): OrderReply {
  const meaning = classifyVenueError(status, text);
  return meaning.outcome === 'not-sent' ? { ...meaning, retryAfterMs } : meaning;
}

function accepted(line: VenueConnection, position: PositionTerms, order: VenueOrder): OrderReply {
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

/** The answer reports a price one cent off the trades. */
function atOtherPrice(reported: FillTotals): FillTotals {
  const cent = mulDivFloor(reported.sharesMicros, 10_000n, ONE_MICROS);
  return { ...reported, valueMicros: reported.valueMicros + cent };
}
