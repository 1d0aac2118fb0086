import { mulDivFloor, ONE_MICROS } from '#lib/domain/market/money.ts';
import type { TokenPayout } from '#lib/domain/market/payout.ts';
import { holdsAtAnyPrice } from '#lib/domain/position/exit-policy.ts';
import type { OrderIntent, Trade } from '#lib/domain/position/order-attempt.ts';
import { isClosed, type Position } from '#lib/domain/position/position.ts';
import type { FactOf, PositionEvent } from '#lib/domain/position/position-event.ts';
import { foundText, leftText, nothingFoundText, openedText } from './describe-shares.ts';
import { cents, dollars, fillPrice, shares } from './money-text.ts';
import { EXIT_REASON_WORDS, SETTLEMENT_WAIT_WORDS, setbackWords } from './position-words.ts';
import { RULE_WORDS } from './rule-words.ts';
import { pause } from './time-text.ts';

/** One entry of a timeline with the position before and after it; null where that is not known. */
type Step = {
  readonly entry: { readonly event: PositionEvent | { readonly type: 'opened'; readonly atMs: number } };
  readonly before: Position | null;
  readonly after: Position | null;
};

/**
 * One step in words: what happened, what it means, and what comes next. `quiet` steps are details of one position. The
 * text may quote the venue as it wrote: the code that shows it makes it safe for its medium.
 */
export type StepDescription = {
  readonly tone: 'good' | 'warn' | 'bad' | 'quiet' | 'strong';
  readonly text: string;
  readonly meaning?: string;
  readonly next?: string;
};

/** Meaning and next step as one sentence, or undefined without either. */
export function followsOf({ meaning, next }: StepDescription): string | undefined {
  return meaning !== undefined && next !== undefined ? `${meaning}; ${next}` : (meaning ?? next);
}

/** Describes a step from its event and from the position before and after it. */
export function describeStep({ entry, before, after }: Step): StepDescription {
  const { event } = entry;
  switch (event.type) {
    case 'opened':
      return { tone: 'quiet', text: openedText(after) };
    case 'buy-intended':
      return { tone: 'quiet', text: `Buy saved before it is posted: ${order(event.intent)}` };
    case 'buy-abandoned':
      return { tone: 'warn', text: `Nothing was bought: ${EXIT_REASON_WORDS[`void:${event.reason}`]}` };
    case 'sell-intended':
      return { tone: 'quiet', text: `Sell saved before it is posted: ${order(event.intent)}` };
    case 'hedge-intended':
      return describeHedge(event);
    case 'sell-reposted':
      return {
        tone: 'warn',
        text: 'The same sell is posted again, unchanged: the venue takes one order per hash, so it cannot sell twice',
      };
    case 'sell-put-off':
      return { tone: 'quiet', text: putOffText(event), ...nextTry(event, after) };
    case 'order-cancelled':
      return { tone: 'quiet', text: 'The resting sell was cancelled; its fills are looked up' };
    case 'order-accepted':
      return describeAccepted(event, before);
    case 'order-refused':
    case 'order-not-sent':
    case 'order-unknown':
      return describeSetback(event, before, after);
    case 'orders-observed':
      return describeObserved(event, before, after);
    case 'shares-observed':
      return {
        tone: 'good',
        text: 'The venue did not report the buy, but the chain shows its shares: counted as bought',
        meaning: 'the worst possible price and fee are assumed until the venue shows the trades',
      };
    case 'look-up-failed':
      return { tone: 'warn', text: `The look-up at the venue failed: ${event.text}`, ...nextTry(event, after) };
    case 'shares-found':
      return { tone: 'good', text: foundText(event, before) };
    case 'shares-left':
      return { tone: 'warn', text: leftText(event, before) };
    case 'nothing-found':
      return { tone: 'quiet', text: nothingFoundText(event, after), ...nextTry(event, after) };
    case 'exit-requested':
      return describeRequest(event);
    case 'rule-fired':
    case 'high-raised':
      return describeRule(event);
    case 'hold-requested':
    case 'exit-held':
      return describeHold(event, after);
    case 'deadline-reached':
      return describeDeadline(after);
    case 'settlement-waited':
      return {
        tone: event.reason === 'unresolved' ? 'quiet' : 'warn',
        text: `Not settled yet: ${event.text ?? SETTLEMENT_WAIT_WORDS[event.reason]}`,
      };
    case 'market-resolved':
      return { tone: 'strong', text: `The market is resolved${onChain(after)}: ${payoutWords(event.payout)}` };
    case 'loss-confirmed':
      return {
        tone: 'bad',
        text: `${isPaper(after) ? 'A later look' : 'A later block'} shows the same result: the shares are worthless`,
      };
    case 'redemption-sent':
    case 'redemption-failed':
    case 'redemption-confirmed':
    case 'merge-confirmed':
      return describePayout(event, after);
    case 'record-contradicted':
      return { tone: 'bad', text: `Chain and record disagree: ${event.contradiction}` };
  }
}

