import * as z from 'zod/mini';
import type { DomainEvent } from '#lib/domain/news/domain-event.ts';
import { noticeKeyOf } from '#lib/domain/news/domain-event.ts';
import { InvalidInputError } from '#lib/errors/errors.ts';
import {
  type DeadLetter,
  type DeadLetterContent,
  type DeadLetterQueue,
  REPLAY_COUNT,
} from '#lib/ports/dead-letters.ts';
import { decodeDomainEvent, EVENT_SOURCE } from './domain-event.ts';
import { readLostCall } from './lost-call.ts';
import { decodeNoticeMessage, EventbridgeEnvelopeSchema, type NoticeMessage } from './notice-message.ts';
import { jsonOrUndefined, parseInput, parseJson } from './parse-input.ts';
import { decodeWakeMessage } from './wake-message.ts';

/** A message as SQS gives it. */
export type RawLetter = {
  readonly id: string;
  readonly queue: DeadLetterQueue;
  readonly body: string;
  /** Text attributes of the message. */
  readonly attributes: Readonly<Record<string, string>>;
  readonly sentAtMs: number;
};

/** Longer texts of AWS are cut. */
const REASON_LENGTH_MAX = 300;

/** A function's destination on failure. Both Lambda's own, of calls and of stream batches, and our replays' copies. */
const FailureSchema = z.object({
  timestamp: z.optional(z.string()),
  requestContext: z.object({
    functionArn: z.string(),
    condition: z.optional(z.string()),
    approximateInvokeCount: z.optional(z.int()),
  }),
  requestPayload: z.optional(z.unknown()),
  responsePayload: z.optional(z.unknown()),
  DDBStreamBatchInfo: z.optional(
    z.object({
      streamArn: z.string().check(z.minLength(1)),
      shardId: z.string().check(z.minLength(1)),
      startSequenceNumber: z.string().check(z.regex(/^\d{1,40}$/)),
      endSequenceNumber: z.string().check(z.regex(/^\d{1,40}$/)),
    }),
  ),
});
type Failure = z.output<typeof FailureSchema>;

/** A universal target of EventBridge Scheduler wraps the body. */
const UniversalInputSchema = z.object({ MessageBody: z.string() });

/** Never throws: what cannot be read is kept as it is, with the reason. */
export function readDeadLetter(raw: RawLetter): DeadLetter {
  const { id, queue, body, attributes } = raw;
  const failure = FailureSchema.safeParse(jsonOrUndefined(body));
  return {
    id,
    queue,
    body,
    content: readContent(raw, failure.data),
    why: readWhy(raw, failure.data),
    atMs: timeOf(failure.data) ?? raw.sentAtMs,
    replayCount: /^\d{1,4}$/.test(attributes[REPLAY_COUNT] ?? '') ? Number(attributes[REPLAY_COUNT]) : 0,
  };
}

function readContent(raw: RawLetter, failure: Failure | undefined): DeadLetterContent {
  try {
    return readKnown(raw, failure);
  } catch (error) {
    if (!(error instanceof InvalidInputError)) throw error;
    return { kind: 'unreadable', reason: error.message };
  }
}

/** @throws InvalidInputError */
function readKnown(raw: RawLetter, failure: Failure | undefined): DeadLetterContent {
  switch (raw.queue) {
    case 'exits':
    case 'settlements':
      return { kind: 'wake-up', message: decodeWakeMessage(raw.body) };
    case 'timers': {
      const wrapped = UniversalInputSchema.safeParse(jsonOrUndefined(raw.body));
      return { kind: 'wake-up', message: decodeWakeMessage(wrapped.data?.MessageBody ?? raw.body) };
    }
    case 'discord':
      return toNotice(decodeNoticeMessage(raw.body, raw.id), raw.id);
    case 'news':
      return readNews(raw, failure);
    case 'failed-events':
      return readCall(raw, failure);
  }
}

function toNotice({ notice, noticeKey }: NoticeMessage, messageId: string): DeadLetterContent {
  const isRepeatSafe = noticeKey !== `message#${messageId}`;
  if (notice.kind === 'event') {
    return { kind: 'notice', noticeKey, isRepeatSafe, ...describeEvent(notice.event) };
  }
  const title = notice.kind === 'watch-alarm' ? `alarm ${notice.name}, ${notice.state}` : `"${clip(notice.title)}"`;
  return { kind: 'notice', noticeKey, isRepeatSafe, title, positionId: null };
}

