import { ReceiveMessageCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createSqsPostponer } from '#lib/adapters/sqs/sqs-postponer.ts';
import { UpstreamUnavailableError } from '#lib/errors/errors.ts';
import { awsSettingsOf, DEFAULT_AWS_LIMITS } from '#lib/runtime/aws-settings.ts';
import { startAwsWire } from './aws-wire.ts';
import { type LocalSqs, startLocalSqs } from './sqs-local.ts';

let sqs: LocalSqs;

beforeAll(async () => {
  sqs = await startLocalSqs();
});

afterAll(async () => {
  await sqs.stop();
});

async function receive(QueueUrl: string) {
  const { Messages = [] } = await sqs.clients.sqs.send(new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 0 }));
  return Messages;
}

describe('a message that is put off', () => {
  it('comes again when it was said to, not when its queue would have it', async () => {
    const queueUrl = await sqs.createQueue();
    await sqs.clients.sqs.send(new SendMessageCommand({ QueueUrl: queueUrl, MessageBody: 'notice' }));
    const postpone = createSqsPostponer({ client: sqs.clients.sqs, queueUrl });
    const [first] = await receive(queueUrl);
    await postpone({ receiptHandle: first?.ReceiptHandle ?? '' }, 0);
    const [again] = await receive(queueUrl);
    expect(again?.Body).toBe('notice');
    await postpone({ receiptHandle: again?.ReceiptHandle ?? '' }, 90_000);
    expect(await receive(queueUrl)).toEqual([]);
  });

  it.each([
    [43_200_000, 43_140],
    [86_400_000, 43_140],
    [1_500, 2],
    [-1, 0],
  ])('for %i ms is hidden for %i s: SQS counts twelve hours from the receive', async (delayMs, seconds) => {
    const wire = await startAwsWire(() => ({ status: 200 }));
    const client = new SQSClient({ ...awsSettingsOf(wire.env, 'SQS', DEFAULT_AWS_LIMITS) });
    const queueUrl = `${wire.env.AWS_ENDPOINT_URL_SQS ?? ''}/1/q`;
    await createSqsPostponer({ client, queueUrl })({ receiptHandle: 'r' }, delayMs);
    expect(wire.requests).toMatchObject([{ body: { VisibilityTimeout: seconds } }]);
    client.destroy();
    await wire.stop();
  });

  it('that the queue does not know is an error by name', async () => {
    const queueUrl = await sqs.createQueue();
    const postpone = createSqsPostponer({ client: sqs.clients.sqs, queueUrl });
    await expect(postpone({ receiptHandle: 'nothing' }, 1_000)).rejects.toBeInstanceOf(UpstreamUnavailableError);
  });
});
