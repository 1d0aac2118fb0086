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
  'Messages do not reach Discord: you may have missed a page, and may miss this one there. The exits themselves go on.';

/** Topics → queue → `discord`. The alarm on what Discord does not accept reaches the operator by e-mail. */
export class DiscordPath extends Construct {
  readonly notices: GuardedQueue;
  readonly alarms: readonly AlarmSpec[];

  constructor(scope: Construct, id: string, props: { readonly topicArns: readonly string[] }) {
    super(scope, id);
    this.notices = new GuardedQueue(this, 'Notices', {
      delivery: QUEUE_DELIVERY.discord,
      retentionSeconds: QUEUE_RETENTION_SECONDS.discord,
      deadLetters: {
        ...{ alarmId: 'DiscordUndelivered', urgency: 'page' },
        ...{ errorImpact: ERROR_IMPACT, runbook: RUNBOOK_SECTIONS.discord },
      },
      // A canary ends when its notice has been read here: if nothing reads, `CanarySilent` is raised.
      waiting: null,
    });
    for (const queue of [this.notices.queue, this.notices.deadLetters.queue]) allowTopics(queue, props.topicArns);
    this.alarms = this.notices.alarms;
  }

  /** The function may also send a message to the dead-letter queue itself, when no retry can help. */
  deliverTo({ lambda }: SuiteFunction): void {
    this.notices.deadLetters.queue.grant(lambda, 'sqs:SendMessage');
    lambda.addEventSource(
      new SqsEventSource(this.notices.queue, {
        batchSize: QUEUE_DELIVERY.discord.batchSizeMax,
        reportBatchItemFailures: true,
        maxConcurrency: DISCORD_CONCURRENCY_MAX,
      }),
    );
  }

  /** @param scope the topic's stack, so that topics of other stacks create no circular dependency */
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
