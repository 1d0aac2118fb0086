import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { SqsEventSource } from 'aws-cdk-lib/aws-lambda-event-sources';
import type { Construct } from 'constructs';
import { QUEUE_RETENTION_SECONDS } from '#infra/shared/delivery-limits.ts';
import { QUEUE_DELIVERY } from '#lib/runtime/delivery-rules.ts';
import { RUNBOOK_SECTIONS } from '../runbook.ts';
import type { ExitPolling } from '../stage-config.ts';
import { GuardedQueue } from './guarded-queue.ts';

/** The queue of wake-ups: timers, delayed messages, retries, sweep and exits by hand. */
export class ExitQueue extends GuardedQueue {
  constructor(scope: Construct, id: string) {
    super(scope, id, {
      delivery: QUEUE_DELIVERY.exit,
      retentionSeconds: QUEUE_RETENTION_SECONDS.exit,
      deadLetters: {
        alarmId: 'ExitDeadLetters',
        runbook: RUNBOOK_SECTIONS.deadExits,
        urgency: 'page',
        errorImpact:
          'A wake-up failed five times or cannot succeed: its position may pass the end of its market unsold.',
      },
      waiting: {
        alarmId: 'ExitQueue',
        urgency: 'page',
        errorImpact: 'Wake-ups wait in the exit queue unread: positions will not be sold before their markets end.',
        runbook: RUNBOOK_SECTIONS.exitQueueStuck,
      },
    });
  }

  /**
   * `maxConcurrency` keeps five pollers even on an idle queue. Without it Lambda may go down to two, and the first
   * exits after a quiet day would queue behind each other. Provisioned pollers exclude it.
   */
  deliverTo(sell: IFunction, polling: ExitPolling): void {
    const scaling =
      polling.kind === 'standard'
        ? { maxConcurrency: polling.concurrencyMax }
        : {
            provisionedPollerConfig: {
              minimumPollers: polling.pollerCountMin,
              maximumPollers: polling.pollerCountMax,
            },
          };
    const batchSize = QUEUE_DELIVERY.exit.batchSizeMax;
    sell.addEventSource(new SqsEventSource(this.queue, { batchSize, reportBatchItemFailures: true, ...scaling }));
  }
}