function readNews({ body, attributes }: RawLetter, failure: Failure | undefined): DeadLetterContent {
  const batch = failure?.DDBStreamBatchInfo;
  if (batch !== undefined) {
    const { streamArn, shardId, startSequenceNumber, endSequenceNumber } = batch;
    const numbers = { firstSequenceNumber: startSequenceNumber, lastSequenceNumber: endSequenceNumber };
    return { kind: 'stream-batch', batch: { streamArn, shardId, ...numbers } };
  }
  const { source, detail } = parseInput(EventbridgeEnvelopeSchema, parseJson(body, 'dead letter'), 'dead letter');
  if (source !== EVENT_SOURCE)
    throw new InvalidInputError(`The event is not the suite's: its source is ${clip(source)}`);
  const event = decodeDomainEvent(detail);
  const targetArn = attributes.TARGET_ARN ?? null;
  return { kind: 'event', noticeKey: noticeKeyOf(event), targetArn, ...describeEvent(event) };
}

/** Lambda's own report, or the event of a rule that could not call its function. */
function readCall(raw: RawLetter, failure: Failure | undefined): DeadLetterContent {
  const arn = failure?.requestContext.functionArn ?? raw.attributes.TARGET_ARN;
  if (arn === undefined) throw new InvalidInputError('The dead letter does not say which function was called');
  const payload = failure === undefined ? parseJson(raw.body, 'dead letter') : failure.requestPayload;
  return { kind: 'call', ...readLostCall(arn, payload, timeOf(failure) ?? raw.sentAtMs) };
}

/** What the event says, for people. */
function describeEvent(event: DomainEvent): { readonly title: string; readonly positionId: string | null } {
  switch (event.type) {
    case 'position-state-changed':
      return { title: `change ${event.from ?? 'new'} → ${event.to}`, positionId: event.positionId };
    case 'position-alert':
      return { title: `alert ${event.alert.kind}`, positionId: event.positionId };
    case 'daily-summary':
      return { title: `summary of ${event.summary.day}`, positionId: null };
    case 'foreign-holding':
      return { title: `shares without a position in ${event.holding.marketSlug ?? 'a market'}`, positionId: null };
    case 'operator-action':
      return { title: `what an operator did: ${event.action.action}`, positionId: null };
    case 'wallet-difference':
      return { title: `difference of wallet and table, ${event.difference.kind}`, positionId: null };
  }
}

/** Both spellings: EventBridge and Scheduler write the first, SNS and Lambda the second. */
const ERROR_CODES = ['ERROR_CODE', 'ErrorCode'] as const;
const ERROR_MESSAGES = ['ERROR_MESSAGE', 'ErrorMessage'] as const;

const CONSUMERS: Readonly<Record<DeadLetterQueue, string>> = {
  exits: 'sell',
  settlements: 'settle',
  timers: 'EventBridge Scheduler',
  news: 'a rule of the bus',
  discord: 'discord',
  'failed-events': 'a rule',
};

function readWhy({ queue, attributes }: RawLetter, failure: Failure | undefined): string {
  const consumer = CONSUMERS[queue];
  if (attributes.errorName !== undefined) {
    return `${consumer} set it aside, because no retry can help: ${clip(attributes.errorName)}`;
  }
  const code = firstOf(attributes, ERROR_CODES);
  const text = firstOf(attributes, ERROR_MESSAGES);
  if (code !== undefined || text !== undefined) {
    const sender = queue === 'discord' ? 'SNS' : consumer;
    const retries = attributes.RETRY_ATTEMPTS === undefined ? '' : `, after ${clip(attributes.RETRY_ATTEMPTS)} retries`;
    return `${sender} could not send it (${[code, text].filter((part) => part !== undefined).join(': ')}${retries})`;
  }
  if (failure !== undefined) return failureWords(failure);
  if (queue === 'timers') return `${consumer} could not send it, and did not say why`;
  return queue === 'news' || queue === 'failed-events'
    ? 'the message does not say'
    : `${consumer} was given it as often as its queue allows, and failed each time`;
}

const ErrorTypeSchema = z.object({ errorType: z.string() });

/** The error's text may hold anything and stays in the log. */
function failureWords({ requestContext, responsePayload }: Failure): string {
  const { condition = 'failed', approximateInvokeCount: count } = requestContext;
  const type = ErrorTypeSchema.safeParse(responsePayload).data?.errorType;
  const calls = count === undefined ? '' : ` after ${count} call${count === 1 ? '' : 's'}`;
  return `the function failed${calls} (${clip(condition)}${type === undefined ? '' : `: ${clip(type)}`})`;
}

function firstOf(attributes: RawLetter['attributes'], names: readonly string[]): string | undefined {
  const text = names.map((name) => attributes[name]).find((value) => value !== undefined && value !== '');
  return text === undefined ? undefined : clip(text);
}

function timeOf(failure: Failure | undefined): number | undefined {
  const atMs = Date.parse(failure?.timestamp ?? '');
  return Number.isNaN(atMs) ? undefined : atMs;
}

function clip(text: string): string {
  return text.length <= REASON_LENGTH_MAX ? text : `${text.slice(0, REASON_LENGTH_MAX)}…`.toWellFormed();
}
