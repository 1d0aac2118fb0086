import * as z from 'zod/mini';
import { askedWaitMs } from '#lib/adapters/http/asked-wait.ts';
import type { HttpOutcome } from '#lib/adapters/http/send-request.ts';
import { DecimalMicrosSchema } from '#lib/adapters/polymarket/decimal-schema.ts';
import { takerFeeMicros } from '#lib/domain/market/fees.ts';
import { mulDivRound, ONE_MICROS } from '#lib/domain/market/money.ts';
import { cashMicrosOf, type FillTotals, isForCash, NO_FILLS } from '#lib/domain/market/order.ts';
import { SHARES_STEP_MICROS } from '#lib/domain/market/venue-rules.ts';
import type { OrderIntent } from '#lib/domain/position/order-attempt.ts';
import { classifyVenueError } from '#lib/domain/refusal/venue-error-text.ts';
import type { OrderReply } from '#lib/ports/venue/exchange.ts';

export type ReplyContext = {
  readonly intent: OrderIntent;
  readonly feeRateMicros: bigint;
  readonly redact: (text: string) => string;
  readonly nowMs: number;
};

const AmountSchema = z.nullish(z.union([z.string(), z.number()]));

/** `POST /order` (venue §2.6): an acceptance, a rejection with status 200, or an error. */
const PostOrderSchema = z.looseObject({
  success: z.nullish(z.boolean()),
  errorMsg: z.nullish(z.string()),
  error: z.optional(z.unknown()),
  message: z.optional(z.unknown()),
  /** Names the venue's mode beside an error text. */
  code: z.optional(z.unknown()),
  orderID: z.nullish(z.string()),
  status: z.nullish(z.union([z.string(), z.number()])),
  makingAmount: AmountSchema,
  takingAmount: AmountSchema,
  tradeIDs: z.nullish(z.array(z.string())),
});

type PostOrderAnswer = z.output<typeof PostOrderSchema>;

/** `message` is not one of them: it explains a rejection that has no other text. */
const NAMED_FIELDS: ReadonlySet<string> = new Set(
  'success errorMsg error orderID status makingAmount takingAmount tradeIDs transactionsHashes'.split(' '),
);

/** The longest pause that an answer can impose. */
const RETRY_AFTER_MS_MAX = 300_000;

/** A rejection counts as a 400, whatever the status of its answer (venue §2.6). */
const REJECTED = 400;

/** The outcome of a posted order. The only place that reads the venue's answer to an order. */
export function toOrderReply(outcome: HttpOutcome, context: ReplyContext): OrderReply {
  switch (outcome.kind) {
    case 'not-sent': {
      const text = outcome.isLate ? 'no time was left to post the order' : 'the venue could not be connected to';
      return { outcome: 'not-sent', code: 'not-reached', text, retryAfterMs: null };
    }
    case 'lost': {
      const how = outcome.isLate ? 'did not answer in time' : 'closed the connection';
      return { outcome: 'unknown', text: `the venue ${how}` };
    }
    case 'answered':
      return readAnswer(outcome, context);
  }
}

type Answered = Extract<HttpOutcome, { kind: 'answered' }>;

function readAnswer(answered: Answered, context: ReplyContext): OrderReply {
  const { status, text } = answered;
  const answer = parseAnswer(text);
  const isSuccess = status >= 200 && status < 300;
  if (!isSuccess) return readError(answered, answer, context);
  if (answer === undefined) {
    return unclear(context.redact(`an unexpected answer to an order: ${text ?? 'too large'}`));
  }
  const rejection = rejectionOf(answer);
  if (rejection === '' && answer.success !== false) return readAcceptance(answer, context);
  // Filled and rejected at once: only a look-up can resolve that.
  if (fillsOf(answer, context) !== undefined || (answer.tradeIDs ?? []).length > 0) {
    return unclear(context.redact(`filled and rejected at once: ${rejection}`));
  }
  if (rejection === '') return unclear('neither accepted nor rejected');
  return toReply(REJECTED, rejection, null, context);
}

/** The request arrived and was answered; what became of the order takes a look-up. */
function unclear(text: string): OrderReply {
  return { outcome: 'unknown', text, isAnswered: true };
}

function readError({ status, headers, text }: Answered, answer: PostOrderAnswer | undefined, context: ReplyContext) {
  const said = answer === undefined ? '' : withCode(errorTextOf(answer) || messageOf(answer), answer);
  const waitMs = askedWaitMs({ headers, body: answer ?? text, nowMs: context.nowMs });
  return toReply(status, said === '' ? (text ?? '') : said, waitMs, context);
}

function toReply(status: number, text: string, waitMs: number | null, { redact }: ReplyContext): OrderReply {
  const meaning = classifyVenueError(status, redact(text));
  if (meaning.outcome !== 'not-sent') return meaning;
  return { ...meaning, retryAfterMs: waitMs === null ? null : Math.min(waitMs, RETRY_AFTER_MS_MAX) };
}

function parseAnswer(text: string | null): PostOrderAnswer | undefined {
  if (text === null) return undefined;
  try {
    const result = PostOrderSchema.safeParse(JSON.parse(text));
    return result.success ? result.data : undefined;
  } catch {
    return undefined;
  }
}

