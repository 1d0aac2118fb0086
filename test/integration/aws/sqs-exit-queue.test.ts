import { ReceiveMessageCommand } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createSqsDeadRecordKeeper } from '#lib/adapters/sqs/sqs-dead-record-keeper.ts';
import { createSqsExitQueue, delaySecondsUntil } from '#lib/adapters/sqs/sqs-exit-queue.ts';
import { systemClock } from '#lib/adapters/system/system-clock.ts';
import { decodeWakeMessage, encodeWakeMessage } from '#lib/contracts/wake-message.ts';
import { InvalidInputError, InvariantError, UpstreamUnavailableError } from '#lib/errors/errors.ts';
import type { LocalSqs } from './sqs-local.ts';
import { startLocalSqs } from './sqs-local.ts';

describe('delaySecondsUntil', () => {
  it.each([
    [-5_000, 0],
    [0, 0],
    [1, 1],
    [999, 1],
    [1_000, 1],
    [1_001, 2],
    [900_000, 900],
    [900_001, 900],
    [86_400_000, 900],
  ])('turns %i ms into %i whole seconds, never early and never beyond what SQS takes', (aheadMs, seconds) => {
    expect(delaySecondsUntil(1_000_000 + aheadMs, 1_000_000)).toBe(seconds);
  });

  it('refuses a time that is none', () => {
    expect(() => delaySecondsUntil(Number.NaN, 0)).toThrow(InvariantError);
  });
});

describe('the text of a wake message', () => {
  it('is read as it was written', () => {
    const message = { positionId: 'p1', wakeUpId: 'exit', source: 'sweep' } as const;
    expect(decodeWakeMessage(encodeWakeMessage(message))).toEqual(message);
  });

  it.each(['', 'no json', '{}', '{"v":2,"positionId":"p","wakeUpId":"exit","source":"timer"}', 'null'])(
    'is refused when it is %j',
    (body) => {
      expect(() => decodeWakeMessage(body)).toThrow(InvalidInputError);
    },
  );
});

describe('the SQS adapters', () => {
  let sqs: LocalSqs;
  beforeAll(async () => {
    sqs = await startLocalSqs();
  });
  afterAll(() => sqs.stop());

  it('says that it is not certain when the queue does not take a message', async () => {
    const existing = await sqs.createQueue();
    const queue = createSqsExitQueue({ client: sqs.clients.sqs, clock: systemClock, queueUrl: `${existing}-gone` });
    const sending = queue.send({ positionId: 'p1', wakeUpId: 'exit', source: 'delay' }, 0);
    await expect(sending).rejects.toBeInstanceOf(UpstreamUnavailableError);
    await expect(sending).rejects.toMatchObject({ context: { service: 'sqs', positionId: 'p1' } });
  });

  it('keeps a dead record word for word, with the name of what was wrong', async () => {
    const deadLetterUrl = await sqs.createQueue();
    const keep = createSqsDeadRecordKeeper({ client: sqs.clients.sqs, deadLetterUrl });
    await keep({ body: 'not even JSON' }, 'InvalidInputError');
    const { Messages } = await sqs.clients.sqs.send(
      new ReceiveMessageCommand({ QueueUrl: deadLetterUrl, MessageAttributeNames: ['All'] }),
    );
    expect(Messages).toMatchObject([
      { Body: 'not even JSON', MessageAttributes: { errorName: { StringValue: 'InvalidInputError' } } },
    ]);
  });
});
