import type { SQSClient } from '@aws-sdk/client-sqs';
import { SendMessageCommand } from '@aws-sdk/client-sqs';
import { UpstreamUnavailableError } from '#lib/errors/errors.ts';

/**
 * Puts a record that cannot succeed into the dead-letter queue at once, unchanged, with the error's name as an
 * attribute. For the batch runner's `keepDead`.
 */
export function createSqsDeadRecordKeeper(deps: {
  readonly client: SQSClient;
  readonly deadLetterUrl: string;
}): (record: { readonly body: string }, errorName: string) => Promise<void> {
  return async (record, errorName) => {
    try {
      await deps.client.send(
        new SendMessageCommand({
          QueueUrl: deps.deadLetterUrl,
          MessageBody: record.body,
          MessageAttributes: { errorName: { DataType: 'String', StringValue: errorName } },
        }),
      );
    } catch (error) {
      throw new UpstreamUnavailableError(
        'The dead-letter queue did not accept the record',
        { service: 'sqs' },
        { cause: error },
      );
    }
  };
}