function errorTextOf({ errorMsg, error }: PostOrderAnswer): string {
  if (errorMsg) return errorMsg;
  if (error === undefined || error === null || error === '') return '';
  return typeof error === 'string' ? error : JSON.stringify(error);
}

/** A rejection may name its reason in a field that we do not know. Only known words count there. */
function rejectionOf(answer: PostOrderAnswer): string {
  const said = errorTextOf(answer);
  if (said !== '' || answer.success !== false) return said;
  const others = Object.entries(answer).filter(([name]) => !NAMED_FIELDS.has(name));
  const text = others.length === 0 ? '' : JSON.stringify(Object.fromEntries(others));
  const meaning = classifyVenueError(REJECTED, text);
  const isKnown = meaning.outcome === 'not-sent' || (meaning.outcome === 'refused' && meaning.code !== 'unrecognised');
  return isKnown ? text : '';
}

/** The venue's newest client recognises post-only mode by the code `post_only_mode` alone, whatever the text. */
function withCode(text: string, { code }: PostOrderAnswer): string {
  return text !== '' && typeof code === 'string' && code !== '' ? `${text} (${code})` : text;
}

/** Used with an error status only: an acceptance may have a message as well. */
function messageOf({ message }: PostOrderAnswer): string {
  return typeof message === 'string' ? message : '';
}

/**
 * An accepted order, even under another id than our hash. `live` rests, `delayed` waits to be matched, `unmatched`
 * rests after that; those and unknown statuses are looked up (venue §2.6).
 */
function readAcceptance(answer: PostOrderAnswer, context: ReplyContext): OrderReply {
  const status = String(answer.status ?? '').toLowerCase();
  if (status === '' && (answer.orderID ?? '') === '') {
    return unclear('accepted without an id and a status');
  }
  const isMatched = status.endsWith('matched') && !status.endsWith('unmatched');
  const reported = isMatched ? (fillsOf(answer, context) ?? atLeastOrdered(answer, context)) : undefined;
  return reported === undefined
    ? { outcome: 'accepted', working: true, reported: NO_FILLS }
    : { outcome: 'accepted', working: false, reported };
}

/**
 * The fills in the answer; undefined without usable amounts. The fee is an estimate from the average price until the
 * trades are known. Our resting orders are makers, which pay nothing.
 */
function fillsOf({ makingAmount, takingAmount }: PostOrderAnswer, context: ReplyContext): FillTotals | undefined {
  const making = amountOf(makingAmount);
  const taking = amountOf(takingAmount);
  if (making === undefined || taking === undefined) return undefined;
  const inUnits = fillsWithin(making, taking, context);
  if (inUnits !== undefined || making % ONE_MICROS !== 0n || taking % ONE_MICROS !== 0n) return inUnits;
  // The specification counts in millionths (venue §2.6). So few of them cannot be traded.
  const inMillionths = fillsWithin(making / ONE_MICROS, taking / ONE_MICROS, context);
  return inMillionths !== undefined && inMillionths.sharesMicros < SHARES_STEP_MICROS ? undefined : inMillionths;
}

function fillsWithin(making: bigint, taking: bigint, { intent, feeRateMicros }: ReplyContext): FillTotals | undefined {
  const [valueMicros, sharesMicros] = intent.side === 'BUY' ? [making, taking] : [taking, making];
  // A FAK or FOK buy is bounded by its dollars: at a better price it brings more shares than it names.
  const isWithinOrder = isForCash(intent) ? valueMicros <= cashMicrosOf(intent) : sharesMicros <= intent.sharesMicros;
  const isPossible = sharesMicros > 0n && isWithinOrder && valueMicros > 0n && valueMicros < sharesMicros;
  if (!isPossible) return undefined;
  const priceMicros = mulDivRound(valueMicros, ONE_MICROS, sharesMicros);
  const feesMicros = isTaker(intent) ? takerFeeMicros({ sharesMicros, priceMicros, feeRateMicros }) : 0n;
  return { sharesMicros, valueMicros, feesMicros };
}

/**
 * A matched FOK buy has brought at least the shares it names, for at most its dollars, even where its amounts cannot be
 * read: they are sold on time although no look-up answers. Amounts of nothing contradict the match.
 */
function atLeastOrdered({ makingAmount, takingAmount }: PostOrderAnswer, { intent, feeRateMicros }: ReplyContext) {
  const isNothing = [makingAmount, takingAmount].some((amount) => amountOf(amount) === 0n);
  if (intent.side !== 'BUY' || intent.orderType !== 'FOK' || isNothing) return undefined;
  const { sharesMicros, limitPriceMicros: priceMicros } = intent;
  const feesMicros = takerFeeMicros({ sharesMicros, priceMicros, feeRateMicros });
  return { sharesMicros, valueMicros: cashMicrosOf(intent), feesMicros };
}

function amountOf(amount: string | number | null | undefined): bigint | undefined {
  const result = DecimalMicrosSchema.safeParse(amount);
  return result.success ? result.data : undefined;
}

/** FAK and FOK take liquidity; our resting orders are post-only. */
function isTaker({ orderType }: OrderIntent): boolean {
  return orderType === 'FAK' || orderType === 'FOK';
}
