import { Duration } from 'aws-cdk-lib';
import { Rule, type Schedule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { ASYNC_EVENT_AGE_SECONDS_MAX } from '#infra/shared/delivery-limits.ts';
import type { SuiteFunction } from './suite-function.ts';

export type ScheduledCallProps = {
  readonly function: SuiteFunction;
  readonly schedule: Schedule;
  readonly description: string;
  readonly failedEvents: IQueue;
};

/** Calls a function regularly, without retries: the next scheduled call comes soon enough. */
export class ScheduledCall extends Construct {
  constructor(scope: Construct, id: string, props: ScheduledCallProps) {
    super(scope, id);
    const target = new LambdaFunction(props.function.called, {
      retryAttempts: 0,
      maxEventAge: Duration.seconds(ASYNC_EVENT_AGE_SECONDS_MAX),
      deadLetterQueue: props.failedEvents,
    });
    const { schedule, description } = props;
    new Rule(this, 'Rule', { schedule, description, targets: [target] });
  }
}
