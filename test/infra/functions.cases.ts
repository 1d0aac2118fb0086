import { Match } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import { titleOf } from '#infra/aws/constructs/suite-function.ts';
import { OUTPUTS } from '#infra/aws/outputs.ts';
import { STAGES } from '#infra/aws/stage-config.ts';
import { addSuite, createApp } from '#infra/aws/suite.ts';
import { FUNCTION_MEMORY_MB } from '#infra/shared/delivery-limits.ts';
import { FUNCTION_TIMEOUT_MS, type FunctionName } from '#lib/runtime/delivery-rules.ts';
import { resourceOf, resourcesOf, targetOf } from './read-template.ts';
import { STAGE_FUNCTIONS, STUB_COMMIT, stubCode, synthSuite } from './stub-suite.ts';

const { trading } = synthSuite('live');
const functionOf = (name: FunctionName) => resourceOf(trading, 'AWS::Lambda::Function', `${titleOf(name)}Function`);
const eventSourceOf = (name: FunctionName) =>
  resourceOf(trading, 'AWS::Lambda::EventSourceMapping', `${titleOf(name)}Function`).Properties;

describe('every function', () => {
  it('is one of the listed functions', () => {
    trading.resourceCountIs('AWS::Lambda::Function', STAGE_FUNCTIONS.length);
  });

  it.each(STAGE_FUNCTIONS)('%s has an explicit runtime, timeout and memory size', (name) => {
    expect(functionOf(name).Properties).toMatchObject({
      Runtime: 'nodejs24.x',
      Architectures: ['arm64'],
      Handler: 'index.handler',
      Timeout: FUNCTION_TIMEOUT_MS[name] / 1_000,
      MemorySize: FUNCTION_MEMORY_MB[name],
    });
  });

  it.each(STAGE_FUNCTIONS)('%s has its own log group with a retention', (name) => {
    const group = targetOf(functionOf(name).Properties.LoggingConfig.LogGroup);
    const owners = resourcesOf(trading, 'AWS::Lambda::Function').filter(
      ({ Properties }) => targetOf(Properties.LoggingConfig.LogGroup) === group,
    );
    expect(owners).toHaveLength(1);
    expect(resourceOf(trading, 'AWS::Logs::LogGroup', group).Properties.RetentionInDays).toBe(90);
  });
});

describe('an asynchronous call', () => {
  const ASYNC = ['open', 'sweep', 'canary', 'summary', 'watch'] as const;

  it.each(ASYNC)('of %s is not retried, and goes to the failed events when it fails', (name) => {
    const config = resourceOf(trading, 'AWS::Lambda::EventInvokeConfig', `${titleOf(name)}Function`).Properties;
    expect(config).toMatchObject({ MaximumRetryAttempts: 0, MaximumEventAgeInSeconds: 60 });
    expect(targetOf(config.DestinationConfig.OnFailure.Destination)).toContain('FailedEvents');
  });

  it.each(['Sweep', 'Canary', 'Summary', 'Watch'])(
    'of %s by its rule is not retried, and goes to the failed events when it is not delivered',
    (title) => {
      const [target] = resourceOf(trading, 'AWS::Events::Rule', `${title}Every`).Properties.Targets;
      expect(target.RetryPolicy).toEqual({ MaximumRetryAttempts: 0, MaximumEventAgeInSeconds: 60 });
      expect(targetOf(target.DeadLetterConfig.Arn)).toContain('FailedEvents');
    },
  );

  it('is sent to sweep every minute', () => {
    expect(resourceOf(trading, 'AWS::Events::Rule', 'SweepEvery').Properties.ScheduleExpression).toBe(
      'cron(* * * * ? *)',
    );
  });
});

describe('sell', () => {
  it('receives up to ten exit messages without a batching window and reports failures per message', () => {
    const source = eventSourceOf('sell');
    expect(source).toMatchObject({ BatchSize: 10, FunctionResponseTypes: ['ReportBatchItemFailures'] });
    expect(source).not.toHaveProperty('MaximumBatchingWindowInSeconds');
    expect(targetOf(source.EventSourceArn)).toMatch(/^ExitsQueue/);
  });

  it('has a maximum concurrency, which keeps five pollers on an idle queue', () => {
    expect(eventSourceOf('sell').ScalingConfig).toEqual({ MaximumConcurrency: 20 });
  });

  it('has provisioned pollers in a stage that configures them', () => {
    const paid = synthSuite('live', {
      exitPolling: { kind: 'provisioned', pollerCountMin: 2, pollerCountMax: 10 },
    }).trading;
    const source = resourceOf(paid, 'AWS::Lambda::EventSourceMapping', 'SellFunction').Properties;
    expect(source.ProvisionedPollerConfig).toEqual({ MinimumPollers: 2, MaximumPollers: 10 });
    expect(source).not.toHaveProperty('ScalingConfig');
  });

  it('is refused with fewer pollers than SQS event sources accept', () => {
    const exitPolling = { kind: 'provisioned', pollerCountMin: 1, pollerCountMax: 10 } as const;
    expect(() => synthSuite('live', { exitPolling })).toThrow('use pollerCountMin of 2 to 200');
  });

  it('is the only function that may trigger itself', () => {
    const allowed = STAGE_FUNCTIONS.filter((name) => functionOf(name).Properties.RecursiveLoop === 'Allow');
    expect(allowed).toEqual(['sell', 'settle']);
  });
});