function describeHedge({ intent, costMicrosMax }: FactOf<'hedge-intended'>): StepDescription {
  return {
    tone: 'strong',
    text: `Sells are blocked: buy of the other outcome saved before it is posted: ${order(intent)}`,
    meaning: `it costs ${dollars(costMicrosMax)} at most, and a share of each outcome pays a dollar`,
  };
}

function putOffText({ bidMicros }: FactOf<'sell-put-off'>): string {
  if (bidMicros === undefined)
    return 'Sell postponed: the venue does not show the bought shares yet and would refuse it';
  return `Sell postponed: the best bid of ${cents(bidMicros)} is below the floor of the request`;
}

function describeHold(event: FactOf<'hold-requested' | 'exit-held'>, after: Position | null): StepDescription {
  if (event.type === 'hold-requested') {
    const text = 'Held to the end, as asked for: the exit by the clock is left out, and the result decides';
    return { tone: 'strong', text };
  }
  const { priceMicros } = event;
  const isAsked = after !== null && holdsAtAnyPrice(after.policy);
  const unknown = isAsked
    ? 'Held as asked for: the price of all shares is not known'
    : 'The exit is due, and the price of all shares is not known: looking once more before they are sold';
  const text = priceMicros === null ? unknown : `Held: all shares would sell at ${cents(priceMicros)}`;
  return { tone: 'quiet', text, ...nextTry(event, after) };
}

function describeRequest({ sharesMicros, minPriceMicros }: FactOf<'exit-requested'>): StepDescription {
  const what = sharesMicros === undefined ? 'Exit requested' : `Exit of ${shares(sharesMicros)} shares requested`;
  const floor = minPriceMicros === undefined ? '' : `, at ${cents(minPriceMicros)} or more`;
  return { tone: 'strong', text: `${what}${floor}` };
}

function describeRule(event: FactOf<'rule-fired'> | FactOf<'high-raised'>): StepDescription {
  const price = cents(event.priceMicros);
  if (event.type === 'high-raised') return { tone: 'quiet', text: `New high for the trailing stop: ${price} a share` };
  return {
    tone: 'strong',
    text: `The ${RULE_WORDS[event.rule]} fired: all shares would sell at ${price}, its level is ${cents(event.levelMicros)}`,
    next: 'selling now',
  };
}

type PayoutFact = FactOf<'redemption-sent' | 'redemption-failed' | 'redemption-confirmed' | 'merge-confirmed'>;

function describePayout(event: PayoutFact, after: Position | null): StepDescription {
  switch (event.type) {
    case 'redemption-sent':
      return event.reference === null
        ? { tone: 'warn', text: `${actionOf(event)} sent, its answer is lost: ${event.text ?? 'no answer'}` }
        : { tone: 'quiet', text: `${actionOf(event)} sent: ${event.reference}` };
    case 'redemption-failed':
      return event.isMerge
        ? {
            tone: 'warn',
            text: `Merge failed: ${event.text}`,
            meaning: 'redeeming the pairs after the result pays as much',
          }
        : { tone: 'bad', text: `Redemption failed: ${event.text}` };
    case 'merge-confirmed':
      return {
        tone: 'good',
        text: `Merged: ${dollars(event.cashMicros)} for as many shares of each outcome${isPaper(after) ? ', on paper' : ` (${event.transactionHash})`}`,
      };
    case 'redemption-confirmed':
      return {
        tone: 'good',
        text: `Redeemed: ${dollars(event.payoutMicros)} ${isPaper(after) ? 'by the result, on paper' : `arrived (${event.transactionHash})`}`,
      };
  }
}

function actionOf({ isMerge }: { readonly isMerge?: true | undefined }): string {
  return isMerge ? 'Merge' : 'Redemption';
}

/** On paper the venue's public result decides, and nothing is on chain. */
const isPaper = (position: Position | null): boolean => position?.mode === 'paper';
const onChain = (position: Position | null): string => (isPaper(position) ? '' : ' on chain');

function payoutWords({ own, total }: TokenPayout): string {
  if (own === total) return 'the shares won';
  return own === 0n ? 'the shares lost' : `void or split, ${cents(mulDivFloor(ONE_MICROS, own, total))} for each share`;
}

