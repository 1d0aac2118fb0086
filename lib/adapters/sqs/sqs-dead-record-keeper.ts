import type { SQSClient } from '@aws-sdk/client-sqs';
import { SendMessageCommand } from '@aws-sdk/client-sqs';
import { UpstreamUnavailableError } from '#lib/errors/errors.ts';
import { REPLAY_COUNT } from '#lib/ports/dead-letters.ts';

/** Of a queue's record; Lambda passes on its attributes. */
export type DeadRecord = {
  readonly body: string;
  readonly messageAttributes?: Readonly<Record<string, { readonly stringValue?: string | undefined }>>;
};

/**
 * Puts a record that cannot succeed into the dead-letter queue at once, unchanged, with the error's name as an
 * attribute. For the batch runner's `keepDead`. A record that was replayed before stays known as such.
 */
export function createSqsDeadRecordKeeper(deps: {
  readonly client: SQSClient;
  readonly deadLetterUrl: string;
}): (record: DeadRecord, errorName: string) => Promise<void> {
  return async (record, errorName) => {
    const replayCount = record.messageAttributes?.[REPLAY_COUNT]?.stringValue;
    try {
      await deps.client.send(
        new SendMessageCommand({
          QueueUrl: deps.deadLetterUrl,
          MessageBody: record.body,
          MessageAttributes: {
            errorName: { DataType: 'String', StringValue: errorName },
            ...(replayCount !== undefined && { [REPLAY_COUNT]: { DataType: 'Number', StringValue: replayCount } }),
          },
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
