import type { SQSClient } from '@aws-sdk/client-sqs';
import { SendMessageCommand } from '@aws-sdk/client-sqs';
import { encodeWakeMessage } from '#lib/contracts/wake-body.ts';
import { InvariantError, UpstreamUnavailableError } from '#lib/errors/errors.ts';
import type { Clock } from '#lib/ports/clock.ts';
import type { ExitQueue } from '#lib/ports/exit-queue.ts';

/** The longest delay SQS knows. */
const DELAY_SECONDS_MAX = 900;

/**
 * Whole seconds until `atMs`, rounded up: a message that is early would cost the receiver a wait or a second trip, one that
 * is late costs less than a second, and callers ask for a time before the one that matters.
 */
export function delaySecondsUntil(atMs: number, nowMs: number): number {
  const seconds = Math.min(DELAY_SECONDS_MAX, Math.max(0, Math.ceil((atMs - nowMs) / 1_000)));
  // AWS refuses anything else; an emulator that takes it would hide the mistake.
  if (!Number.isInteger(seconds)) throw new InvariantError('A message needs a time to be delivered at');
  return seconds;
}

/** Wake-up B and every retry, as delayed messages of one SQS queue. */
export function createSqsExitQueue(deps: {
  readonly client: SQSClient;
  readonly clock: Pick<Clock, 'nowMs'>;
  readonly queueUrl: string;
}): ExitQueue {
  return {
    send: async (message, atMs) => {
      const DelaySeconds = delaySecondsUntil(atMs, deps.clock.nowMs());
      try {
        await deps.client.send(
          new SendMessageCommand({ QueueUrl: deps.queueUrl, MessageBody: encodeWakeMessage(message), DelaySeconds }),
        );
      } catch (error) {
        const reason = error instanceof Error ? error.name : typeof error;
        throw new UpstreamUnavailableError(
          'It is not certain that the queue took the wake message',
          { service: 'sqs', reason, positionId: message.positionId },
          { cause: error },
        );
      }
    },
  };
}
