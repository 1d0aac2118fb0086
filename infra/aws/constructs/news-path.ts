import { Duration } from 'aws-cdk-lib';
import { EventBus, type EventPattern, Rule } from 'aws-cdk-lib/aws-events';
import { SnsTopic } from 'aws-cdk-lib/aws-events-targets';
import { FilterCriteria, FilterRule, StartingPosition } from 'aws-cdk-lib/aws-lambda';
import { SqsDlq } from 'aws-cdk-lib/aws-lambda-event-sources';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import { STREAM_RECORD_AGE_SECONDS_MAX } from '#infra/shared/delivery-limits.ts';
import { EVENT_RULES, type EventPattern as TopicPattern } from '#infra/shared/event-rules.ts';
import { ANNOUNCED_ROWS } from '#lib/adapters/dynamodb/announced-rows.ts';
import { SORT_KEY } from '#lib/adapters/dynamodb/table-schema.ts';
import { STREAM_DELIVERY } from '#lib/runtime/delivery-rules.ts';
import { RUNBOOK_SECTIONS } from '../runbook.ts';
import { DeadLetterQueue } from './guarded-queue.ts';
import type { AlarmSpec } from './impact-alarm.ts';
import type { SuiteFunction } from './suite-function.ts';
import type { SuiteTable } from './table-grants.ts';

const ERROR_IMPACT =
  'You are not notified of an alert or a state change of a position: the message did not reach its subscribers. The table contains it.';

const ANNOUNCED_CHANGES = [
  {
    Keys: { [SORT_KEY]: { S: FilterRule.isEqual(ANNOUNCED_ROWS.sortKey) } },
    NewImage: { [ANNOUNCED_ROWS.movedAttribute]: { S: FilterRule.exists() } },
  },
  ...ANNOUNCED_ROWS.sortKeyPrefixes.map((prefix) => ({ Keys: { [SORT_KEY]: { S: FilterRule.beginsWith(prefix) } } })),
];

/** Table stream → `announce` → bus → rules → topic. The local stack has the same rules. */
export class NewsPath extends Construct {
  readonly bus: EventBus;
  readonly topic: Topic;
  readonly deadLetters: DeadLetterQueue;
  readonly alarms: readonly AlarmSpec[];

  constructor(scope: Construct, id: string, props: { readonly stage: string }) {
    super(scope, id);
    this.bus = new EventBus(this, 'Bus', {
      eventBusName: `tminus-${props.stage}`,
      description: 'Every state change of a position and every alert; add your own rules here',
    });
    this.topic = new Topic(this, 'Topic', { enforceSSL: true, displayName: `T-minus ${props.stage} news` });
    this.deadLetters = new DeadLetterQueue(this, 'DeadLetters', {
      alarmId: 'NewsDeadLetters',
      runbook: RUNBOOK_SECTIONS.deadNews,
      // It may be a page.
      urgency: 'page',
      errorImpact: ERROR_IMPACT,
    });
    for (const { name, pattern } of EVENT_RULES) {
      new Rule(this, name, {
        eventBus: this.bus,
        eventPattern: toEventPattern(pattern),
        targets: [new SnsTopic(this.topic, { deadLetterQueue: this.deadLetters.queue })],
      });
    }
    // What does not reach this queue either is noticed by the canaries, whose notices go the same way.
    this.alarms = this.deadLetters.alarms;
  }

  /**
   * Lets the function read the table's stream and write to the bus. A failing batch is halved until the bad record is
   * alone; after its last retry the record's position in the stream goes to the dead-letter queue.
   */
  announceWith({ lambda }: SuiteFunction, table: SuiteTable): void {
    const { tableStreamArn: eventSourceArn } = table;
    if (eventSourceArn === undefined) throw new Error('The table has no stream, so nothing can be announced');
    this.bus.grantPutEventsTo(lambda);
    const mapping = lambda.addEventSourceMapping('TableStream', {
      eventSourceArn,
      // From the oldest record, so that changes made before the mapping existed are announced as well.
      startingPosition: StartingPosition.TRIM_HORIZON,
      batchSize: STREAM_DELIVERY.batchSizeMax,
      reportBatchItemFailures: true,
      bisectBatchOnError: true,
      retryAttempts: STREAM_DELIVERY.retryCountMax,
      maxRecordAge: Duration.seconds(STREAM_RECORD_AGE_SECONDS_MAX),
      onFailure: new SqsDlq(this.deadLetters.queue),
      filters: ANNOUNCED_CHANGES.map((dynamodb) => FilterCriteria.filter({ dynamodb })),
    });
    // AWS rejects a mapping whose role may not read the stream yet.
    table.grantStreamRead(lambda).applyBefore(mapping);
  }
}

export function toEventPattern({ source, 'detail-type': detailType, detail }: TopicPattern): EventPattern {
  return {
    ...(source !== undefined && { source: textsOf(source) }),
    ...(detailType !== undefined && { detailType: textsOf(detailType) }),
    ...(detail !== undefined && { detail: Object.fromEntries(Object.entries(detail)) }),
  };
}

function textsOf(values: unknown): string[] {
  if (Array.isArray(values) && values.every((value) => typeof value === 'string')) return values;
  throw new Error('An event rule must list the sources and detail types it matches as texts');
}
