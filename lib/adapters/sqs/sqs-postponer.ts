import type { SQSClient } from '@aws-sdk/client-sqs';
import { ChangeMessageVisibilityCommand } from '@aws-sdk/client-sqs';
import { UpstreamUnavailableError } from '#lib/errors/errors.ts';

/**
 * SQS refuses a timeout that would hide the message for more than 12 hours in total since it was received, and does not
 * shorten it (localstack#3956). A function gets a message up to one visibility timeout (30 s) after its receive.
 */
const HIDDEN_SECONDS_MAX = 43_200 - 60;

/**
 * Sets when a failed message is delivered again, instead of the queue's visibility timeout. Whole seconds, rounded up.
 */
export function createSqsPostponer(deps: {
  readonly client: SQSClient;
  readonly queueUrl: string;
}): (record: { readonly receiptHandle: string }, delayMs: number) => Promise<void> {
  return async ({ receiptHandle }, delayMs) => {
    const VisibilityTimeout = Math.min(HIDDEN_SECONDS_MAX, Math.max(0, Math.ceil(delayMs / 1_000)));
    try {
      await deps.client.send(
        new ChangeMessageVisibilityCommand({
          QueueUrl: deps.queueUrl,
          ReceiptHandle: receiptHandle,
          VisibilityTimeout,
        }),
      );
    } catch (error) {
      const reason = error instanceof Error ? error.name : typeof error;
      throw new UpstreamUnavailableError(
        'The queue did not postpone the message',
        { service: 'sqs', reason },
        { cause: error },
      );
    }
  };
}
