import { Effect, PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { SqsEventSource } from 'aws-cdk-lib/aws-lambda-event-sources';
import { CfnSubscription } from 'aws-cdk-lib/aws-sns';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { DISCORD_CONCURRENCY_MAX, QUEUE_RETENTION_SECONDS } from '#infra/shared/delivery-limits.ts';
import { QUEUE_DELIVERY } from '#lib/runtime/delivery-rules.ts';
import { RUNBOOK_SECTIONS } from '../runbook.ts';
import { GuardedQueue } from './guarded-queue.ts';
import type { AlarmSpec } from './impact-alarm.ts';
import type { SuiteFunction } from './suite-function.ts';

const ERROR_IMPACT =
  'Nobody reads in Discord what happens: a page may have gone unseen, and so may this one. The exits themselves go on.';

/** Topics → queue → discord function. What Discord does not take ends in the dead letters, and that is told by e-mail. */
export class DiscordPath extends Construct {
  readonly notices: GuardedQueue;
  readonly alarms: readonly AlarmSpec[];

  /** @param props.topicArns the topics that may send here, those of other stacks included */
  constructor(scope: Construct, id: string, props: { readonly topicArns: readonly string[] }) {
    super(scope, id);
    this.notices = new GuardedQueue(this, 'Notices', {
      delivery: QUEUE_DELIVERY.discord,
      retentionSeconds: QUEUE_RETENTION_SECONDS.discord,
      deadLetters: { alarmId: 'DiscordUndelivered', errorImpact: ERROR_IMPACT, runbook: RUNBOOK_SECTIONS.discord },
      waiting: { alarmId: 'Discord', errorImpact: ERROR_IMPACT, runbook: RUNBOOK_SECTIONS.discord },
    });
    for (const queue of [this.notices.queue, this.notices.deadLetters.queue]) allowTopics(queue, props.topicArns);
    this.alarms = this.notices.alarms;
  }

  /** Hands the queue to its function, which may also put a message aside at once. */
  deliverWith({ lambda }: SuiteFunction): void {
    this.notices.deadLetters.queue.grant(lambda, 'sqs:SendMessage');
    lambda.addEventSource(
      new SqsEventSource(this.notices.queue, {
        batchSize: QUEUE_DELIVERY.discord.batchSizeMax,
        reportBatchItemFailures: true,
        maxConcurrency: DISCORD_CONCURRENCY_MAX,
      }),
    );
  }

  /** Made where the topic is, so that a topic of another stack can send here without the two stacks needing each other. */
  subscribeTo(scope: Construct, id: string, topicArn: string): void {
    new CfnSubscription(scope, id, {
      topicArn,
      protocol: 'sqs',
      endpoint: this.notices.queue.queueArn,
      redrivePolicy: { deadLetterTargetArn: this.notices.deadLetters.queue.queueArn },
    });
  }
}

function allowTopics(queue: IQueue, topicArns: readonly string[]): void {
  queue.addToResourcePolicy(
    new PolicyStatement({
      effect: Effect.ALLOW,
      principals: [new ServicePrincipal('sns.amazonaws.com')],
      actions: ['sqs:SendMessage'],
      resources: [queue.queueArn],
      conditions: { ArnEquals: { 'aws:SourceArn': [...topicArns] } },
    }),
  );
}
