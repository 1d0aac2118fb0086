import { describe, expect, it } from 'vitest';
import { readDeadLetter } from '#lib/contracts/dead-letter.ts';
import { encodeDomainEvent } from '#lib/contracts/domain-event.ts';
import { encodeTimerMessage, encodeWakeMessage } from '#lib/contracts/wake-message.ts';
import { DEAD_LETTER_QUEUES, type DeadLetterQueue } from '#lib/ports/dead-letters.ts';
import { anAlert } from '#test/factories/an-alert.ts';

const SENT_AT_MS = Date.parse('2026-11-30T03:00:10.000Z');
const ARN = 'arn:aws:lambda:eu-west-1:123456789012:function:';

const read = (queue: DeadLetterQueue, body: unknown, attributes: Readonly<Record<string, string>> = {}) =>
  readDeadLetter({
    ...{ id: 'letter-1', queue, attributes, sentAtMs: SENT_AT_MS },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });

/** Lambda's report of an asynchronous call it gave up. */
const lostCall = (functionName: string, requestPayload: unknown, responsePayload: unknown = null) => ({
  version: '1.0',
  timestamp: '2026-11-30T03:00:05.000Z',
  requestContext: {
    requestId: '4a9c3b1e-0000-0000-0000-000000000000',
    functionArn: `${ARN}${functionName}`,
    condition: 'RetriesExhausted',
    approximateInvokeCount: 1,
  },
  requestPayload,
  responseContext: { statusCode: 200, executedVersion: '$LATEST', functionError: 'Unhandled' },
  responsePayload,
});

const scheduled = {
  version: '0',
  id: 'e1',
  'detail-type': 'Scheduled Event',
  source: 'aws.events',
  time: '2026-11-30T00:10:00Z',
  resources: [],
  detail: {},
};

const wakeUp = encodeWakeMessage({ positionId: 'position-1', wakeUpId: 'exit', source: 'delay' });
const event = {
  version: '0',
  'detail-type': 'Position Alert',
  source: 'tminus',
  detail: JSON.parse(
    encodeDomainEvent({ type: 'position-alert', positionId: 'position-1', version: 7, alert: anAlert({ version: 7 }) }),
  ),
};

