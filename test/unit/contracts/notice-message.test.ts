import { describe, expect, expectTypeOf, it } from 'vitest';
import type * as z from 'zod';
import type { DomainEventSchema } from '#lib/contracts/domain-event.ts';
import { decodeDomainEvent, encodeDomainEvent } from '#lib/contracts/domain-event.ts';
import { decodeNoticeMessage } from '#lib/contracts/notice-message.ts';
import type { DomainEvent } from '#lib/domain/news/domain-event.ts';
import { stateChangeOf } from '#lib/domain/news/domain-event.ts';
import { POSITION_STATES } from '#lib/domain/position/position.ts';
import { InvalidInputError } from '#lib/errors/errors.ts';
import { isPage } from '#lib/ports/notifier.ts';
import { aPosition } from '#test/factories/a-position.ts';
import { anAlert } from '#test/factories/an-alert.ts';

const alert = anAlert({
  kind: 'needs-human',
  severity: 'page',
  cause: 'missing-approval',
  venueText: 'not enough balance',
});
const EVENT: DomainEvent = { type: 'position-alert', positionId: alert.positionId, version: alert.version, alert };
const busMessage = (detail: unknown, source = 'tminus') =>
  JSON.stringify({ version: '0', id: 'x', source, 'detail-type': 'Position Alert', detail });
const inSns = (Message: string, Subject?: string) =>
  JSON.stringify({ Type: 'Notification', MessageId: 'sns-1', TopicArn: 'arn:aws:sns:x', Message, Subject });
const ALARM = {
  AlarmName: 'OpenPastEnd',
  AlarmDescription: 'A position is open past its market. What to do: README.md, Operate, "Position past its end".',
  NewStateValue: 'ALARM',
  NewStateReason: 'Threshold crossed',
  StateChangeTime: '2026-11-22T10:00:00.000+0000',
};

describe('the wire form of a domain event', () => {
  it('is the domain type, field for field', () => {
    expectTypeOf<z.output<typeof DomainEventSchema>>().toEqualTypeOf<DomainEvent>();
  });

  it('is read back unchanged for an alert and for every state', () => {
    const changes = POSITION_STATES.map((state) => stateChangeOf(null, aPosition({ state })));
    for (const event of [EVENT, ...changes]) {
      if (event === null) throw new Error('every state is a change from nothing');
      expect(decodeDomainEvent(JSON.parse(encodeDomainEvent(event)))).toEqual(event);
    }
  });

  it('reads an alert of a release that did not keep what the venue said', () => {
    const { alert: wireAlert, ...wire } = JSON.parse(encodeDomainEvent(EVENT));
    const { venueWords, ...older } = wireAlert;
    expect(decodeDomainEvent({ ...wire, alert: older })).toEqual(EVENT);
  });

  it('ignores fields of a later version, and refuses what it cannot read', () => {
    const wire = JSON.parse(encodeDomainEvent(EVENT));
    expect(decodeDomainEvent({ ...wire, addedLater: true })).toEqual(EVENT);
    expect(() => decodeDomainEvent({ ...wire, v: 2 })).toThrow(InvalidInputError);
    expect(() => decodeDomainEvent({ ...wire, positionId: undefined })).toThrow(/positionId/);
  });
});

