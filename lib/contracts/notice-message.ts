import * as z from 'zod';
import type { DomainEvent } from '#lib/domain/domain-event.ts';
import { InvalidInputError } from '#lib/errors/errors.ts';
import type { Notice } from '#lib/ports/notifier.ts';
import { decodeDomainEvent, EVENT_SOURCE } from './domain-event.ts';
import { parseInput, parseJson } from './parse-input.ts';

/** What SNS wraps around a message on its way into a queue, unless raw delivery is on. */
export const SnsEnvelopeSchema = z.object({
  Type: z.literal('Notification'),
  MessageId: z.string().min(1),
  Message: z.string(),
  Subject: z.string().nullish(),
});

/** What EventBridge hands to a rule's target. */
export const EventbridgeEnvelopeSchema = z.object({
  source: z.string(),
  'detail-type': z.string(),
  detail: z.unknown(),
});

/** What a CloudWatch alarm publishes; only what a human reads. */
export const CloudwatchAlarmSchema = z.object({
  AlarmName: z.string().min(1),
  AlarmDescription: z.string().nullish(),
  NewStateValue: z.string().min(1),
  NewStateReason: z.string().nullish(),
  StateChangeTime: z.string().nullish(),
});

/** A notice and the key under which two copies of it are the same. */
export type NoticeMessage = { readonly notice: Notice; readonly noticeKey: string };

/** A fact is named by position, version and type, however often its event is published. */
export function noticeKeyOf(event: DomainEvent): string {
  return `${event.type}#${event.positionId}#${event.version}`;
}

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

function fromAlarm(alarm: z.output<typeof CloudwatchAlarmSchema>): NoticeMessage | undefined {
  // Without its time, two episodes of one alarm would look like one: SNS's own id must name it then.
  if (!alarm.StateChangeTime) return undefined;
  const text = [alarm.AlarmDescription, alarm.NewStateReason].filter(Boolean).join('\n');
  return {
    noticeKey: `alarm#${alarm.AlarmName}#${alarm.NewStateValue}#${alarm.StateChangeTime}`,
    notice: { kind: 'alarm', title: `${alarm.NewStateValue}: ${alarm.AlarmName}`, text },
  };
}
