import {
  ChangeMessageVisibilityBatchCommand,
  DeleteMessageCommand,
  type Message,
  ReceiveMessageCommand,
  SendMessageCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import { askWith, describeFailure } from '#lib/adapters/deployment/access-failure.ts';
import type { PoisonMessage } from '#lib/ports/smoke-probes.ts';

export type SqsPoisonDeps = {
  readonly client: SQSClient;
  readonly queueUrl: string;
  readonly deadLetterUrl: string;
};

const BATCH_SIZE = 10;
/** Messages looked at in one search. */
const LOOK_COUNT_MAX = 500;
/** Longer than a search takes, so that no message is seen twice in it. Released at the search's end. */
const HIDDEN_SECONDS = 30;

/** Finds its own message among the dead letters of the exit queue by its body, and shows every other one again. */
export function createSqsPoisonMessage(deps: SqsPoisonDeps): PoisonMessage {
  const { client, queueUrl, deadLetterUrl } = deps;
  return {
    send: async (body) => {
      await ask('sqs:SendMessage', () =>
        client.send(new SendMessageCommand({ QueueUrl: queueUrl, MessageBody: body })),
      );
    },
    find: async (body) => {
      const [own] = await search(deps, body, async (message) => message);
      return own && { errorName: own.MessageAttributes?.errorName?.StringValue ?? null };
    },
    remove: async (body) => {
      const removed = await search(deps, body, async ({ ReceiptHandle }) => {
        await ask('sqs:DeleteMessage', () =>
          client.send(new DeleteMessageCommand({ QueueUrl: deadLetterUrl, ReceiptHandle })),
        );
      });
      return removed.length > 0;
    },
  };
}

/** Walks the queue, because a message that was delivered twice was set aside twice. */
async function search<Result>(
  deps: SqsPoisonDeps,
  body: string,
  use: (own: Message) => Promise<Result>,
): Promise<readonly Result[]> {
  const seen: Message[] = [];
  const results: Result[] = [];
  try {
    for (let batch = await receive(deps); batch.length > 0; batch = await receive(deps)) {
      seen.push(...batch);
      for (const own of batch.filter((message) => message.Body === body)) results.push(await use(own));
      if (seen.length >= LOOK_COUNT_MAX) break;
    }
    return results;
  } finally {
    await release(deps, seen);
  }
}

async function receive({ client, deadLetterUrl }: SqsPoisonDeps): Promise<readonly Message[]> {
  const { Messages = [] } = await ask('sqs:ReceiveMessage', () =>
    client.send(
      new ReceiveMessageCommand({
        QueueUrl: deadLetterUrl,
        MaxNumberOfMessages: BATCH_SIZE,
        VisibilityTimeout: HIDDEN_SECONDS,
        // A short poll may leave out messages of some of the servers.
        WaitTimeSeconds: 1,
        MessageAttributeNames: ['errorName'],
      }),
    ),
  );
  return Messages;
}

/** Best effort: what is not released is shown again by itself after half a minute. */
async function release({ client, deadLetterUrl }: SqsPoisonDeps, seen: readonly Message[]): Promise<void> {
  for (let start = 0; start < seen.length; start += BATCH_SIZE) {
    const Entries = seen.slice(start, start + BATCH_SIZE).map(({ ReceiptHandle }, index) => ({
      ...{ Id: String(index), ReceiptHandle, VisibilityTimeout: 0 },
    }));
    const command = new ChangeMessageVisibilityBatchCommand({ QueueUrl: deadLetterUrl, Entries });
    await client.send(command).catch(() => undefined);
  }
}

const ask = <Answer>(right: string, request: () => Promise<Answer>): Promise<Answer> =>
  askWith(right, request, (cause) => `SQS: ${describeFailure(cause)}`);