function order({ attemptNumber, orderType, sharesMicros, limitPriceMicros }: OrderIntent): string {
  return `order ${attemptNumber}, ${shares(sharesMicros)} shares at ${cents(limitPriceMicros)} or better (${orderType})`;
}

function sideOf(position: Position | null, orderHash: string): 'Buy' | 'Sell' | 'Order' {
  const attempts = position !== null && !isClosed(position) ? position.attempts : [];
  const side = attempts.find((attempt) => attempt.intent.orderHash === orderHash)?.intent.side;
  return side === undefined ? 'Order' : side === 'BUY' ? 'Buy' : 'Sell';
}

function describeAccepted(event: FactOf<'order-accepted'>, before: Position | null): StepDescription {
  const side = sideOf(before, event.orderHash);
  const { sharesMicros, valueMicros, feesMicros } = event.reported;
  if (event.working || sharesMicros === 0n) {
    return { tone: 'warn', text: `${side} accepted; the venue has not reported a fill yet, so it is looked up` };
  }
  const done = { Buy: 'Bought', Sell: 'Sold', Order: 'Filled' }[side];
  return {
    tone: 'good',
    text: `${done} ${shares(sharesMicros)} shares at ${fillPrice(event.reported)} for ${dollars(valueMicros)} (fee ${dollars(feesMicros)})`,
    meaning: 'not final until it is settled on chain',
  };
}

type Setback = FactOf<'order-refused'> | FactOf<'order-not-sent'> | FactOf<'order-unknown'>;

function describeSetback(event: Setback, before: Position | null, after: Position | null): StepDescription {
  const side = sideOf(before, event.orderHash);
  const next = nextTry(event, after);
  switch (event.type) {
    case 'order-refused':
      return { tone: 'warn', text: `${side} refused: ${event.text}`, meaning: setbackWords(event.cause), ...next };
    case 'order-not-sent':
      return { tone: 'warn', text: `${side} not placed: ${event.text}`, meaning: setbackWords(event.code), ...next };
    case 'order-unknown':
      return {
        tone: 'warn',
        text: `${event.isAnswered ? 'Answered without an outcome' : 'Answer lost'}: ${event.text}`,
        meaning: 'the outcome is unknown, so the order is looked up first',
        ...next,
      };
  }
}

/** When the next try comes, from the wake-up that this step planned. */
function nextTry(event: { readonly atMs: number }, after: Position | null): { readonly next?: string } {
  if (after === null) return {};
  if (isClosed(after)) return { next: closing(after) };
  if (after.state === 'awaiting-resolution') return {};
  return { next: `trying again in ${pause(after.wakeUp.atMs - event.atMs)} through the queue` };
}

function closing(after: Position): string {
  return 'exitReason' in after ? `${after.state} (${EXIT_REASON_WORDS[after.exitReason]})` : after.state;
}

function describeObserved(
  event: FactOf<'orders-observed'>,
  before: Position | null,
  after: Position | null,
): StepDescription {
  const known = new Map(before?.trades.map((trade) => [trade.tradeId, trade.status]));
  const trades = event.orders
    .flatMap((seen) => seen.trades)
    .filter((trade) => known.get(trade.tradeId) !== trade.status);
  const news = [...finals(trades, 'confirmed', 'final on chain'), ...finals(trades, 'failed', 'FAILED on chain')];
  const isClosing = after !== null && isClosed(after) && before !== null && !isClosed(before);
  if (news.length > 0 || isClosing) {
    const text = news.length > 0 ? `Settled: ${news.join(', ')}` : 'Looked up';
    const isBad = trades.some((trade) => trade.status === 'failed');
    return { tone: isBad ? 'bad' : 'good', text, ...(isClosing && { next: closing(after) }) };
  }
  const found = event.orders.length > 0 ? 'order found, not final yet' : 'no order found';
  return { tone: 'quiet', text: `Looked up at the venue: ${found}` };
}

function finals(trades: readonly Trade[], status: Trade['status'], words: string): readonly string[] {
  return (['BUY', 'SELL'] as const).flatMap((side) => {
    const ofSide = trades.filter((trade) => trade.status === status && trade.side === side);
    const sum = ofSide.reduce((total, trade) => total + trade.sharesMicros, 0n);
    return ofSide.length === 0 ? [] : [`the ${side.toLowerCase()} of ${shares(sum)} shares is ${words}`];
  });
}

function describeDeadline(after: Position | null): StepDescription {
  const reason = after !== null && 'exitReason' in after ? `: ${EXIT_REASON_WORDS[after.exitReason]}` : '';
  return {
    tone: 'bad',
    text: `Deadline reached${reason}`,
    meaning: "the market's result decides what remaining shares pay",
  };
}
