import { EventBus, type EventPattern, Rule } from 'aws-cdk-lib/aws-events';
import { SnsTopic } from 'aws-cdk-lib/aws-events-targets';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import { EVENT_RULES, type EventPattern as TopicPattern } from '#infra/shared/event-rules.ts';
import { RUNBOOK_SECTIONS } from '../runbook.ts';
import { DeadLetterQueue } from './guarded-queue.ts';
import { type AlarmSpec, FIVE_MINUTES } from './impact-alarm.ts';

const ERROR_IMPACT =
  'You are not told of something that happened to a position: an alert or a change of state did not reach those who listen. The table ' +
  'has it.';

/**
 * Bus → rules → topic: what happens to positions, for whoever wants to hear it. The rules are the local stack's own, so that one machine
 * tells what the cloud would tell.
 */
export class NewsPath extends Construct {
  readonly bus: EventBus;
  readonly topic: Topic;
  readonly deadLetters: DeadLetterQueue;
  readonly alarms: readonly AlarmSpec[];

  constructor(scope: Construct, id: string, props: { readonly stage: string }) {
    super(scope, id);
    this.bus = new EventBus(this, 'Bus', {
      eventBusName: `tminus-${props.stage}`,
      description: 'Every change of a position and every alert; hook your own rules in here',
    });
    this.topic = new Topic(this, 'Topic', { enforceSSL: true, displayName: `T-minus ${props.stage} news` });
    this.deadLetters = new DeadLetterQueue(this, 'DeadLetters', {
      alarmId: 'NewsDeadLetters',
      errorImpact: ERROR_IMPACT,
    });
    for (const { name, pattern } of EVENT_RULES) {
      new Rule(this, name, {
        eventBus: this.bus,
        eventPattern: toEventPattern(pattern),
        targets: [new SnsTopic(this.topic, { deadLetterQueue: this.deadLetters.queue })],
      });
    }
    this.alarms = [
      ...this.deadLetters.alarms,
      {
        // What the topic could not hand on lies in the listener's dead letters; this is what could not even be kept.
        id: 'NewsLost',
        errorImpact: ERROR_IMPACT,
        runbook: RUNBOOK_SECTIONS.discord,
        metric: this.topic.metric('NumberOfNotificationsFailedToRedriveToDlq', {
          period: FIVE_MINUTES,
          statistic: 'Sum',
        }),
        threshold: 1,
        silence: 'peace',
      },
    ];
  }
}

/** CDK spells the fields in its own way; what is matched stays the same, list by list. */
function toEventPattern({ source, 'detail-type': detailType, detail }: TopicPattern): EventPattern {
  return {
    ...(source !== undefined && { source: textsOf(source) }),
    ...(detailType !== undefined && { detailType: textsOf(detailType) }),
    ...(detail !== undefined && { detail: Object.fromEntries(Object.entries(detail)) }),
  };
}

function textsOf(values: unknown): string[] {
  if (Array.isArray(values) && values.every((value) => typeof value === 'string')) return values;
  throw new Error('A rule has to name the sources and the types of its events as lists of texts');
}