describe('open', () => {
  it('accepts signed requests only', () => {
    trading.resourceCountIs('AWS::Lambda::Url', 1);
    trading.hasResourceProperties('AWS::Lambda::Url', { AuthType: 'AWS_IAM' });
    const invokers = resourcesOf(trading, 'AWS::Lambda::Permission').map(({ Properties }) => Properties.Principal);
    expect(new Set(invokers)).toEqual(new Set(['events.amazonaws.com']));
  });

  it('has a policy for callers by URL and by invocation', () => {
    trading.hasResourceProperties('AWS::IAM::ManagedPolicy', {
      PolicyDocument: Match.objectLike({
        Statement: [
          Match.objectLike({ Action: 'lambda:InvokeFunctionUrl' }),
          Match.objectLike({ Action: 'lambda:InvokeFunction' }),
        ],
      }),
    });
  });
});

describe('announce', () => {
  it('halves a failing batch, gives up after ten retries or an hour, and keeps the position in the stream', () => {
    const source = eventSourceOf('announce');
    expect(source).toMatchObject({
      BisectBatchOnFunctionError: true,
      MaximumRecordAgeInSeconds: 3_600,
      MaximumRetryAttempts: 10,
      FunctionResponseTypes: ['ReportBatchItemFailures'],
    });
    expect(targetOf(source.DestinationConfig.OnFailure.Destination)).toMatch(/^NewsDeadLetters/);
  });

  it('receives state changes, alerts and what operators changed only', () => {
    const patterns = eventSourceOf('announce').FilterCriteria.Filters.map(({ Pattern }: { Pattern: string }) =>
      JSON.parse(Pattern),
    );
    expect(patterns).toEqual([
      { dynamodb: { Keys: { sk: { S: ['STATE'] } }, NewImage: { movedFrom: { S: [{ exists: true }] } } } },
      { dynamodb: { Keys: { sk: { S: [{ prefix: 'ALERT#' }] } } } },
      { dynamodb: { Keys: { sk: { S: [{ prefix: 'ACTION#' }] } } } },
    ]);
  });
});

describe('the commit', () => {
  const parts = ['state', 'trading', 'watch'] as const;

  it.each(parts)('is an output of the stack %s, and a tag of it', (part) => {
    expect(synthSuite('live')[part].toJSON().Outputs.Commit.Value).toBe(STUB_COMMIT);
    expect(synthSuite('live').tags[part]).toEqual({ 'tminus:stage': 'live', 'tminus:commit': STUB_COMMIT });
  });

  it.each(STAGE_FUNCTIONS)('is in the environment of %s', (name) => {
    expect(functionOf(name).Properties.Environment.Variables.COMMIT).toBe(STUB_COMMIT);
  });

  it.each(['', 'main', 'abc', `${STUB_COMMIT}0`, `${STUB_COMMIT}-dirty-dirty`])('is refused as %o', (commit) => {
    expect(() => addSuite(createApp(), STAGES.paper, { codeOf: stubCode, commit, rollout: 'gradual' })).toThrow(
      'The commit is no commit: use the digits that `git rev-parse HEAD` prints, as -c commit=DIGITS',
    );
  });
});

describe('the outputs', () => {
  const outputsOf = (stage: 'paper' | 'live') => Object.keys(synthSuite(stage).trading.toJSON().Outputs);
  const LIVE_ONLY: readonly string[] = Object.values(OUTPUTS).filter((name) => name.startsWith('Live'));

  it('of a live stage contain everything the command line reads', () => {
    const missing = Object.values(OUTPUTS).filter((name) => !outputsOf('live').includes(name));
    expect(missing).toEqual(['MaintenanceWindows', 'InteractionsUrl', 'LiveKeySecret']);
  });

  it('of a paper stage contain no key and no wallet', () => {
    expect(outputsOf('paper').filter((name) => LIVE_ONLY.includes(name))).toEqual([]);
  });
});
