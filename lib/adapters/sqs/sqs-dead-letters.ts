import {
  ChangeMessageVisibilityCommand,
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  type Message,
  ReceiveMessageCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import { readDeadLetter } from '#lib/contracts/dead-letter.ts';
import { UpstreamUnavailableError } from '#lib/errors/errors.ts';
import type { Clock } from '#lib/ports/clock.ts';
import {
  DEAD_LETTER_QUEUES,
  type DeadLetterQueue,
  type DeadLetters,
  type HeldLetter,
} from '#lib/ports/dead-letters.ts';

/** Asks all servers of the queue; without a wait SQS asks some and may find nothing. */
const WAIT_SECONDS = 1;
const PAGE_SIZE = 10;

export type SqsDeadLettersDeps = {
  readonly client: SQSClient;
  readonly clock: Pick<Clock, 'nowMs'>;
  readonly urls: Readonly<Partial<Record<DeadLetterQueue, string>>>;
};

/** Dead-letter queues in SQS. A letter is hidden from others, never removed, by reading it. */
export function createSqsDeadLetters({ client, clock, urls }: SqsDeadLettersDeps): DeadLetters {
  const urlOf = (queue: DeadLetterQueue): string => {
    const url = urls[queue];
    if (url !== undefined) return url;
    throw new UpstreamUnavailableError(`This suite has no dead-letter queue ${queue}`);
  };
  const setHidden = ({ letter, receipt }: HeldLetter, seconds: number) =>
    orUnavailable(
      client.send(
        new ChangeMessageVisibilityCommand({
          QueueUrl: urlOf(letter.queue),
          ReceiptHandle: receipt,
          VisibilityTimeout: seconds,
        }),
      ),
    );
  return {
    queues: DEAD_LETTER_QUEUES.filter((queue) => urls[queue] !== undefined),
    take: async (queue, hideMs) => {
      // From before the request: SQS begins to count when it sends its answer.
      const hiddenUntilMs = clock.nowMs() + hideMs;
      const { Messages = [] } = await orUnavailable(
        client.send(
          new ReceiveMessageCommand({
            QueueUrl: urlOf(queue),
            MaxNumberOfMessages: PAGE_SIZE,
            WaitTimeSeconds: WAIT_SECONDS,
            VisibilityTimeout: Math.ceil(hideMs / 1_000),
            MessageSystemAttributeNames: ['SentTimestamp'],
            MessageAttributeNames: ['All'],
          }),
        ),
      );
      return Messages.map((message) => toHeld(queue, message, hiddenUntilMs));
    },
    release: async (held) => void (await setHidden(held, 0)),
    remove: async ({ letter, receipt }) => {
      const command = new DeleteMessageCommand({ QueueUrl: urlOf(letter.queue), ReceiptHandle: receipt });
      await orUnavailable(client.send(command));
    },
    count: async (queue) => {
      const AttributeNames = ['ApproximateNumberOfMessages', 'ApproximateNumberOfMessagesNotVisible'] as const;
      const { Attributes } = await orUnavailable(
        client.send(new GetQueueAttributesCommand({ QueueUrl: urlOf(queue), AttributeNames: [...AttributeNames] })),
      );
      const [visible, hidden] = AttributeNames.map((name) => Number(Attributes?.[name] ?? 0));
      return { visible: visible ?? 0, hidden: hidden ?? 0 };
    },
  };
}

function toHeld(queue: DeadLetterQueue, message: Message, hiddenUntilMs: number): HeldLetter {
  const { MessageId: id = '', Body: body = '', ReceiptHandle: receipt = '', Attributes, MessageAttributes } = message;
  const texts = Object.entries(MessageAttributes ?? {}).map(([name, { StringValue = '' }]) => [name, StringValue]);
  const sentAtMs = Number(Attributes?.SentTimestamp ?? 0);
  const letter = readDeadLetter({ id, queue, body, attributes: Object.fromEntries(texts), sentAtMs });
  return { letter, receipt, hiddenUntilMs };
}

async function orUnavailable<Answer>(answer: Promise<Answer>): Promise<Answer> {
  try {
    return await answer;
  } catch (cause) {
    const reason = cause instanceof Error ? cause.name : typeof cause;
    throw new UpstreamUnavailableError('SQS did not answer, or refused', { service: 'sqs', reason }, { cause });
  }
}
