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
import { ASYNC_EVENT_AGE_SECONDS_MAX, FUNCTION_MEMORY_MB } from '#infra/shared/delivery-limits.ts';
import { FUNCTION_TIMEOUT_MS, type FunctionName } from '#lib/runtime/delivery-rules.ts';
import { RUNBOOK_SECTIONS } from '../runbook.ts';
import type { CodeSource } from './function-code.ts';
import { type AlarmSpec, FIVE_MINUTES } from './impact-alarm.ts';

type FunctionText = {
  readonly description: string;
  /**
   * What is lost while the function fails: its alarms on errors and throttles start with it. Absent where another alarm
   * is raised by both: dead letters, a message that waits, a missing run, an old stream.
   */
  readonly errorImpact?: string;
};

export const FUNCTION_TEXTS = {
  open: {
    description: 'The API: opens positions, exits, reads and halts on request',
    errorImpact:
      'Calls of the API fail: a strategy gets no position, or does not learn whether it got one. Positions are still sold.',
  },
  sell: {
    description: 'Takes the next step of each position it is woken for',
    errorImpact:
      'Positions may not be sold before their markets end: the result then decides what their shares are worth.',
  },
  settle: {
    description: 'Settles positions whose market is over: result, payout, redemption',
  },
  sweep: {
    description: 'Every minute: wakes overdue positions',
  },
  announce: {
    description: 'Table stream to event bus: state changes and alerts of positions',
  },
  discord: {
    description: 'Sends notices and alarms to Discord',
  },
  canary: {
    description: 'Every few minutes: sends a paper position through the whole chain and measures it',
  },
  summary: {
    description: 'Once a day: publishes the totals of the day that ended',
  },
  watch: {
    description: 'Every minute: tells of shares in the live wallet without a position',
  },
} as const satisfies Record<FunctionName, FunctionText>;

/** Construct id of the function and prefix of its alarm names: `Sell`. */
export function titleOf(name: FunctionName): string {
  return `${name.charAt(0).toUpperCase()}${name.slice(1)}`;
}

export type SuiteFunctionProps = {
  readonly name: FunctionName;
  readonly codeOf: CodeSource;
  readonly commit: string;
  /** With `COMMIT` exactly the variables of the function's own schema; a test compares them. */
  readonly environment: Readonly<Record<string, string>>;
  readonly logRetentionDays: RetentionDays;
  readonly functionName?: string;
  /**
   * Receives failed asynchronous events, which are not retried: Lambda would retry after a minute, when the next
   * scheduled event has arrived or the market is over.
   */
  readonly failedEvents?: IQueue;
  /** Lambda stops functions that trigger themselves after 16 rounds; an exit takes more and counts them itself. */
  readonly feedsItself?: boolean;
};

export class SuiteFunction extends Construct {
  readonly lambda: LambdaFunction;
  readonly alarms: readonly AlarmSpec[];

  constructor(scope: Construct, id: string, props: SuiteFunctionProps) {
    super(scope, id);
    const { name } = props;
    const { description, errorImpact }: FunctionText = FUNCTION_TEXTS[name];
    const logGroup = new LogGroup(this, 'Log', {
      retention: props.logRetentionDays,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    // CDK's default role has AWS's managed policy, which may write to every log group of the account.
    const role = new Role(this, 'Role', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
    logGroup.grantWrite(role);
    this.lambda = new LambdaFunction(this, 'Function', {
      description,
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      code: props.codeOf(name),
      handler: BUNDLE_HANDLER,
      timeout: Duration.millis(FUNCTION_TIMEOUT_MS[name]),
      memorySize: FUNCTION_MEMORY_MB[name],
      environment: { ...props.environment, COMMIT: props.commit },
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
    this.alarms = errorImpact === undefined ? [] : this.listAlarms(name, errorImpact);
  }

  private listAlarms(name: FunctionName, errorImpact: string): readonly AlarmSpec[] {
    const reading = { period: FIVE_MINUTES, statistic: 'Sum' };
    const shared = {
      errorImpact,
      runbook: RUNBOOK_SECTIONS.functionErrors,
      threshold: 1,
      // A function that is not called reports no metric; other alarms notice missing calls.
      whenMissing: 'healthy',
    } as const;
    return [
      { ...shared, id: `${titleOf(name)}Errors`, metric: this.lambda.metricErrors(reading) },
      { ...shared, id: `${titleOf(name)}Throttles`, metric: this.lambda.metricThrottles(reading) },
    ];
  }
}
