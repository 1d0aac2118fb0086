import { Duration } from 'aws-cdk-lib';
import { Rule, type Schedule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { ASYNC_EVENT_AGE_SECONDS_MAX } from '#infra/shared/delivery-limits.ts';

export type PeriodicCallProps = {
  readonly schedule: Schedule;
  readonly description: string;
  readonly target: IFunction;
  readonly failedEvents: IQueue;
};

/** Calls a function by the clock, and never twice for one time: the next time comes soon enough. */
export class PeriodicCall extends Construct {
  constructor(scope: Construct, id: string, props: PeriodicCallProps) {
    super(scope, id);
    new Rule(this, 'Rule', {
      schedule: props.schedule,
      description: props.description,
      targets: [
        new LambdaFunction(props.target, {
          retryAttempts: 0,
          maxEventAge: Duration.seconds(ASYNC_EVENT_AGE_SECONDS_MAX),
          deadLetterQueue: props.failedEvents,
        }),
      ],
    });
  }
}
