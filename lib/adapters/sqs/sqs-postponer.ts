import type { SQSClient } from '@aws-sdk/client-sqs';
import { ChangeMessageVisibilityCommand } from '@aws-sdk/client-sqs';
import { UpstreamUnavailableError } from '#lib/errors/errors.ts';

/** Twelve hours: the longest SQS hides a message. */
const HIDDEN_SECONDS_MAX = 43_200;

/** Says when a message that failed comes again, in place of its queue's visibility timeout. In whole seconds, rounded up. */
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
        'The queue did not put the message off',
        { service: 'sqs', reason },
        { cause: error },
      );
    }
  };
}