describe('readDeadLetter', () => {
  it('reads a wake-up that its function failed at, or set aside', () => {
    const failed = read('exits', wakeUp);
    expect(failed).toMatchObject({
      content: { kind: 'wake-up', message: { positionId: 'position-1', wakeUpId: 'exit' } },
      atMs: SENT_AT_MS,
      replayCount: 0,
    });
    expect(failed.why).toMatch(/sell was given it as often as its queue allows/);
    const aside = read('settlements', wakeUp, { errorName: 'CorruptRowError', replayCount: '2' });
    expect(aside).toMatchObject({ replayCount: 2, why: expect.stringMatching(/settle set it aside.*CorruptRowError/) });
  });

  it("reads a timer's message with Scheduler's reason, alone and in the request of a universal target", () => {
    const attributes = {
      ERROR_CODE: 'AWS.SimpleQueueService.NonExistentQueue',
      ERROR_MESSAGE: 'The specified queue does not exist.',
      EXHAUSTED_RETRY_CONDITION: 'MaximumRetryAttempts',
      RETRY_ATTEMPTS: '3',
    };
    const body = encodeTimerMessage('position-1', 'exit', 1_000);
    for (const each of [body, { MessageBody: body, QueueUrl: 'https://sqs/exit' }]) {
      expect(read('timers', each, attributes)).toMatchObject({
        content: { kind: 'wake-up', message: { source: 'timer', plannedAtMs: 1_000 } },
        why: 'EventBridge Scheduler could not send it (AWS.SimpleQueueService.NonExistentQueue: The specified queue does not exist., after 3 retries)',
      });
    }
  });

  it('reads an event that a rule could not send, and a notice that SNS could not deliver', () => {
    const arn = 'arn:aws:sns:eu-west-1:123456789012:news';
    expect(read('news', event, { TARGET_ARN: arn, RULE_ARN: 'rule', ERROR_CODE: 'NO_PERMISSIONS' })).toMatchObject({
      content: { kind: 'event', noticeKey: 'position-alert#position-1#7', positionId: 'position-1', targetArn: arn },
      why: expect.stringContaining('a rule of the bus could not send it (NO_PERMISSIONS'),
    });
    const envelope = { Type: 'Notification', MessageId: 'm1', Message: JSON.stringify(event) };
    expect(read('discord', envelope, { ErrorCode: '403', ErrorMessage: 'denied' })).toMatchObject({
      content: { kind: 'notice', noticeKey: 'position-alert#position-1#7', isRepeatSafe: true },
      why: 'SNS could not send it (403: denied)',
    });
    expect(read('discord', '"a text"').content).toMatchObject({ kind: 'notice', isRepeatSafe: false });
  });

  it('reads the place of table changes that announce gave up', () => {
    const body = {
      requestContext: {
        functionArn: `${ARN}announce`,
        condition: 'RetryAttemptsExhausted',
        approximateInvokeCount: 11,
      },
      timestamp: '2026-11-30T02:59:00.000Z',
      DDBStreamBatchInfo: {
        shardId: 'shardId-1',
        startSequenceNumber: '800000000003126276362',
        endSequenceNumber: '800000000003126276400',
        batchSize: 1,
        streamArn: 'arn:aws:dynamodb:stream',
      },
    };
    expect(read('news', body)).toMatchObject({
      content: { kind: 'stream-batch', batch: { shardId: 'shardId-1', firstSequenceNumber: '800000000003126276362' } },
      why: 'the function failed after 11 calls (RetryAttemptsExhausted)',
      atMs: Date.parse('2026-11-30T02:59:00.000Z'),
    });
  });

  it.each([
    ['tminus-paper-trading-SweepFunction1A2B-Xy12', scheduled, { action: 'periodic', function: 'sweep' }],
    ['tminus-paper-trading-WatchFunction1A2B-Xy12:live', scheduled, { action: 'periodic', function: 'watch' }],
    ['tminus-paper-trading-SummaryFunction1A2B-Xy12', scheduled, { action: 'summary', day: '2026-11-29' }],
    ['summary', { day: '2026-11-20' }, { action: 'summary', day: '2026-11-20' }],
    ['tminus-paper-open:live', { action: 'guard', marketSlug: 'a' }, { action: 'guard' }],
    ['open', { action: 'status' }, { action: 'read' }],
  ])('reads what %s was asked to do', (name, payload, call) => {
    const letter = read('failed-events', lostCall(name, payload, { errorType: 'ConfigError', errorMessage: 'secret' }));
    expect(letter.content).toMatchObject({ kind: 'call', call });
    expect(letter.why).toBe('the function failed after 1 call (RetriesExhausted: ConfigError)');
  });

  it('knows the market that a lost opening meant: without a slug, the window of that time', () => {
    const payload = { requestId: 'r-1', mode: 'paper', asset: 'BTC', side: 'UP', usd: '6' };
    expect(read('failed-events', lostCall('tminus-paper-open', payload)).content).toMatchObject({
      call: { action: 'opening', requestId: 'r-1', marketEndsAtMs: Date.parse('2026-11-30T03:05:00Z') },
    });
  });

  it('reads the event of a rule that could not call its function', () => {
    const attributes = {
      TARGET_ARN: `${ARN}tminus-live-trading-CanaryFunction1-X`,
      RULE_ARN: 'r',
      ERROR_CODE: 'THROTTLED',
    };
    expect(read('failed-events', scheduled, attributes)).toMatchObject({
      content: { kind: 'call', function: 'canary' },
      why: 'a rule could not send it (THROTTLED)',
    });
  });

  it.each(DEAD_LETTER_QUEUES)('keeps what it cannot read in %s, with the reason', (queue) => {
    for (const body of ['', 'not json', '{}', '[]', 'null', '{"v":2}', JSON.stringify(lostCall('unknown', {}))]) {
      const letter = read(queue, body);
      expect(letter).toMatchObject({ id: 'letter-1', body });
      // Discord shows any text.
      if (queue !== 'discord') expect(letter.content).toMatchObject({ kind: 'unreadable', reason: expect.any(String) });
    }
  });
});
