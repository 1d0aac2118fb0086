import { CreateTopicCommand, SNSClient, SubscribeCommand, UnsubscribeCommand } from '@aws-sdk/client-sns';
import { CreateQueueCommand, SendMessageCommand } from '@aws-sdk/client-sqs';
import type { Template } from 'aws-cdk-lib/assertions';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { OUTPUTS } from '#infra/aws/outputs.ts';
import { main } from '#lib/cli/main.ts';
import { TERMINAL_WIDTH } from '#lib/cli/terminal.ts';
import type { Check } from '#lib/lifecycle/check/check.ts';
import { FUNCTION_NAMES } from '#lib/runtime/delivery-rules.ts';
import { createFakeTerminal } from '#test/fakes/fake-terminal.ts';
import { type AwsReadsDouble, startAwsReadsDouble } from '#test/fixtures/aws-reads-double.ts';
import {
  type CloudformationDouble,
  type StackResource,
  startCloudformationDouble,
} from '#test/fixtures/cloudformation-double.ts';
import { synthSuite } from '#test/infra/stub-suite.ts';
import {
  makeStateDir,
  removeStateDir,
  startTestStack,
  type TestStack,
} from '#test/integration/local/local-test-stack.ts';

const STACKS = ['state', 'trading', 'watch'] as const;
/** Only a live stage has a wallet to watch. */
const PAPER_FUNCTIONS = FUNCTION_NAMES.filter((name) => name !== 'watch' && name !== 'interactions');
/** Exists only where the operator named an address. */
const MAILBOXES = ['PagesToMailbox', 'TicketsToMailbox'];
const stackName = (part: string): string => `tminus-paper-${part}`;

let stateDir: string;
let local: TestStack;
let cloud: CloudformationDouble;
let aws: AwsReadsDouble;
let sns: SNSClient;
/** The resources of the templates, under the names that AWS would give them. */
let resources: Readonly<Record<(typeof STACKS)[number], readonly StackResource[]>>;

const idOf = (prefix: string): string => {
  const found = STACKS.flatMap((part) => resources[part]).find(({ logicalId }) => logicalId.startsWith(prefix));
  return found?.physicalId ?? '';
};

async function toResources(template: Template): Promise<readonly StackResource[]> {
  const all: Record<string, { Type: string; Properties?: Record<string, unknown> }> = template.toJSON().Resources;
  return Promise.all(
    Object.entries(all)
      .filter(([logicalId]) => !MAILBOXES.includes(logicalId))
      .map(async ([logicalId, { Type: type, Properties = {} }]) => ({
        logicalId,
        type,
        physicalId: await nameAtAws(logicalId, type, Properties),
      })),
  );
}

async function nameAtAws(logicalId: string, type: string, properties: Record<string, unknown>): Promise<string> {
  const { env } = local.stack;
  switch (type) {
    case 'AWS::DynamoDB::GlobalTable':
      return env.TABLE_NAME ?? '';
    case 'AWS::Scheduler::ScheduleGroup':
      return env.SCHEDULER_GROUP_NAME ?? '';
    case 'AWS::SQS::Queue':
      return makeQueue(logicalId, properties.RedrivePolicy !== undefined);
    case 'AWS::SNS::Topic':
      return makeTopic(logicalId);
    case 'AWS::SNS::Subscription':
      return subscribe(await makeTopic(referenced(properties.TopicArn)), 'sqs');
    case 'AWS::CloudWatch::Alarm':
      return String(properties.AlarmName);
    case 'AWS::Events::Rule': {
      const name = `tminus-paper-trading-${logicalId}-1A2B`;
      return properties.EventBusName === undefined ? name : `tminus-paper|${name}`;
    }
    default:
      return `tminus-paper-trading-${logicalId}-1A2B`;
  }
}

/** @param value as `{ Ref: 'AlarmsE7B5D2B8' }` */
const referenced = (value: unknown): string =>
  typeof value === 'object' && value !== null && 'Ref' in value ? String(value.Ref) : '';

/** A real subscription of the emulator, where an e-mail address is never confirmed. */
async function subscribe(TopicArn: string, Protocol: string): Promise<string> {
  const Endpoint = Protocol === 'sqs' ? 'arn:aws:sqs:us-east-1:000000000000:discord' : 'you@example.org';
  return (await sns.send(new SubscribeCommand({ TopicArn, Protocol, Endpoint }))).SubscriptionArn ?? '';
}

