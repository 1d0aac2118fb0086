import { Duration } from 'aws-cdk-lib';
import type { IMetric } from 'aws-cdk-lib/aws-cloudwatch';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { DEAD_LETTER_RETENTION_SECONDS } from '#infra/shared/delivery-limits.ts';
import type { QueueDelivery } from '#lib/runtime/delivery-rules.ts';
import { RUNBOOK_SECTIONS, type RunbookSection } from '../runbook.ts';
import { acknowledge } from './acknowledge.ts';
import { type AlarmSpec, ONE_MINUTE } from './impact-alarm.ts';

export type DeadLetterQueueProps = {
  /** What a person loses with a message that ends here. */
  readonly errorImpact: string;
  /** PascalCase, the id of the alarm. */
  readonly alarmId: string;
  readonly runbook?: RunbookSection;
};

const SHARED = { encryption: QueueEncryption.SQS_MANAGED, enforceSSL: true } as const;

/** Where messages end that nobody could handle, and the alarm that says so. */
export class DeadLetterQueue extends Construct {
  readonly queue: Queue;
  readonly alarms: readonly AlarmSpec[];

  constructor(scope: Construct, id: string, props: DeadLetterQueueProps) {
    super(scope, id);
    this.queue = new Queue(this, 'Queue', {
      ...SHARED,
      retentionPeriod: Duration.seconds(DEAD_LETTER_RETENTION_SECONDS),
    });
    acknowledge(
      this.queue,
      'AwsSolutions-SQS3',
      'It is a dead-letter queue itself: of a scheduler, a rule or a function, which the rule does not look for.',
    );
    this.alarms = [
      {
        id: props.alarmId,
        errorImpact: props.errorImpact,
        runbook: props.runbook ?? RUNBOOK_SECTIONS.deadLetters,
        // The depth, not the arrivals: it stays raised until somebody has looked, and is told once.
        metric: depthOf(this.queue),
        threshold: 1,
        // SQS stops measuring a queue that nobody has used for six hours, whatever lies in it: for peace the alarm would be over then, and
        // be told again to whoever looks.
        silence: 'unchanged',
      },
    ];
  }
}

export type GuardedQueueProps = {
  readonly delivery: QueueDelivery;
  readonly retentionSeconds: number;
  readonly deadLetters: DeadLetterQueueProps;
  /** Messages that wait although pollers should take them within a second. */
  readonly waiting: { readonly errorImpact: string; readonly alarmId: string; readonly runbook: RunbookSection };
};

/** The longest delay of SQS; whether it counts into a message's age is not documented, so it is allowed for. */
const DELAY_SECONDS_MAX = 900;
/** Somebody who polls takes a message within the second it appears; three samples in a row that show one mean that nobody does. */
const WAITING_MINUTES = 3;

/** A queue that loses nothing: its dead letters are kept and told, and so are messages that nobody takes. */
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
    const shared = { errorImpact: waiting.errorImpact, runbook: waiting.runbook, silence: 'peace' } as const;
    this.alarms = [
      ...this.deadLetters.alarms,
      {
        ...shared,
        id: `${waiting.alarmId}Waiting`,
        metric: depthOf(this.queue),
        threshold: 1,
        periodCount: WAITING_MINUTES,
      },
      {
        ...shared,
        id: `${waiting.alarmId}Age`,
        metric: ageOf(this.queue),
        threshold: DELAY_SECONDS_MAX + visibilityTimeout.toSeconds() * delivery.receiveCountMax,
        raisedWhen: 'above',
      },
    ];
  }
}

function depthOf(queue: Queue): IMetric {
  return queue.metricApproximateNumberOfMessagesVisible({ period: ONE_MINUTE, statistic: 'Maximum' });
}

function ageOf(queue: Queue): IMetric {
  return queue.metricApproximateAgeOfOldestMessage({ period: ONE_MINUTE, statistic: 'Maximum' });
}
