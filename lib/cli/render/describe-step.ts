import { EXIT_REASON_WORDS, setbackWords } from '#lib/adapters/discord/discord-words.ts';
import type { ReplayedStep } from '#lib/cli/replay-timeline.ts';
import { printable, type Tone } from '#lib/cli/terminal.ts';
import type { OrderIntent, Trade } from '#lib/domain/position/order-attempt.ts';
import { isClosed, type Position } from '#lib/domain/position/position.ts';
import type { FactOf } from '#lib/domain/position/position-event.ts';
import { cents, dollars, shares } from './money-text.ts';
import { pause } from './time-text.ts';

/**
 * One step of a life in words: what happened, what it means, and what comes next. `quiet` steps matter to who looks into one
 * position, not to who watches several.
 */
export type StepDescription = {
  readonly tone: Tone;
  readonly text: string;
  readonly meaning?: string;
  readonly next?: string;
};

/** Meaning and next step as one sentence, or undefined without either. */
export function followsOf({ meaning, next }: StepDescription): string | undefined {
  return meaning !== undefined && next !== undefined ? `${meaning}; ${next}` : (meaning ?? next);
}

/** Says what a step was, from its facts and from how the position stood before and after it. */
export function describeStep({ entry, before, after }: ReplayedStep): StepDescription {
  const { event } = entry;
  switch (event.type) {
    case 'opened':
      return { tone: 'quiet', text: 'Row, request id and market lock are written; timer and exit message come next' };
    case 'buy-intended':
      return { tone: 'quiet', text: `Buy written down before it is posted: ${order(event.intent)}` };
    case 'buy-abandoned':
      return { tone: 'warn', text: `Nothing was bought: ${EXIT_REASON_WORDS[`void:${event.reason}`]}` };
    case 'sell-intended':
      return { tone: 'quiet', text: `Sell written down before it is posted: ${order(event.intent)}` };
    case 'sell-reposted':
      return { tone: 'warn', text: 'The same sell is posted again, unchanged: one order per hash cannot sell twice' };
    case 'sell-put-off':
      return {
        tone: 'quiet',
        text: 'The venue does not show the bought shares yet: no sell is posted just to be refused',
        ...nextTry(event, after),
      };
    case 'order-cancelled':
      return { tone: 'quiet', text: 'The resting sell is taken off the book; what it filled is looked up' };
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
        text: 'The venue does not say what became of the buy; the chain shows its shares: they are bought',
        meaning: 'its price and fee are taken for the worst ones until the venue shows the trades',
      };
    case 'look-up-failed':
      return { tone: 'warn', text: `The venue could not be asked: ${printable(event.text)}`, ...nextTry(event, after) };
    case 'exit-requested':
      return { tone: 'strong', text: 'Somebody asked for the exit now' };
    case 'deadline-reached':
      return describeDeadline(after);
    case 'market-resolved':
      return { tone: 'strong', text: `The market ended ${event.winner}` };
    case 'redemption-confirmed':
      return { tone: 'good', text: `Redeemed: ${dollars(event.payoutMicros)} arrived` };
    case 'record-contradicted':
      return { tone: 'bad', text: `Chain and record disagree: ${printable(event.contradiction)}` };
  }
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
    return { tone: 'warn', text: `${side} taken by the venue, which has not said yet what it filled; it is looked up` };
  }
  const done = { Buy: 'Bought', Sell: 'Sold', Order: 'Filled' }[side];
  const price = cents((valueMicros * 1_000_000n) / sharesMicros);
  return {
    tone: 'good',
    text: `${done} ${shares(sharesMicros)} shares at ${price} for ${dollars(valueMicros)} (fee ${dollars(feesMicros)})`,
    meaning: 'not final yet: the chain has to settle it',
  };
}

type Setback = FactOf<'order-refused'> | FactOf<'order-not-sent'> | FactOf<'order-unknown'>;

function describeSetback(event: Setback, before: Position | null, after: Position | null): StepDescription {
  const side = sideOf(before, event.orderHash);
  const said = printable(event.text);
  const next = nextTry(event, after);
  switch (event.type) {
    case 'order-refused':
      return { tone: 'warn', text: `${side} refused: ${said}`, meaning: setbackWords(event.cause), ...next };
    case 'order-not-sent':
      return { tone: 'warn', text: `${side} not placed: ${said}`, meaning: setbackWords(event.code), ...next };
    case 'order-unknown':
      return {
        tone: 'warn',
        text: `Answer lost: ${said}`,
        meaning: 'never taken for failed, looked up first',
        ...next,
      };
  }
}

/** When the queue brings the next try, from the wake-up that this step planned. */
function nextTry(event: { readonly atMs: number }, after: Position | null): { readonly next?: string } {
  if (after === null) return {};
  if (isClosed(after)) return { next: closing(after) };
  if (after.state === 'awaiting-resolution' || after.wakeUp === null) return {};
  return { next: `trying again in ${pause(after.wakeUp.atMs - event.atMs)} through the queue` };
}

function closing(after: Position): string {
  return 'exitReason' in after ? `${after.state}: ${EXIT_REASON_WORDS[after.exitReason]}` : after.state;
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
  const found = event.orders.length > 0 ? 'known, not final yet' : 'nothing known';
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
  const reason = after !== null && 'exitReason' in after ? EXIT_REASON_WORDS[after.exitReason] : null;
  return {
    tone: 'bad',
    text: `The deadline: the end is written down, sold or not${reason === null ? '' : ` (${reason})`}`,
    meaning: "what is left waits for the market's result",
  };
}