async function makeTopic(Name: string): Promise<string> {
  return (await sns.send(new CreateTopicCommand({ Name }))).TopicArn ?? '';
}

/** A real queue of the emulator, with a redrive policy where the template has one. */
async function makeQueue(logicalId: string, redrives: boolean): Promise<string> {
  const { EXIT_QUEUE_URL = '' } = local.stack.env;
  const policy = { deadLetterTargetArn: 'arn:aws:sqs:us-east-1:000000000000:exit-dead-letters', maxReceiveCount: 5 };
  const Attributes = redrives ? { RedrivePolicy: JSON.stringify(policy) } : {};
  await local.aws.sqs.send(new CreateQueueCommand({ QueueName: logicalId, Attributes }));
  return EXIT_QUEUE_URL.replace(/[^/]+$/, logicalId);
}

/** Everything of the templates exists and works. */
function deployAll(): void {
  const { env } = local.stack;
  cloud.deploy(stackName('trading'), {
    [OUTPUTS.stage]: env.STAGE ?? '',
    [OUTPUTS.tableName]: env.TABLE_NAME ?? '',
    [OUTPUTS.exitQueueUrl]: idOf('ExitsQueue'),
    [OUTPUTS.exitDeadLetterUrl]: idOf('ExitsDeadLettersQueue'),
    [OUTPUTS.openFunctionName]: idOf('OpenFunction'),
    [OUTPUTS.schedulerGroupName]: env.SCHEDULER_GROUP_NAME ?? '',
    [OUTPUTS.clobHost]: env.CLOB_HOST ?? '',
    [OUTPUTS.gammaHost]: env.GAMMA_HOST ?? '',
  });
  for (const part of STACKS) cloud.add(stackName(part), { resources: resources[part] });
  aws.reset();
  aws.put('lambda:GetAccountSettings', '', { AccountLimit: { ConcurrentExecutions: 1_000 } });
  for (const { type, physicalId = '' } of STACKS.flatMap((part) => resources[part])) {
    if (type === 'AWS::Lambda::Function') aws.put('lambda:GetFunction', physicalId, aFunction({}));
    if (type === 'AWS::Lambda::EventSourceMapping') {
      aws.put('lambda:GetEventSourceMapping', physicalId, { State: 'Enabled', LastProcessingResult: 'OK' });
    }
    if (type === 'AWS::Events::Rule') {
      aws.put('events:DescribeRule', physicalId, { State: 'ENABLED' });
      aws.put('events:ListTargetsByRule', physicalId, { Targets: [{ Id: 'Target0', Arn: 'arn:aws:lambda:x' }] });
    }
    if (type === 'AWS::CloudWatch::Alarm') aws.put('cloudwatch:DescribeAlarms', physicalId, anAlarm(physicalId, {}));
  }
}

const aFunction = (changes: Record<string, unknown>) => ({
  Configuration: { State: 'Active', LastUpdateStatus: 'Successful', ...changes },
});
const anAlarm = (AlarmName: string, changes: Record<string, unknown>) => ({
  AlarmName,
  StateValue: 'OK',
  ActionsEnabled: true,
  AlarmDescription: 'Shares are lost. What to do: OPERATE.md, "Exits failing".',
  ...changes,
});

async function doctor(...options: readonly string[]) {
  const env = {
    ...Object.fromEntries(Object.entries(local.stack.env).filter(([name]) => name.startsWith('AWS_'))),
    AWS_ENDPOINT_URL_CLOUDFORMATION: cloud.url,
    AWS_ENDPOINT_URL_CLOUDWATCH: aws.url,
    AWS_ENDPOINT_URL_LAMBDA: aws.url,
    AWS_ENDPOINT_URL_EVENTBRIDGE: aws.url,
  };
  const terminal = createFakeTerminal({ env });
  const code = await main(['doctor', '--stage', 'paper', ...options], terminal);
  expect(terminal.errLines).toEqual([]);
  return { code, out: terminal.outLines.join('\n') };
}

async function checks(): Promise<{ readonly code: number; of(name: string): Check | undefined }> {
  const { code, out } = await doctor('--json');
  const found: { readonly checks: readonly Check[] } = JSON.parse(out);
  return { code, of: (name) => found.checks.find((check) => check.name === name) };
}

