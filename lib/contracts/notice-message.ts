import * as z from 'zod/mini';
import { noticeKeyOf } from '#lib/domain/news/domain-event.ts';
import { InvalidInputError } from '#lib/errors/errors.ts';
import type { Notice } from '#lib/ports/notifier.ts';
import { decodeDomainEvent, EVENT_SOURCE } from './domain-event.ts';
import { parseInput, parseJson } from './parse-input.ts';

/** What SNS wraps around a message on its way into a queue, unless raw delivery is on. */
export const SnsEnvelopeSchema = z.object({
  Type: z.literal('Notification'),
  MessageId: z.string().check(z.minLength(1)),
  Message: z.string(),
  Subject: z.nullish(z.string()),
});

/** What EventBridge hands to a rule's target. */
export const EventbridgeEnvelopeSchema = z.object({
  source: z.string(),
  'detail-type': z.string(),
  detail: z.unknown(),
});

/** What a CloudWatch alarm publishes; only what a human reads. */
export const CloudwatchAlarmSchema = z.object({
  AlarmName: z.string().check(z.minLength(1)),
  AlarmDescription: z.nullish(z.string()),
  NewStateValue: z.string().check(z.minLength(1)),
  NewStateReason: z.nullish(z.string()),
  StateChangeTime: z.nullish(z.string()),
});

/** A notice and the key under which two copies of it are the same. */
export type NoticeMessage = { readonly notice: Notice; readonly noticeKey: string };

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function tryParseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Free text is a notice too: not every publisher writes JSON.
    return text;
  }
}

/**
 * Reads a message of the discord queue: a bus event or a CloudWatch alarm, or any other text, with or without SNS's envelope.
 * `messageId` is the queue's own; it names a text that nothing else names.
 * @throws InvalidInputError for one of our own events that is not what its schema says, and for a body that is no JSON at all
 */
export function decodeNoticeMessage(body: string, messageId: string): NoticeMessage {
  const outer = parseJson(body, 'notice message');
  if (isObject(outer) && outer.Type === 'Notification') {
    const envelope = parseInput(SnsEnvelopeSchema, outer, 'SNS envelope');
    const content = tryParseJson(envelope.Message);
    return (
      decodeContent(content) ?? {
        noticeKey: `sns#${envelope.MessageId}`,
        notice: { kind: 'alarm', title: envelope.Subject || 'Notification', text: envelope.Message },
      }
    );
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

/** How the last sentence of an alarm's description begins: where it says what to do. */
const RUNBOOK = /(?:^|\s)(What to do: [\s\S]*)$/;

const STATES = ['ALARM', 'OK', 'INSUFFICIENT_DATA'] as const;

function fromAlarm(alarm: z.output<typeof CloudwatchAlarmSchema>): NoticeMessage | undefined {
  const state = STATES.find((known) => known === alarm.NewStateValue);
  // Without its time, two episodes of one alarm would look like one: SNS's own id must name it then.
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
    },
  };
}
