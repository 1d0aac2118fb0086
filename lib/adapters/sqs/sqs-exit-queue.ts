import type { SQSClient } from '@aws-sdk/client-sqs';
import { SendMessageBatchCommand, SendMessageCommand } from '@aws-sdk/client-sqs';
import { encodeWakeMessage } from '#lib/contracts/wake-message.ts';
import { InvariantError, UpstreamUnavailableError } from '#lib/errors/errors.ts';
import type { Clock } from '#lib/ports/clock.ts';
import type { ExitQueue } from '#lib/ports/exit-queue.ts';
import { createGathering } from './gather-sends.ts';

const DELAY_SECONDS_MAX = 900;

/**
 * Whole seconds until `atMs`, rounded up. An early message would cost the receiver a wait or a second delivery, a late
 * one costs less than a second, and callers pass a time before the due time.
 */
export function delaySecondsUntil(atMs: number, nowMs: number): number {
  const seconds = Math.min(DELAY_SECONDS_MAX, Math.max(0, Math.ceil((atMs - nowMs) / 1_000)));
  // AWS rejects other values; an emulator may accept them and hide the bug.
  if (!Number.isInteger(seconds)) throw new InvariantError('A message needs a valid delivery time');
  return seconds;
}

export type SqsExitQueueDeps = {
  readonly client: SQSClient;
  readonly clock: Pick<Clock, 'nowMs'>;
  readonly queueUrl: string;
  /** Without it every message goes to the exit queue, whose receiver passes it on. */
  readonly settleQueueUrl?: string;
};

type Sending = { readonly body: string; readonly atMs: number };

/** Wake-up B and every retry, as delayed messages of two SQS queues. Concurrent exits share requests. */
export function createSqsExitQueue(deps: SqsExitQueueDeps): ExitQueue {
  const { queueUrl, settleQueueUrl = queueUrl } = deps;
  const sendToExit = createGathering<Sending>((sendings) => sendTogether(deps, queueUrl, sendings));
  const sendToSettle = createGathering<Sending>((sendings) => sendTogether(deps, settleQueueUrl, sendings));
  return {
    send: async (message, atMs) => {
      // An invalid time must not fail the shared request.
      delaySecondsUntil(atMs, deps.clock.nowMs());
      try {
        const send = message.to === 'settle' ? sendToSettle : sendToExit;
        await send({ body: encodeWakeMessage(message), atMs });
      } catch (error) {
        const reason = error instanceof Error ? error.name : typeof error;
        throw new UpstreamUnavailableError(
          'The queue may not have accepted the wake message',
          { service: 'sqs', reason, positionId: message.positionId },
          { cause: error },
        );
      }
    },
  };
}

async function sendTogether(
  { client, clock }: SqsExitQueueDeps,
  QueueUrl: string,
  sendings: readonly Sending[],
): Promise<ReadonlyMap<number, Error>> {
  // Computed now, because a message may have waited for the previous request.
  const nowMs = clock.nowMs();
  const messages = sendings.map(({ body, atMs }) => ({
    MessageBody: body,
    DelaySeconds: delaySecondsUntil(atMs, nowMs),
  }));
  const [only] = messages;
  if (only !== undefined && messages.length === 1) {
    await client.send(new SendMessageCommand({ QueueUrl, ...only }));
    return new Map();
  }
  const Entries = messages.map((message, place) => ({ Id: String(place), ...message }));
  const { Failed = [] } = await client.send(new SendMessageBatchCommand({ QueueUrl, Entries }));
  return new Map(
    Failed.map(({ Id, Code, Message }) => [
      Number(Id),
      Object.assign(new Error(Message ?? 'The queue did not accept the message'), { name: Code ?? 'Failed' }),
    ]),
  );
}
