import { SqsEventSource } from 'aws-cdk-lib/aws-lambda-event-sources';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { QUEUE_DELIVERY } from '#lib/runtime/delivery-rules.ts';
import type { ExitPolling } from '../stage-config.ts';

/** The fewest pollers of its own that a queue can have. */
const POLLER_COUNT_MIN = 2;

/**
 * Exit queue → sell: at once (no batching window), up to ten messages, failures one by one.
 *
 * With a maximum of concurrency Lambda keeps five pollers even when nothing happens for hours; without one it may go down to two, and the
 * first exits of a quiet day would wait for each other. Pollers that are paid for replace it: the two exclude each other.
 */
export function exitEventSource(queue: IQueue, polling: ExitPolling): SqsEventSource {
  // Of a stream one poller may be asked for, and CDK knows no difference: the deployment would fail, not the synthesis.
  if (polling.kind === 'provisioned' && polling.pollerCountMin < POLLER_COUNT_MIN) {
    throw new Error(`The exit queue needs pollerCountMin of ${POLLER_COUNT_MIN} or more: AWS gives a queue no fewer`);
  }
  return new SqsEventSource(queue, {
    batchSize: QUEUE_DELIVERY.exit.batchSizeMax,
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
