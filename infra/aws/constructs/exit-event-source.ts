import { SqsEventSource } from 'aws-cdk-lib/aws-lambda-event-sources';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { QUEUE_LIMITS } from '../delivery-limits.ts';
import type { ExitPolling } from '../stage-config.ts';

/**
 * Exit queue → sell: at once (no batching window), up to ten messages, failures one by one.
 *
 * With a maximum of concurrency Lambda keeps five pollers even when nothing happens for hours; without one it may go down to two, and the
 * first exits of a quiet day would wait for each other. Pollers that are paid for replace it: the two exclude each other.
 */
export function exitEventSource(queue: IQueue, polling: ExitPolling): SqsEventSource {
  return new SqsEventSource(queue, {
    batchSize: QUEUE_LIMITS.exit.batchSizeMax,
    reportBatchItemFailures: true,
    ...(polling.kind === 'standard'
      ? { maxConcurrency: polling.concurrencyMax }
      : {
          provisionedPollerConfig: {
            minimumPollers: polling.pollerCountMin,
            maximumPollers: polling.pollerCountMax,
          },
        }),
  });
}