describe('decodeNoticeMessage', () => {
  const detail = JSON.parse(encodeDomainEvent(EVENT));
  const expected = {
    notice: { kind: 'event', event: EVENT },
    noticeKey: `position-alert#${alert.positionId}#${alert.version}`,
  };

  it('reads a bus event with and without the envelope of SNS, under one key', () => {
    expect(decodeNoticeMessage(inSns(busMessage(detail)), 'm1')).toEqual(expected);
    expect(decodeNoticeMessage(busMessage(detail), 'm2')).toEqual(expected);
  });

  it('reads a CloudWatch alarm; each change of its state is a notice of its own', () => {
    const first = decodeNoticeMessage(inSns(JSON.stringify(ALARM)), 'm1');
    expect(first.notice).toEqual({
      kind: 'watch-alarm',
      name: 'OpenPastEnd',
      state: 'ALARM',
      impact: 'A position is open past its market.',
      reason: 'Threshold crossed',
      runbook: 'What to do: README.md, Operate, "Position past its end".',
    });
    expect(decodeNoticeMessage(JSON.stringify(ALARM), 'm2').noticeKey).toBe(first.noticeKey);
    const over = { ...ALARM, NewStateValue: 'OK', StateChangeTime: '2026-11-22T10:05:00.000+0000' };
    expect(decodeNoticeMessage(JSON.stringify(over), 'm3').noticeKey).not.toBe(first.noticeKey);
  });

  it('reads an alarm without a runbook, and one without a description', () => {
    const silent = { ...ALARM, AlarmDescription: null, NewStateReason: '' };
    expect(decodeNoticeMessage(JSON.stringify(silent), 'm1').notice).toMatchObject({
      impact: null,
      reason: null,
      runbook: null,
    });
    const loose = { ...ALARM, AlarmDescription: 'Nobody knows What to do' };
    expect(decodeNoticeMessage(JSON.stringify(loose), 'm1').notice).toMatchObject({
      impact: 'Nobody knows What to do',
      runbook: null,
    });
  });

  it('knows by its topic what pages, also for an event of another service', () => {
    const through = (topic: string, body: string) => {
      const TopicArn = `arn:aws:sns:eu-west-1:1:tminus-live${topic}`;
      return decodeNoticeMessage(JSON.stringify({ ...JSON.parse(inSns(body)), TopicArn }), 'm1').notice;
    };
    const other = busMessage({ state: 'PendingDeletion' }, 'aws.kms');
    for (const body of [JSON.stringify(ALARM), other]) {
      expect(isPage(through('-page', body))).toBe(true);
      expect(isPage(through('-ticket', body))).toBe(false);
      expect(isPage(decodeNoticeMessage(inSns(body), 'm1').notice)).toBe(false);
    }
    expect(isPage(through('-page', JSON.stringify({ ...ALARM, NewStateValue: 'OK' })))).toBe(false);
    expect(through('-page', busMessage(detail))).toEqual(expected.notice);
  });

  it.each([
    ['page', 'request', true],
    ['page', 'canary', false],
    ['warning', 'request', false],
  ] as const)('takes an alert of severity %s and origin %s for a page: %s', (severity, origin, expectedPage) => {
    const position = { ...alert.position, origin };
    const event = { ...EVENT, alert: { ...alert, severity, position } } as const;
    expect(isPage(decodeNoticeMessage(inSns(busMessage(JSON.parse(encodeDomainEvent(event)))), 'm1').notice)).toBe(
      expectedPage,
    );
  });

  it('knows an alarm that has its first data, and was never raised', () => {
    const first = { ...ALARM, NewStateValue: 'OK', OldStateValue: 'INSUFFICIENT_DATA' };
    expect(decodeNoticeMessage(JSON.stringify(first), 'm1').notice).toMatchObject({ wasNeverRaised: true });
    const over = { ...first, OldStateValue: 'ALARM' };
    expect(decodeNoticeMessage(JSON.stringify(over), 'm1').notice).not.toHaveProperty('wasNeverRaised');
  });

  it('passes any other text on unchanged', () => {
    expect(decodeNoticeMessage(inSns('Budget exceeded', 'AWS Budgets'), 'm1')).toEqual({
      noticeKey: 'sns#sns-1',
      notice: { kind: 'alarm', title: 'AWS Budgets', text: 'Budget exceeded' },
    });
    expect(decodeNoticeMessage('{"some":"thing"}', 'm9')).toMatchObject({
      noticeKey: 'message#m9',
      notice: { kind: 'alarm', text: '{"some":"thing"}' },
    });
    expect(decodeNoticeMessage(busMessage({}, 'aws.ec2'), 'm9').notice.kind).toBe('alarm');
  });

  it.each([
    ['no JSON', 'hush {'],
    ['one of our events with a field missing', busMessage({ ...detail, alert: { hush: 1 } })],
    ['one of our events of a later version, in SNS', inSns(busMessage({ ...detail, v: 9, hush: 1 }))],
    ['nothing', 'null'],
  ])('refuses %s, and does not show it', (_what, body) => {
    expect(() => decodeNoticeMessage(body, 'm1')).toThrow(InvalidInputError);
    try {
      decodeNoticeMessage(body, 'm1');
    } catch (error) {
      expect(String(error)).not.toContain('hush');
    }
  });
});
