import { PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { ChangeMessageVisibilityCommand, ReceiveMessageCommand } from '@aws-sdk/client-sqs';
import type { SQSEvent } from 'aws-lambda';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EXIT_DEAD_LETTERS, queueArn } from '#infra/local/topology.ts';
import { eventually, makeStateDir, removeStateDir, startTestStack, type TestStack } from './local-test-stack.ts';

let test: TestStack;
let exitQueueUrl: string;
let deadLetterUrl: string;

beforeAll(async () => {
  test = await startTestStack(makeStateDir());
  exitQueueUrl = test.stack.env.EXIT_QUEUE_URL!;
  deadLetterUrl = test.stack.env.EXIT_DEAD_LETTER_URL!;
  await test.shortenRedelivery(exitQueueUrl, queueArn(EXIT_DEAD_LETTERS), 2);
});

afterAll(async () => {
  await test.stop();
  removeStateDir(test.stateDir);
});

const countOf = (body: string): number => test.bodies('sell').filter((each) => each === body).length;

describe('the exit queue on this machine', () => {
  it('delivers again only what the function reports as failed, and sets it aside after its last try', async () => {
    test.answer('sell', async (event) => ({
      batchItemFailures: (event as SQSEvent).Records.filter((record) => record.body === 'poison').map((record) => ({
        itemIdentifier: record.messageId,
      })),
    }));
    await Promise.all([test.send(exitQueueUrl, 'good'), test.send(exitQueueUrl, 'poison')]);

    await eventually(async () => {
      const { Messages = [] } = await test.aws.sqs.send(
        new ReceiveMessageCommand({ QueueUrl: deadLetterUrl, VisibilityTimeout: 0 }),
      );
      expect(Messages.map((message) => message.Body)).toEqual(['poison']);
    });
    expect(countOf('poison')).toBe(2);
    expect(countOf('good')).toBe(1);
  });

  it('delivers a whole batch again when the function throws', async () => {
    let isFirst = true;
    test.answer('sell', async (event) => {
      const isThis = (event as SQSEvent).Records.some((record) => record.body === 'thrown');
      if (isThis && isFirst) {
        isFirst = false;
        throw new Error('broken');
      }
    });
    await test.send(exitQueueUrl, 'thrown');

    await eventually(() => expect(countOf('thrown')).toBe(2));
    expect(
      test.messages('sell').findLast((record) => record.body === 'thrown')?.attributes.ApproximateReceiveCount,
    ).toBe('2');
  });

  it('delivers a delayed message after its delay, not before', async () => {
    const sentAtMs = Date.now();
    let deliveredAtMs = 0;
    test.answer('sell', async () => {
      deliveredAtMs = Date.now();
    });
    await test.send(exitQueueUrl, 'delayed', 1);

    await eventually(() => expect(countOf('delayed')).toBe(1));
    // Never early; how late is not asserted.
    expect(deliveredAtMs - sentAtMs).toBeGreaterThanOrEqual(1_000);
  });

  it('starts on the next message while an earlier one is still being handled', async () => {
    const release = Promise.withResolvers<void>();
    test.answer('sell', async (event) => {
      if ((event as SQSEvent).Records.some((record) => record.body === 'slow')) await release.promise;
    });
    await test.send(exitQueueUrl, 'slow');
    await eventually(() => expect(countOf('slow')).toBe(1));
    await test.send(exitQueueUrl, 'quick');

    await eventually(() => expect(countOf('quick')).toBe(1));
    release.resolve();
  });

  it('makes a message visible again at once when asked to', async () => {
    await test.send(deadLetterUrl, 'returned');
    const take = async () => {
      const { Messages = [] } = await test.aws.sqs.send(
        new ReceiveMessageCommand({ QueueUrl: deadLetterUrl, MaxNumberOfMessages: 10, VisibilityTimeout: 600 }),
      );
      return Messages.find((message) => message.Body === 'returned');
    };
    const ReceiptHandle = (await take())?.ReceiptHandle;
    await test.aws.sqs.send(
      new ChangeMessageVisibilityCommand({ QueueUrl: deadLetterUrl, ReceiptHandle, VisibilityTimeout: 0 }),
    );

    expect((await take())?.Body).toBe('returned');
  });
});

describe('from the bus to Discord', () => {
  const put = (detailType: string, detail: object, source = 'tminus') =>
    test.aws.eventbridge.send(
      new PutEventsCommand({
        Entries: [
          {
            EventBusName: test.stack.env.EVENT_BUS_NAME,
            Source: source,
            DetailType: detailType,
            Detail: JSON.stringify(detail),
          },
        ],
      }),
    );
  const details = (): unknown[] => test.bodies('discord').map((body) => JSON.parse(JSON.parse(body).Message).detail);

  it('carries alerts and news in the envelopes of EventBridge and SNS, and nothing else', async () => {
    await put('Position State Changed', { n: 1, isNews: false });
    await put('Position Alert', { n: 2 }, 'somebody-else');
    await put('Position State Changed', { n: 3, isNews: true });
    await put('Position Alert', { n: 4 });

    await eventually(() => expect(details()).toHaveLength(2));
    expect(details()).toEqual(expect.arrayContaining([{ n: 3, isNews: true }, { n: 4 }]));
    const envelope = JSON.parse(test.bodies('discord')[0]!);
    expect(envelope).toMatchObject({ Type: 'Notification', TopicArn: expect.stringMatching(/:alerts$/) });
    expect(JSON.parse(envelope.Message)).toMatchObject({
      version: '0',
      source: 'tminus',
      region: 'us-east-1',
      resources: [],
    });
  });

  it('answers for each entry by itself', async () => {
    const entry = { EventBusName: test.stack.env.EVENT_BUS_NAME, Source: 'tminus', DetailType: 'Nothing' };
    const answer = await test.aws.eventbridge.send(
      new PutEventsCommand({
        Entries: [
          { ...entry, Detail: 'not json' },
          { ...entry, Detail: '{}' },
        ],
      }),
    );

    expect(answer.FailedEntryCount).toBe(1);
    expect(answer.Entries?.[0]?.ErrorCode).toBe('MalformedDetail');
    expect(answer.Entries?.[1]?.EventId).toBeDefined();
  });

  it('keeps and shows what a webhook sends, and refuses an empty message as Discord does', async () => {
    const shown: unknown[] = [];
    const forget = test.stack.onDiscordMessage((message) => shown.push(message.content));
    const post = (body: object) =>
      fetch(test.stack.env.DISCORD_WEBHOOK_URL!, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      });

    const taken = await post({ content: 'sold' });
    const empty = await post({ content: '' });
    forget();
    await post({ content: 'later' });

    expect([taken.status, empty.status]).toEqual([204, 400]);
    expect(shown).toEqual(['sold']);
    expect(test.stack.discord.listMessages().map((message) => message.content)).toEqual(['sold', 'later']);
  });
});
