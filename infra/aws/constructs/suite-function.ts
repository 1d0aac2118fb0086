import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import {
  Architecture,
  Function as LambdaFunction,
  LoggingFormat,
  RecursiveLoop,
  Runtime,
} from 'aws-cdk-lib/aws-lambda';
import { SqsDestination } from 'aws-cdk-lib/aws-lambda-destinations';
import { LogGroup, type RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { BUNDLE_HANDLER } from '#infra/shared/bundling.ts';
import { ASYNC_EVENT_AGE_SECONDS_MAX, FUNCTION_MEMORY_MB, titleOf } from '#infra/shared/delivery-limits.ts';
import { FUNCTION_TIMEOUT_MS, type FunctionName } from '#lib/runtime/delivery-rules.ts';
import { RUNBOOK_SECTIONS } from '../runbook.ts';
import type { CodeSource } from './function-code.ts';
import { type AlarmSpec, FIVE_MINUTES } from './impact-alarm.ts';

export type SuiteFunctionProps = {
  readonly name: FunctionName;
  readonly description: string;
  /** What a person loses while it fails. */
  readonly errorImpact: string;
  readonly codeOf: CodeSource;
  /** Exactly what the function's own schema knows; a test compares them. */
  readonly environment: Readonly<Record<string, string>>;
  readonly logRetentionDays: RetentionDays;
  /** Only for one that outside callers have to name. */
  readonly functionName?: string;
  /**
   * Where an asynchronous event ends that failed. It is not tried again: Lambda would do so a minute later, when the next regular event
   * is there already or the market is over.
   */
  readonly failedEvents?: IQueue;
  /** Lambda stops functions that feed themselves after 16 rounds; an exit is tried more often, and counts its tries itself. */
  readonly feedsItself?: boolean;
};

/** One of `functions/*.ts` with everything explicit: runtime, size, time, its own role and its own log. */
export class SuiteFunction extends Construct {
  readonly lambda: LambdaFunction;
  readonly alarms: readonly AlarmSpec[];

  constructor(scope: Construct, id: string, props: SuiteFunctionProps) {
    super(scope, id);
    const logGroup = new LogGroup(this, 'Log', {
      retention: props.logRetentionDays,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    // The role CDK makes by itself carries AWS's policy for logs, which may write to every log of the account.
    const role = new Role(this, 'Role', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
    logGroup.grantWrite(role);
    this.lambda = new LambdaFunction(this, 'Function', {
      description: props.description,
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      code: props.codeOf(props.name),
      handler: BUNDLE_HANDLER,
      timeout: Duration.millis(FUNCTION_TIMEOUT_MS[props.name]),
      memorySize: FUNCTION_MEMORY_MB[props.name],
      environment: { ...props.environment },
      role,
      logGroup,
      // The functions write JSON themselves, metrics included.
      loggingFormat: LoggingFormat.TEXT,
      ...(props.functionName !== undefined && { functionName: props.functionName }),
      ...(props.feedsItself === true && { recursiveLoop: RecursiveLoop.ALLOW }),
      ...(props.failedEvents !== undefined && {
        retryAttempts: 0,
        maxEventAge: Duration.seconds(ASYNC_EVENT_AGE_SECONDS_MAX),
        onFailure: new SqsDestination(props.failedEvents),
      }),
    });
    this.alarms = this.listAlarms(props);
  }

  private listAlarms({ name, errorImpact }: SuiteFunctionProps): readonly AlarmSpec[] {
    const shared = {
      errorImpact,
      runbook: RUNBOOK_SECTIONS.functionErrors,
      threshold: 1,
      // Without an invocation there is no error; that nobody calls is for other alarms to notice.
      silence: 'peace',
    } as const;
    return [
      {
        ...shared,
        id: `${titleOf(name)}Errors`,
        metric: this.lambda.metricErrors({ period: FIVE_MINUTES, statistic: 'Sum' }),
      },
      {
        ...shared,
        id: `${titleOf(name)}Throttles`,
        metric: this.lambda.metricThrottles({ period: FIVE_MINUTES, statistic: 'Sum' }),
      },
    ];
  }
}