beforeAll(async () => {
  stateDir = makeStateDir();
  [local, cloud, aws] = await Promise.all([
    startTestStack(stateDir),
    startCloudformationDouble(),
    startAwsReadsDouble(),
  ]);
  const { AWS_REGION: region = '', AWS_ENDPOINT_URL_SNS: endpoint = '' } = local.stack.env;
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  sns = new SNSClient({ region, endpoint, credentials });
  const templates = synthSuite('paper');
  resources = {
    state: await toResources(templates.state),
    trading: await toResources(templates.trading),
    watch: await toResources(templates.watch),
  };
});
afterAll(async () => {
  sns?.destroy();
  await Promise.all([local?.stop(), cloud?.stop(), aws?.stop()]);
  removeStateDir(stateDir);
});
beforeEach(deployAll);

describe('doctor, of a deployed stage', () => {
  it('names every function, mapping, rule, alarm and dead-letter queue, also those on later pages', async () => {
    const { code, of } = await checks();
    expect(code).toBe(0);
    const names = (check: string) =>
      of(check)
        ?.parts?.map(({ name }) => name)
        .toSorted();
    expect(names('stacks')).toEqual(STACKS.map(stackName));
    expect(names('functions')).toEqual(PAPER_FUNCTIONS.toSorted());
    expect(names('event sources')).toEqual(['announce', 'discord', 'sell', 'settle']);
    expect(names('rules')).toEqual([
      'CanaryEveryPeriod',
      'Newsalertstotopic',
      'Newsholdingstotopic',
      'Newsnewstotopic',
      'Newssummarytotopic',
      'PagesToTopic',
      'SummaryEveryDay',
      'SweepEveryMinute',
    ]);
    expect(names('dead letters')).toEqual([
      'DiscordPathNoticesDeadLetters',
      'ExitsDeadLetters',
      'FailedEvents',
      'NewsDeadLetters',
      'SettlementsDeadLetters',
      'TimersDeadLetters',
    ]);
    expect(names('parts')).toEqual(['DiscordPathNotices', 'Exits', 'Settlements', 'Table', 'TimersGroup']);
    expect(names('notifications')).toEqual([
      'News',
      'NewsToDiscord',
      'Page',
      'PagesToDiscord',
      'Ticket',
      'TicketsToDiscord',
    ]);
    const alarms = resources.watch.filter(({ type }) => type === 'AWS::CloudWatch::Alarm');
    expect(names('alarms')).toHaveLength(alarms.length);
    for (const check of [
      'functions',
      'event sources',
      'rules',
      'dead letters',
      'parts',
      'alarms',
      'notifications',
      'stacks',
    ]) {
      expect(of(check)?.parts?.filter(({ status }) => status !== 'ok')).toEqual([]);
    }
    expect(cloud.calls.filter((call) => call.includes('NextToken=')).length).toBeGreaterThan(3);
  });

  it('fits a terminal of 80 columns, with those in order together', async () => {
    const { out } = await doctor();
    expect(Math.max(...out.split('\n').map((line) => line.length))).toBeLessThanOrEqual(TERMINAL_WIDTH);
    expect(out.replace(/\s+/g, ' ')).toContain(`${PAPER_FUNCTIONS.length} in order: open, sell, settle, sweep`);
  });

  it.each<readonly [string, () => void, string, string, RegExp, RegExp]>([
    [
      'a mapping that is disabled',
      () => aws.put('lambda:GetEventSourceMapping', idOf('SellFunctionAliasliveSqsEventSource'), { State: 'Disabled' }),
      'event sources',
      'sell',
      /is disabled/,
      /update-event-source-mapping --enabled --uuid tminus-paper-trading-SellFunctionAliasliveSqsEventSource/,
    ],
    [
      'a rule that is disabled',
      () => aws.put('events:DescribeRule', idOf('SweepEveryMinuteRule'), { State: 'DISABLED' }),
      'rules',
      'SweepEveryMinute',
      /is disabled/,
      /enable-rule --name tminus-paper-trading-SweepEveryMinuteRule[^ ]+$/,
    ],
    [
      'a rule of the bus without a target',
      () => aws.put('events:ListTargetsByRule', idOf('Newsalertstotopic'), { Targets: [] }),
      'rules',
      'Newsalertstotopic',
      /has no target/,
      /--revert-drift/,
    ],
    [
      'a rule that was deleted',
      () => aws.remove(idOf('SummaryEveryDayRule')),
      'rules',
      'SummaryEveryDay',
      /does not exist/,
      /--revert-drift/,
    ],
    [
      'a function that was deleted',
      () => aws.remove(idOf('AnnounceFunction')),
      'functions',
      'announce',
      /does not exist/,
      /--revert-drift/,
    ],
    [
      'a function without concurrency',
      () =>
        aws.put('lambda:GetFunction', idOf('SellFunction'), {
          ...aFunction({}),
          Concurrency: { ReservedConcurrentExecutions: 0 },
        }),
      'functions',
      'sell',
      /may not run/,
      /delete-function-concurrency/,
    ],
    [
      'a function whose last update failed',
      () => aws.put('lambda:GetFunction', idOf('OpenFunction'), aFunction({ LastUpdateStatus: 'Failed' })),
      'functions',
      'open',
      /last update failed/,
      /Deploy/,
    ],
    [
      'an alarm that is raised',
      () => {
        const name = 'tminus-paper-ExitsFailing';
        const raised = { StateValue: 'ALARM', StateTransitionedTimestamp: 1_796_026_200 };
        aws.put('cloudwatch:DescribeAlarms', name, anAlarm(name, raised));
      },
      'alarms',
      'ExitsFailing',
      /is in ALARM since 2026-11-30 08:10 UTC/,
      /^Shares are lost\. What to do: OPERATE\.md, "Exits failing"\.$/,
    ],
    [
      'an alarm whose actions are disabled',
      () => {
        const name = 'tminus-paper-SweepSilent';
        aws.put('cloudwatch:DescribeAlarms', name, anAlarm(name, { ActionsEnabled: false }));
      },
      'alarms',
      'SweepSilent',
      /tells nobody/,
      /enable-alarm-actions --alarm-names tminus-paper-SweepSilent/,
    ],
    [
      'an alarm that was deleted',
      () => aws.remove('tminus-paper-CanarySilent'),
      'alarms',
      'CanarySilent',
      /does not exist/,
      /--revert-drift/,
    ],
  ])('is red for %s, by name and with what to do', async (_case, spoil, check, name, found, advice) => {
    spoil();
    const { code, of } = await checks();
    expect(code).toBe(1);
    expect(of(check)?.status).toBe('red');
    expect(of(check)?.parts?.filter(({ status }) => status !== 'ok')).toMatchObject([
      { name, status: 'red', found: expect.stringMatching(found), advice: expect.stringMatching(advice) },
    ]);
  });

  it('warns of an e-mail address that is not confirmed', async () => {
    const physicalId = await subscribe(idOf('PageTopic'), 'email');
    for (const id of [physicalId, 'PendingConfirmation']) {
      const mailbox = { logicalId: 'PagesToMailbox', type: 'AWS::SNS::Subscription', physicalId: id };
      cloud.add(stackName('watch'), { resources: [...resources.watch, mailbox] });
      const { code, of } = await checks();
      expect(code).toBe(0);
      expect(of('notifications')).toMatchObject({
        status: 'warning',
        found: expect.stringMatching(/^PagesToMailbox: waits to be confirmed/),
        advice: expect.stringContaining('tminus confirm-alarms'),
      });
    }
  });

  it('is red for the subscription of Discord that was deleted, and warns of a topic that no one reads', async () => {
    const lone = await makeTopic('lone');
    const SubscriptionArn = await subscribe(lone, 'sqs');
    await sns.send(new UnsubscribeCommand({ SubscriptionArn }));
    const others = resources.watch.filter(({ type }) => !type.startsWith('AWS::SNS::'));
    const topic = { logicalId: 'PageTopicE7B5D2B8', type: 'AWS::SNS::Topic', physicalId: lone };
    const deleted = { logicalId: 'PagesToDiscord', type: 'AWS::SNS::Subscription', physicalId: SubscriptionArn };
    cloud.add(stackName('watch'), { resources: [...others, topic, deleted] });
    const { code, of } = await checks();
    expect(code).toBe(1);
    expect(of('notifications')?.parts?.filter(({ status }) => status !== 'ok')).toMatchObject([
      { name: 'Page', status: 'warning', found: expect.stringContaining('no confirmed subscription') },
      {
        name: 'PagesToDiscord',
        status: 'red',
        found: 'does not exist',
        advice: expect.stringMatching(/revert-drift/),
      },
    ]);
  });

  it('counts the messages of a dead-letter queue, and that stops nothing', async () => {
    const QueueUrl = idOf('TimersDeadLettersQueue');
    await local.aws.sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: 'lost' }));
    const { code, of } = await checks();
    expect(code).toBe(0);
    expect(of('dead letters')).toMatchObject({
      status: 'warning',
      found: expect.stringMatching(/^TimersDeadLetters: holds 1 message; 5 in order: /),
      advice: expect.stringContaining('"Dead letters"'),
    });
  });

  it.each([
    ['lambda:GetFunction', 'functions'],
    ['lambda:GetEventSourceMapping', 'event sources'],
    ['events:DescribeRule', 'rules'],
    ['events:ListTargetsByRule', 'rules'],
    ['cloudwatch:DescribeAlarms', 'alarms'],
    ['lambda:GetAccountSettings', 'concurrency'],
  ])('names the permission %s when it is missing, and makes the other checks', async (right, name) => {
    aws.deny(right);
    const { code, of } = await checks();
    expect(code).toBe(0);
    expect(of(name)).toMatchObject({ status: 'warning', found: expect.stringContaining(right) });
    expect(of(name)?.found).not.toContain('123456789012');
    const others = ['functions', 'event sources', 'rules', 'alarms', 'parts'].filter((each) => each !== name);
    for (const other of others) expect([other, of(other)?.status]).toEqual([other, 'ok']);
  });

  it('names the permission to list the stacks, and still checks what the outputs name', async () => {
    cloud.fail({ status: 403, code: 'AccessDenied', message: 'user/somebody' }, 'ListStackResources');
    const { code, of } = await checks();
    expect(code).toBe(0);
    expect(of('stacks')).toMatchObject({
      status: 'warning',
      found: expect.stringContaining('cloudformation:ListStackResources'),
    });
    expect(of('functions')).toMatchObject({ status: 'ok', found: '1 in order: open' });
    expect(of('dead letters')).toMatchObject({ found: '1 in order: ExitsDeadLetters' });
    expect(of('alarms')).toMatchObject({ status: 'warning', found: 'none could be listed' });
  });

  it('is red for a stack that does not exist or failed, and reads the others', async () => {
    cloud.add(stackName('state'), { status: 'UPDATE_ROLLBACK_COMPLETE' });
    cloud.add(stackName('watch'), { status: 'ROLLBACK_COMPLETE', resources: [] });
    const { code, of } = await checks();
    expect(code).toBe(1);
    expect(of('stacks')?.parts).toMatchObject([
      { name: 'tminus-paper-state', status: 'warning', found: expect.stringContaining('rolled back') },
      { name: 'tminus-paper-trading', status: 'ok' },
      { name: 'tminus-paper-watch', status: 'red', found: 'is ROLLBACK_COMPLETE' },
    ]);
    expect(of('alarms')).toMatchObject({ status: 'warning', found: 'none could be listed' });
    expect(of('functions')?.status).toBe('ok');
  });

  it('is red for a missing stack', async () => {
    cloud.remove(stackName('watch'));
    const { code, of } = await checks();
    expect(code).toBe(1);
    expect(of('stacks')).toMatchObject({
      status: 'red',
      found: expect.stringMatching(/^tminus-paper-watch: does not exist; 2 in order: /),
    });
  });

  it('is red for a resource that was never created', async () => {
    const [first, ...rest] = resources.watch.filter(({ type }) => type === 'AWS::CloudWatch::Alarm');
    const failed = { logicalId: first?.logicalId ?? '', type: first?.type ?? '' };
    cloud.add(stackName('watch'), { resources: [failed, ...rest] });
    expect((await checks()).of('alarms')).toMatchObject({
      status: 'red',
      found: expect.stringMatching(/^PositionOverdue: does not exist; /),
    });
  });
});

describe('doctor, of a local stack', () => {
  it('names what there is, and does not miss what only AWS has', async () => {
    const terminal = createFakeTerminal({ env: {} });
    expect(await main(['doctor', '--json', '--state-dir', stateDir], terminal)).toBe(0);
    const { checks: all }: { checks: readonly Check[] } = JSON.parse(terminal.outLines.join('\n'));
    const found = Object.fromEntries(all.map((check) => [check.name, [check.status, check.found]]));
    expect(found).toMatchObject({
      stacks: ['ok', 'there are none here'],
      functions: ['ok', `${FUNCTION_NAMES.length} in order: ${FUNCTION_NAMES.join(', ')}`],
      'event sources': ['ok', '4 in order: sell, settle, discord, announce'],
      alarms: ['ok', 'there are none here'],
      notifications: ['ok', '1 in order: alerts'],
      'dead letters': ['ok', expect.stringMatching(/^6 in order: exit-dead-letters, /)],
      rules: ['ok', expect.stringMatching(/^5 in order: .*sweep-every-minute; 3 not needed here and absent: canary/)],
    });
  });
});
