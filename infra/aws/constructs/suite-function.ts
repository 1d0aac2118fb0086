import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import { MathExpression } from 'aws-cdk-lib/aws-cloudwatch';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import {
  Architecture,
  CfnAlias,
  type EventInvokeConfigOptions,
  FunctionBase,
  type IFunction,
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
import type { AlarmUrgency } from '#lib/contracts/notice-message.ts';
import { FUNCTION_TIMEOUT_MS, type FunctionName } from '#lib/runtime/delivery-rules.ts';
import { isAliased, LIVE_ALIAS, type Release, shiftApplicationName, shiftGroupName } from '../rollout.ts';
import { RUNBOOK_SECTIONS } from '../runbook.ts';
import type { CodeSource } from './function-code.ts';
import { type AlarmSpec, ONE_MINUTE } from './impact-alarm.ts';

type FailingText = {
  /** What is lost while the function fails. */
  readonly errorImpact: string;
  readonly urgency: AlarmUrgency;
  /** Lambda's metrics that count failures. */
  readonly metrics: readonly ('Errors' | 'Throttles' | 'Url5xxCount')[];
};

type FunctionText = {
  readonly description: string;
  /** Absent where another alarm is raised by that: dead letters, a message that waits, a missing run, an old stream. */
  readonly failing?: FailingText;
};

const FUNCTION_TEXTS = {
  open: {
    description: 'The API: opens positions, exits, reads and halts on request',
    failing: {
      errorImpact:
        'Calls of the API fail: a strategy gets no position, or does not learn whether it got one. Positions are still sold.',
      urgency: 'ticket',
      // Callers by URL get an HTTP answer also for a failure, which is no error to Lambda. Who is throttled is told so.
      metrics: ['Errors', 'Url5xxCount'],
    },
  },
  sell: {
    description: 'Takes the next step of each position it is woken for',
    failing: {
      errorImpact:
        'Positions may not be sold before their markets end: the result then decides what their shares are worth.',
      urgency: 'page',
      metrics: ['Errors', 'Throttles'],
    },
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
  interactions: {
    description: 'Buttons and slash commands of Discord',
    failing: {
      errorImpact: 'Buttons and commands in Discord fail. `tminus` on the command line does the same; exits go on.',
      urgency: 'ticket',
      metrics: ['Errors', 'Throttles', 'Url5xxCount'],
    },
  },
} as const satisfies Record<FunctionName, FunctionText>;

/** Construct id of the function and prefix of its alarm names: `Sell`. */
export function titleOf(name: FunctionName): string {
  return `${name.charAt(0).toUpperCase()}${name.slice(1)}`;
}

export type SuiteFunctionProps = {
  readonly name: FunctionName;
  readonly codeOf: CodeSource;
  readonly stage: string;
  readonly release: Release;
  /** With `COMMIT` exactly the variables of the function's own schema; a test compares them. */
  readonly environment: Readonly<Record<string, string>>;
  readonly logRetentionDays: RetentionDays;
  readonly functionName?: string;
  /**
   * Receives failed asynchronous events, which are not retried: Lambda would retry after a minute, when the next
   * scheduled event has arrived or the market is over.
   */
  readonly failedEvents?: IQueue;
  /** In place of `failedEvents`: how often, and how long, Lambda tries a failed asynchronous event again. */
  readonly retries?: { readonly attempts: number; readonly ageSecondsMax: number };
  /** Lambda stops functions that trigger themselves after 16 rounds; an exit takes more and counts them itself. */
  readonly feedsItself?: boolean;
  /** How many runs at once are kept for this function, and are its most. */
  readonly reservedConcurrency?: number | undefined;
};

/** Their values are known to CloudFormation only. */
const PARAMETERS = ['LIVE_WALLET_ADDRESS', 'LIVE_SIGNATURE_TYPE', 'POLYGON_RPC_URL'] as const;

/**
 * CDK names a version after what it knows of the function, and a changed stack parameter is not of that: the alias
 * would stay with the old environment. CloudFormation publishes a version anew when its description changes. Who may
 * read the description may read the environment.
 */
function describeParameters(environment: SuiteFunctionProps['environment']): { readonly description?: string } {
  const values = PARAMETERS.flatMap((name) => environment[name] ?? []);
  return values.length === 0 ? {} : { description: values.join(' ') };
}

/** CDK's classes do not fit its own interfaces under `exactOptionalPropertyTypes`. */
function isFunction(construct: unknown): construct is IFunction {
  return construct instanceof FunctionBase;
}

/** Of the alias where there is one: Lambda keeps these for each of a function's names apart. */
function asyncOptions({ failedEvents, retries }: SuiteFunctionProps): EventInvokeConfigOptions {
  if (retries !== undefined) {
    return { retryAttempts: retries.attempts, maxEventAge: Duration.seconds(retries.ageSecondsMax) };
  }
  if (failedEvents === undefined) return {};
  return {
    retryAttempts: 0,
    maxEventAge: Duration.seconds(ASYNC_EVENT_AGE_SECONDS_MAX),
    onFailure: new SqsDestination(failedEvents),
  };
}

export class SuiteFunction extends Construct {
  readonly lambda: LambdaFunction;
  readonly logGroup: LogGroup;
  /** What is called: the alias, or the function itself where it has none. */
  readonly called: IFunction;
  readonly alarms: readonly AlarmSpec[];

  constructor(scope: Construct, id: string, props: SuiteFunctionProps) {
    super(scope, id);
    const { name } = props;
    const { description, failing }: FunctionText = FUNCTION_TEXTS[name];
    this.logGroup = new LogGroup(this, 'Log', {
      retention: props.logRetentionDays,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    // CDK's default role has AWS's managed policy, which may write to every log group of the account.
    const role = new Role(this, 'Role', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
    this.logGroup.grantWrite(role);
    this.lambda = new LambdaFunction(this, 'Function', {
      description,
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      code: props.codeOf(name),
      handler: BUNDLE_HANDLER,
      timeout: Duration.millis(FUNCTION_TIMEOUT_MS[name]),
      memorySize: FUNCTION_MEMORY_MB[name],
      environment: { ...props.environment, COMMIT: props.release.commit },
      role,
      logGroup: this.logGroup,
      // The functions write JSON themselves, metrics included.
      loggingFormat: LoggingFormat.TEXT,
      ...(props.functionName !== undefined && { functionName: props.functionName }),
      ...(props.feedsItself === true && { recursiveLoop: RecursiveLoop.ALLOW }),
      ...(props.reservedConcurrency !== undefined && { reservedConcurrentExecutions: props.reservedConcurrency }),
      // Versions stay, so that a release that fails later can be taken back by its alias alone. That of a deployment
      // that is rolled back goes: Lambda publishes the same code and settings no second time, and the next try would
      // fail.
      currentVersionOptions: {
        removalPolicy: RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
        ...describeParameters(props.environment),
      },
      ...(!isAliased(name) && asyncOptions(props)),
    });
    this.called = isAliased(name) ? this.createAlias(name, props) : this.lambda;
    this.alarms = failing === undefined ? [] : [this.failingAlarm(name, failing)];
  }

  private createAlias(name: FunctionName, props: SuiteFunctionProps): IFunction {
    const alias = this.lambda.addAlias(LIVE_ALIAS, asyncOptions(props));
    if (!isFunction(alias)) throw new Error(`The alias of ${name} cannot be called`);
    if (props.release.rollout === 'now') return alias;
    const resource = alias.node.defaultChild;
    if (!CfnAlias.isCfnAlias(resource)) throw new Error(`The alias of ${name} cannot be told how to shift`);
    resource.cfnOptions.updatePolicy = {
      codeDeployLambdaAliasUpdate: {
        applicationName: shiftApplicationName(props.stage),
        deploymentGroupName: shiftGroupName(props.stage, name),
      },
    };
    return alias;
  }

  /** One alarm for all of `metrics`: the runbook is the same. AWS bills it like one for each. */
  private failingAlarm(name: FunctionName, failing: FailingText): AlarmSpec {
    const reading = { period: ONE_MINUTE, statistic: 'Sum' };
    const usingMetrics = Object.fromEntries(
      failing.metrics.map((metric) => [metric.toLowerCase(), this.lambda.metric(metric, reading)]),
    );
    return {
      id: `${titleOf(name)}Failing`,
      errorImpact: failing.errorImpact,
      urgency: failing.urgency,
      runbook: RUNBOOK_SECTIONS.functionErrors,
      metric: new MathExpression({
        label: failing.metrics.join(' + '),
        expression: Object.keys(usingMetrics)
          .map((id) => `FILL(${id}, 0)`)
          .join(' + '),
        usingMetrics,
        period: ONE_MINUTE,
      }),
      threshold: 1,
      // A minute whose data arrive late is filled with zero at first, and evaluated again with the next ones.
      periodCount: 3,
      badPeriodCount: 1,
      // A function that is not called reports no metric; other alarms notice missing calls.
      whenMissing: 'healthy',
    };
  }
}
