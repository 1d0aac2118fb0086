import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { SqsEventSource } from 'aws-cdk-lib/aws-lambda-event-sources';
import type { Construct } from 'constructs';
import { QUEUE_RETENTION_SECONDS, SETTLE_CONCURRENCY_MAX } from '#infra/shared/delivery-limits.ts';
import { QUEUE_DELIVERY } from '#lib/runtime/delivery-rules.ts';
import { RUNBOOK_SECTIONS } from '../runbook.ts';
import { GuardedQueue } from './guarded-queue.ts';

/** The wake-ups of positions whose market is over. Apart from the exits, which must not wait for a slow chain. */
export class SettleQueue extends GuardedQueue {
  constructor(scope: Construct, id: string) {
    super(scope, id, {
      delivery: QUEUE_DELIVERY.settle,
      retentionSeconds: QUEUE_RETENTION_SECONDS.settle,
      deadLetters: {
        alarmId: 'SettleDeadLetters',
        runbook: RUNBOOK_SECTIONS.deadSettlements,
        urgency: 'ticket',
        errorImpact:
          'A settlement step failed five times or cannot succeed: the winnings of its position may lie unclaimed.',
      },
      waiting: {
        alarmId: 'SettleQueue',
        urgency: 'ticket',
        errorImpact: 'Settlement steps wait unread: winnings lie unclaimed, and limit slots stay taken.',
        runbook: RUNBOOK_SECTIONS.settleQueueStuck,
      },
    });
  }

  /** The function may also send a message to the dead-letter queue itself, when no retry can help. */
  deliverTo(settle: IFunction): void {
    this.deadLetters.queue.grant(settle, 'sqs:SendMessage');
    settle.addEventSource(
      new SqsEventSource(this.queue, {
        batchSize: QUEUE_DELIVERY.settle.batchSizeMax,
        reportBatchItemFailures: true,
        maxConcurrency: SETTLE_CONCURRENCY_MAX,
      }),
    );
  }
}
