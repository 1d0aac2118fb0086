import { ReceiveMessageCommand } from '@aws-sdk/client-sqs';
import { PutCommand } from '@aws-sdk/lib-dynamodb';
import type { DynamoDBStreamEvent } from 'aws-lambda';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { eventually, makeStateDir, removeStateDir, startTestStack, type TestStack } from './local-test-stack.ts';

let stateDir: string;
let test: TestStack;

beforeEach(async () => {
  stateDir = makeStateDir();
  test = await startTestStack(stateDir, { announceRetryCount: 1 });
});

afterEach(async () => {
  await test.stop();
  removeStateDir(stateDir);
});

const put = (id: string, version: number) =>
  test.aws.dynamodb.send(
    new PutCommand({
      TableName: test.stack.env.TABLE_NAME,
      Item: { pk: `POSITION#${id}`, sk: 'STATE', version, movedFrom: 'holding' },
    }),
  );

const versions = (): string[] => test.changes().map((change) => change.dynamodb?.NewImage?.version?.N ?? '');

describe('the stream of the table on this machine', () => {
  it('carries every change in order, with both images', async () => {
    for (let version = 1; version <= 30; version += 1) await put('one', version);

    await eventually(() => expect(versions()).toHaveLength(30));
    expect(versions()).toEqual(Array.from({ length: 30 }, (_, index) => String(index + 1)));
    expect(test.changes()[1]).toMatchObject({
      eventName: 'MODIFY',
      eventSource: 'aws:dynamodb',
      dynamodb: {
        Keys: { pk: { S: 'POSITION#one' }, sk: { S: 'STATE' } },
        NewImage: { version: { N: '2' } },
        OldImage: { version: { N: '1' } },
      },
    });
  });

  it('goes on where it was after a restart', async () => {
    await put('one', 1);
    await eventually(() => expect(versions()).toEqual(['1']));
    await test.stop();
    test = await startTestStack(stateDir);
    await put('one', 2);

    await eventually(() => expect(versions()).toEqual(['2']));
  });

  it('tries a failed change again before it hands on a later one', async () => {
    const handled: string[] = [];
    let failureCount = 0;
    test.answer('announce', async (event) => {
      for (const { dynamodb } of (event as DynamoDBStreamEvent).Records) {
        const version = dynamodb?.NewImage?.version?.N ?? '';
        if (version === '1' && failureCount++ === 0) throw new Error('not now');
        handled.push(version);
      }
    });
    await put('one', 1);
    await put('one', 2);

    await eventually(() => expect(handled).toHaveLength(2));
    expect(handled).toEqual(['1', '2']);
    expect(failureCount).toBe(2);
  });

  it('sets a change aside that no retry helps, and goes on with the others', async () => {
    test.answer('announce', async (event) => {
      const poison = (event as DynamoDBStreamEvent).Records.find(
        (record) => record.dynamodb?.NewImage?.version?.N === '2',
      );
      const itemIdentifier = poison?.dynamodb?.SequenceNumber;
      return { batchItemFailures: itemIdentifier === undefined ? [] : [{ itemIdentifier }] };
    });
    for (const version of [1, 2, 3]) await put('one', version);

    const letters = await eventually(async () => {
      const { Messages = [] } = await test.aws.sqs.send(
        new ReceiveMessageCommand({ QueueUrl: test.stack.env.NEWS_DEAD_LETTER_URL, VisibilityTimeout: 0 }),
      );
      expect(Messages).toHaveLength(1);
      return Messages;
    });
    await put('one', 4);
    await eventually(() => expect(versions().at(-1)).toBe('4'));
    const poison = test.changes().find((change) => change.dynamodb?.NewImage?.version?.N === '2');
    expect(JSON.parse(letters[0]!.Body!)).toMatchObject({
      requestContext: { condition: 'RetryAttemptsExhausted', approximateInvokeCount: 2 },
      DDBStreamBatchInfo: { startSequenceNumber: poison?.dynamodb?.SequenceNumber, batchSize: 1 },
    });
  });
});
