import * as z from 'zod/mini';
import { noticeKeyOf } from '#lib/domain/news/domain-event.ts';
import { InvalidInputError } from '#lib/errors/errors.ts';
import type { Notice } from '#lib/ports/notifier.ts';
import { decodeDomainEvent, EVENT_SOURCE } from './domain-event.ts';
import { parseInput, parseJson } from './parse-input.ts';

/** Ends of the names of the two alarm topics: pages, and tickets that can wait for the morning. */
export const ALARM_TOPIC_SUFFIXES = { page: '-page', ticket: '-ticket' } as const;
export type AlarmUrgency = keyof typeof ALARM_TOPIC_SUFFIXES;

/** SNS's envelope around a message in a queue, unless raw delivery is on. */
export const SnsEnvelopeSchema = z.object({
  Type: z.literal('Notification'),
  MessageId: z.string().check(z.minLength(1)),
  Message: z.string(),
  Subject: z.nullish(z.string()),
  TopicArn: z.nullish(z.string()),
});

/** An event as EventBridge sends it to a rule's target. */
export const EventbridgeEnvelopeSchema = z.object({
  source: z.string(),
  'detail-type': z.string(),
  detail: z.unknown(),
});

/** The part of a CloudWatch alarm's message that is shown. */
export const CloudwatchAlarmSchema = z.object({
  AlarmName: z.string().check(z.minLength(1)),
  AlarmDescription: z.nullish(z.string()),
  NewStateValue: z.string().check(z.minLength(1)),
  OldStateValue: z.nullish(z.string()),
  NewStateReason: z.nullish(z.string()),
  StateChangeTime: z.nullish(z.string()),
});

/** A notice, and the key that identifies its copies. */
export type NoticeMessage = { readonly notice: Notice; readonly noticeKey: string };

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function tryParseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Not every publisher writes JSON.
    return text;
  }
}

/**
 * Reads a message of the discord queue: a bus event, a CloudWatch alarm or any other text, with or without SNS's
 * envelope. `messageId` is the queue's; it identifies a text that has no key of its own.
 * @throws InvalidInputError for an event of the suite that does not match its schema, and for a body that is not JSON
 */
export function decodeNoticeMessage(body: string, messageId: string): NoticeMessage {
  const outer = parseJson(body, 'notice message');
  if (isObject(outer) && outer.Type === 'Notification') {
    const envelope = parseInput(SnsEnvelopeSchema, outer, 'SNS envelope');
    const urgency = envelope.TopicArn?.endsWith(ALARM_TOPIC_SUFFIXES.page) ? ({ isPage: true } as const) : {};
    const { noticeKey, notice } = decodeContent(tryParseJson(envelope.Message)) ?? {
      noticeKey: `sns#${envelope.MessageId}`,
      notice: { kind: 'alarm', title: envelope.Subject || 'Notification', text: envelope.Message },
    };
    return { noticeKey, notice: notice.kind === 'event' ? notice : { ...notice, ...urgency } };
  }
  const message = decodeContent(outer);
  if (message !== undefined) return message;
  if (outer === null || outer === '') throw new InvalidInputError('The notice message is empty');
  return { noticeKey: `message#${messageId}`, notice: { kind: 'alarm', title: 'Notification', text: body } };
}

function decodeContent(content: unknown): NoticeMessage | undefined {
  const event = EventbridgeEnvelopeSchema.safeParse(content);
  if (event.success && event.data.source === EVENT_SOURCE) {
    const domainEvent = decodeDomainEvent(event.data.detail);
    return { noticeKey: noticeKeyOf(domainEvent), notice: { kind: 'event', event: domainEvent } };
  }
  const alarm = CloudwatchAlarmSchema.safeParse(content);
  return alarm.success ? fromAlarm(alarm.data) : undefined;
}

/** The last sentence of an alarm's description. */
const RUNBOOK = /(?:^|\s)(What to do: [\s\S]*)$/;

const STATES = ['ALARM', 'OK', 'INSUFFICIENT_DATA'] as const;

function fromAlarm(alarm: z.output<typeof CloudwatchAlarmSchema>): NoticeMessage | undefined {
  const state = STATES.find((known) => known === alarm.NewStateValue);
  // Without its time, two occurrences of an alarm would have the same key: SNS's message id is used then.
  if (!alarm.StateChangeTime || state === undefined) return undefined;
  const description = (alarm.AlarmDescription ?? '').trim();
  const runbook = RUNBOOK.exec(description)?.[1] ?? '';
  const impact = description.slice(0, description.length - runbook.length).trim();
  return {
    noticeKey: `alarm#${alarm.AlarmName}#${state}#${alarm.StateChangeTime}`,
    notice: {
      kind: 'watch-alarm',
      name: alarm.AlarmName,
      state,
      impact: impact || null,
      reason: alarm.NewStateReason || null,
      runbook: runbook || null,
      // Each alarm of a deployment begins like this.
      ...(state === 'OK' && alarm.OldStateValue === 'INSUFFICIENT_DATA' && { wasNeverRaised: true }),
    },
  };
}
