import { Duration, Validations } from 'aws-cdk-lib';
import type { IMetric } from 'aws-cdk-lib/aws-cloudwatch';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { DEAD_LETTER_RETENTION_SECONDS } from '#infra/shared/delivery-limits.ts';
import type { AlarmUrgency } from '#lib/contracts/notice-message.ts';
import type { QueueDelivery } from '#lib/runtime/delivery-rules.ts';
import type { RunbookSection } from '../runbook.ts';
import { type AlarmSpec, ONE_MINUTE } from './impact-alarm.ts';

export type DeadLetterQueueProps = {
  /** What is lost with a message that ends here. */
  readonly errorImpact: string;
  readonly alarmId: string;
  readonly urgency: AlarmUrgency;
  readonly runbook: RunbookSection;
};

const SHARED = { encryption: QueueEncryption.SQS_MANAGED, enforceSSL: true } as const;

export class DeadLetterQueue extends Construct {
  readonly queue: Queue;
  readonly alarms: readonly AlarmSpec[];

  constructor(scope: Construct, id: string, props: DeadLetterQueueProps) {
    super(scope, id);
    this.queue = new Queue(this, 'Queue', {
      ...SHARED,
      retentionPeriod: Duration.seconds(DEAD_LETTER_RETENTION_SECONDS),
    });
    Validations.of(this.queue).acknowledge({
      id: 'AwsSolutions-SQS3',
      reason: 'This is a dead-letter queue; the rule does not recognise those of schedulers, rules and functions.',
    });
    this.alarms = [
      {
        id: props.alarmId,
        errorImpact: props.errorImpact,
        urgency: props.urgency,
        runbook: props.runbook,
        // The depth, not the arrivals: the alarm stays raised until the queue is empty, and is sent once.
        metric: depthOf(this.queue),
        threshold: 1,
        // SQS stops reporting a queue six hours after its last use, also when it holds messages.
        whenMissing: 'unchanged',
      },
    ];
  }
}

export type GuardedQueueProps = {
  readonly delivery: QueueDelivery;
  readonly retentionSeconds: number;
  readonly deadLetters: DeadLetterQueueProps;
  /**
   * For messages that wait although pollers should receive them within a second. Null where another alarm is raised by
   * that.
   */
  readonly waiting: (Pick<AlarmSpec, 'errorImpact' | 'urgency' | 'runbook'> & { readonly alarmId: string }) | null;
};

/** Pollers receive a message within a second: three samples in a row that show one mean that nothing polls. */
const WAITING_MINUTES = 3;

/** A queue with a dead-letter queue, and with alarms on dead letters and on messages that stay unread. */
export class GuardedQueue extends Construct {
  readonly queue: Queue;
  readonly deadLetters: DeadLetterQueue;
  readonly alarms: readonly AlarmSpec[];

  constructor(scope: Construct, id: string, props: GuardedQueueProps) {
    super(scope, id);
    const { delivery, waiting } = props;
    const visibilityTimeout = Duration.millis(delivery.visibilityMs);
    this.deadLetters = new DeadLetterQueue(this, 'DeadLetters', props.deadLetters);
    this.queue = new Queue(this, 'Queue', {
      ...SHARED,
      visibilityTimeout,
      retentionPeriod: Duration.seconds(props.retentionSeconds),
      receiveMessageWaitTime: Duration.seconds(20),
      deadLetterQueue: { queue: this.deadLetters.queue, maxReceiveCount: delivery.receiveCountMax },
    });
    this.alarms = [...this.deadLetters.alarms, ...(waiting === null ? [] : [waitingAlarm(this.queue, waiting)])];
  }
}

function waitingAlarm(queue: Queue, { alarmId, ...spec }: NonNullable<GuardedQueueProps['waiting']>): AlarmSpec {
  return {
    ...spec,
    id: `${alarmId}Waiting`,
    whenMissing: 'healthy',
    metric: depthOf(queue),
    threshold: 1,
    periodCount: WAITING_MINUTES,
  };
}

function depthOf(queue: Queue): IMetric {
  return queue.metricApproximateNumberOfMessagesVisible({ period: ONE_MINUTE, statistic: 'Maximum' });
}
