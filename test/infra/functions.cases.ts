import { Match } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import { titleOf } from '#infra/aws/constructs/suite-function.ts';
import { OUTPUTS } from '#infra/aws/outputs.ts';
import { FUNCTION_MEMORY_MB } from '#infra/shared/delivery-limits.ts';
import { FUNCTION_NAMES, FUNCTION_TIMEOUT_MS, type FunctionName } from '#lib/runtime/delivery-rules.ts';
import { resourceOf, resourcesOf, targetOf } from './read-template.ts';
import { synthSuite } from './stub-suite.ts';

const { trading } = synthSuite('live');
const functionOf = (name: FunctionName) => resourceOf(trading, 'AWS::Lambda::Function', `${titleOf(name)}Function`);
const eventSourceOf = (name: FunctionName) =>
  resourceOf(trading, 'AWS::Lambda::EventSourceMapping', `${titleOf(name)}Function`).Properties;

describe('every function', () => {
  it('is one of those the suite knows, and no other', () => {
    trading.resourceCountIs('AWS::Lambda::Function', FUNCTION_NAMES.length);
  });

  it.each(FUNCTION_NAMES)('%s says what it runs on, for how long and with how much', (name) => {
    expect(functionOf(name).Properties).toMatchObject({
      Runtime: 'nodejs24.x',
      Architectures: ['arm64'],
      Handler: 'index.handler',
      Timeout: FUNCTION_TIMEOUT_MS[name] / 1_000,
      MemorySize: FUNCTION_MEMORY_MB[name],
    });
  });

  it.each(FUNCTION_NAMES)('%s has a log of its own that does not grow for ever', (name) => {
    const group = targetOf(functionOf(name).Properties.LoggingConfig.LogGroup);
    const owners = resourcesOf(trading, 'AWS::Lambda::Function').filter(
      ({ Properties }) => targetOf(Properties.LoggingConfig.LogGroup) === group,
    );
    expect(owners).toHaveLength(1);
    expect(resourceOf(trading, 'AWS::Logs::LogGroup', group).Properties.RetentionInDays).toBe(90);
  });
});

describe('a call that nobody waits for', () => {
  const ASYNC = ['open', 'sweep', 'canary', 'summary'] as const;

  it.each(ASYNC)('of %s is not tried again after the market may be over, and is kept when it fails', (name) => {
    const config = resourceOf(trading, 'AWS::Lambda::EventInvokeConfig', `${titleOf(name)}Function`).Properties;
    expect(config).toMatchObject({ MaximumRetryAttempts: 0, MaximumEventAgeInSeconds: 60 });
    expect(targetOf(config.DestinationConfig.OnFailure.Destination)).toContain('FailedEvents');
  });

  it.each(['Sweep', 'Canary', 'Summary'])('by the clock of %s is delivered once and kept when it is not', (title) => {
    const [target] = resourceOf(trading, 'AWS::Events::Rule', `${title}Every`).Properties.Targets;
    expect(target.RetryPolicy).toEqual({ MaximumRetryAttempts: 0, MaximumEventAgeInSeconds: 60 });
    expect(targetOf(target.DeadLetterConfig.Arn)).toContain('FailedEvents');
  });

  it('comes every minute to sweep', () => {
    expect(resourceOf(trading, 'AWS::Events::Rule', 'SweepEvery').Properties.ScheduleExpression).toBe(
      'cron(* * * * ? *)',
    );
  });
});

describe('sell', () => {
  it('takes what is in the exit queue at once, ten at a time, and reports failures one by one', () => {
    const source = eventSourceOf('sell');
    expect(source).toMatchObject({ BatchSize: 10, FunctionResponseTypes: ['ReportBatchItemFailures'] });
    expect(source).not.toHaveProperty('MaximumBatchingWindowInSeconds');
    expect(targetOf(source.EventSourceArn)).toMatch(/^ExitsQueue/);
  });

  it('keeps its five pollers on a quiet day, by a maximum of concurrency', () => {
    expect(eventSourceOf('sell').ScalingConfig).toEqual({ MaximumConcurrency: 20 });
  });

  it('gets pollers of its own where a stage pays for them', () => {
    const paid = synthSuite('live', {
      exitPolling: { kind: 'provisioned', pollerCountMin: 2, pollerCountMax: 10 },
    }).trading;
    const source = resourceOf(paid, 'AWS::Lambda::EventSourceMapping', 'SellFunction').Properties;
    expect(source.ProvisionedPollerConfig).toEqual({ MinimumPollers: 2, MaximumPollers: 10 });
    expect(source).not.toHaveProperty('ScalingConfig');
  });

  it('is refused fewer pollers than AWS gives a queue', () => {
    const exitPolling = { kind: 'provisioned', pollerCountMin: 1, pollerCountMax: 10 } as const;
    expect(() => synthSuite('live', { exitPolling })).toThrow('needs pollerCountMin of 2 or more');
  });

  it('alone may feed itself', () => {
    const allowed = FUNCTION_NAMES.filter((name) => functionOf(name).Properties.RecursiveLoop === 'Allow');
    expect(allowed).toEqual(['sell']);
  });
});

describe('open', () => {
  it('takes signed requests only', () => {
    trading.resourceCountIs('AWS::Lambda::Url', 1);
    trading.hasResourceProperties('AWS::Lambda::Url', { AuthType: 'AWS_IAM' });
    const invokers = resourcesOf(trading, 'AWS::Lambda::Permission').map(({ Properties }) => Properties.Principal);
    expect(new Set(invokers)).toEqual(new Set(['events.amazonaws.com']));
  });

  it('lets in whoever gets its policy, by address and by invoke', () => {
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
  it('halves a bad batch, gives up in time and keeps the place', () => {
    const source = eventSourceOf('announce');
    expect(source).toMatchObject({
      BisectBatchOnFunctionError: true,
      MaximumRecordAgeInSeconds: 3_600,
      MaximumRetryAttempts: 10,
      FunctionResponseTypes: ['ReportBatchItemFailures'],
    });
    expect(targetOf(source.DestinationConfig.OnFailure.Destination)).toMatch(/^NewsDeadLetters/);
  });

  it('is called for steps to another state and for alerts only', () => {
    const patterns = eventSourceOf('announce').FilterCriteria.Filters.map(({ Pattern }: { Pattern: string }) =>
      JSON.parse(Pattern),
    );
    expect(patterns).toEqual([
      { dynamodb: { Keys: { sk: { S: ['STATE'] } }, NewImage: { movedFrom: { S: [{ exists: true }] } } } },
      { dynamodb: { Keys: { sk: { S: [{ prefix: 'ALERT#' }] } } } },
    ]);
  });
});

describe('the outputs', () => {
  const outputsOf = (stage: 'paper' | 'live') => Object.keys(synthSuite(stage).trading.toJSON().Outputs);
  const LIVE_ONLY: readonly string[] = Object.values(OUTPUTS).filter((name) => name.startsWith('Live'));

  it('of a live stage name everything the command line asks for', () => {
    const missing = Object.values(OUTPUTS).filter((name) => !outputsOf('live').includes(name));
    expect(missing).toEqual(['LiveKeySecret']);
  });

  it('of a paper stage name no key and no wallet', () => {
    expect(outputsOf('paper').filter((name) => LIVE_ONLY.includes(name))).toEqual([]);
  });
});
