import { ReceiveMessageCommand, SendMessageCommand } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { OUTPUTS } from '#infra/aws/outputs.ts';
import { createDynamodbPositionStore } from '#lib/adapters/dynamodb/positions/dynamodb-position-store.ts';
import { main } from '#lib/cli/main.ts';
import { type LocalStack, startLocalStack } from '#lib/cli/suite/local-stack.ts';
import { TERMINAL_WIDTH } from '#lib/cli/terminal.ts';
import { windowAt } from '#lib/domain/market/up-down-markets.ts';
import { isClosed } from '#lib/domain/position/position.ts';
import type { SmokeReport } from '#lib/lifecycle/delivery/run-smoke.ts';
import type { PositionStore } from '#lib/ports/store/position-store.ts';
import { type AwsClients, createAwsClients } from '#lib/runtime/aws-clients.ts';
import { createFakeTerminal, type FakeTerminalOptions } from '#test/fakes/fake-terminal.ts';
import { type CannedServer, startCannedServer } from '#test/fixtures/canned-server.ts';
import { type CloudformationDouble, startCloudformationDouble } from '#test/fixtures/cloudformation-double.ts';
import { countingIds } from '#test/fixtures/counting-ids.ts';
import { moveClockTo } from '#test/fixtures/movable-clock.ts';
import { LIFE_ENV, skipIdleTime } from '#test/fixtures/quick-life.ts';
import { makeStateDir, removeStateDir } from '#test/integration/local/local-test-stack.ts';

const COMMIT = '0123456789abcdef0123456789abcdef01234567';
const FOREIGN = '{"not":"of this run"}';

let stateDir: string;
let stack: LocalStack;
let aws: AwsClients;
let store: PositionStore;
let cloud: CloudformationDouble;
/** CloudWatch and CloudWatch Logs. */
let watch: CannedServer;
const states = new Map<string, string>();
const forced: string[] = [];
const logLines: readonly string[] = [];

beforeAll(async () => {
  stateDir = makeStateDir();
  [stack, cloud, watch] = await Promise.all([
    startLocalStack({
      stateDir,
      seed: 3,
      timerGrainMs: 1_000,
      timerJitterMs: 0,
      env: {
        ...LIFE_ENV,
        PAPER_SETTLEMENT_FIXED_MS: '1000',
        PAPER_SELL_SETTLEMENT_FIXED_MS: '1000',
        LOG_FILE: `${stateDir}/functions.log`,
      },
    }),
    startCloudformationDouble(),
    startCannedServer(),
  ]);
  aws = createAwsClients(stack.env);
  const { TABLE_NAME: tableName = '', STAGE: stage = '', EXIT_DEAD_LETTER_URL: QueueUrl } = stack.env;
  store = createDynamodbPositionStore({ client: aws.dynamodb, tableName, stage, ids: countingIds('test') });
  await aws.sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: FOREIGN }));
  watch.answer((_url, headers, body) => answerWatch(String(headers['x-amz-target']), JSON.parse(body)));
  deployStacks();
});

afterAll(async () => {
  aws?.destroy();
  await Promise.all([stack?.stop(), cloud?.stop(), watch?.stop()]);
  removeStateDir(stateDir);
});

function deployStacks(): void {
  const { env } = stack;
  const alarms = ['ExitDeadLetters', 'PositionOverdue'].map((name) => ({
    logicalId: `${name}Alarm12345678`,
    type: 'AWS::CloudWatch::Alarm',
    physicalId: `tminus-paper-${name}`,
  }));
  const logGroup = {
    logicalId: 'SellLogs12345678',
    type: 'AWS::Logs::LogGroup',
    physicalId: '/aws/lambda/tminus-sell',
  };
  const deadLetters = {
    logicalId: 'ExitsDeadLettersQueue12345678',
    type: 'AWS::SQS::Queue',
    physicalId: env.EXIT_DEAD_LETTER_URL ?? '',
  };
  const names = {
    tableName: env.TABLE_NAME,
    exitQueueUrl: env.EXIT_QUEUE_URL,
    exitDeadLetterUrl: env.EXIT_DEAD_LETTER_URL,
  };
  const doors = {
    openFunctionName: 'open',
    openFunctionUrl: env.OPEN_FUNCTION_URL,
    schedulerGroupName: env.SCHEDULER_GROUP_NAME,
  };
  const given = {
    ...names,
    ...doors,
    stage: env.STAGE,
    discordWebhookSecret: 'tminus/paper/discord-webhook',
    commit: COMMIT,
  };
  const outputs = Object.fromEntries(
    Object.entries(given).map(([name, value]) => [OUTPUTS[name as keyof typeof OUTPUTS], value ?? '']),
  );
  const commit = { [OUTPUTS.commit]: COMMIT };
  cloud.deploy('tminus-paper-trading', outputs);
  cloud.add('tminus-paper-trading', { resources: [logGroup, deadLetters] });
  cloud.add('tminus-paper-state', { outputs: commit });
  cloud.add('tminus-paper-watch', { outputs: commit, resources: alarms });
}

/** The alarm on the dead letters is raised at its third look. */
function answerWatch(target: string, body: { AlarmNames?: string[]; AlarmName?: string; StateValue?: string }) {
  if (target.endsWith('.SetAlarmState')) {
    states.set(body.AlarmName ?? '', body.StateValue ?? '');
    forced.push(`${body.AlarmName} ${body.StateValue}`);
    return { body: '{}' };
  }
  if (target.endsWith('.FilterLogEvents')) {
    return { body: JSON.stringify({ events: logLines.map((message) => ({ timestamp: Date.now(), message })) }) };
  }
  const MetricAlarms = (body.AlarmNames ?? []).map((AlarmName) => ({
    ...{ AlarmName, StateValue: states.get(AlarmName) ?? 'OK', ActionsEnabled: true, AlarmActions: ['arn:aws:sns:x'] },
    AlarmDescription: 'Something is lost.',
  }));
  const letters = 'tminus-paper-ExitDeadLetters';
  if (body.AlarmNames?.length === 1 && body.AlarmNames[0] === letters) states.set(letters, 'ALARM');
  return { body: JSON.stringify({ MetricAlarms }) };
}

/** A window that has just begun, with room on both sides of its price. */
function beginWindow(): void {
  const { startsAtMs, endsAtMs } = windowAt('5m', windowAt('5m', Date.now()).endsAtMs);
  const tokenMidAt = { outcome: 'UP' as const, priceMicros: 550_000n, atMs: startsAtMs + 5_000 };
  stack.venue.addMarket({ asset: 'BTC', window: '5m', startsAtMs, endsAtMs, tokenMidAt });
  moveClockTo(startsAtMs + 4_000);
}

async function smoke(args: readonly string[], options: FakeTerminalOptions) {
  beginWindow();
  const terminal = createFakeTerminal(options);
  const ended = { code: undefined as number | undefined };
  const running = main(['smoke', ...args], terminal).then((code) => {
    ended.code = code;
  });
  while (ended.code === undefined) {
    const positions = await store.list();
    skipIdleTime(positions);
    // What is left are the smoke test's own waits, for AWS.
    if (positions.length > 0 && positions.every(isClosed)) moveClockTo(Date.now() + 2_000);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  await running;
  return { code: ended.code, out: terminal.outLines.join('\n'), err: terminal.errLines };
}

async function lettersLeft(): Promise<readonly (string | undefined)[]> {
  const { Messages = [] } = await aws.sqs.send(
    new ReceiveMessageCommand({
      QueueUrl: stack.env.EXIT_DEAD_LETTER_URL,
      MaxNumberOfMessages: 10,
      VisibilityTimeout: 0,
    }),
  );
  return Messages.map(({ Body }) => Body);
}

const shell = () => ({
  ...Object.fromEntries(Object.entries(stack.env).filter(([name]) => name.startsWith('AWS_'))),
  AWS_ENDPOINT_URL_CLOUDFORMATION: cloud.url,
  AWS_ENDPOINT_URL_CLOUDWATCH: watch.host,
  AWS_ENDPOINT_URL_CLOUDWATCH_LOGS: `${watch.host}/`,
});

describe('tminus smoke', () => {
  it('proves the local stack by a position of its own, and leaves what was there before', async () => {
    const cards: string[] = [];
    stack.onDiscordMessage((message) => cards.push(JSON.stringify(message)));
    const { code, out, err } = await smoke(['--state-dir', stateDir, '--json'], { env: {} });
    expect(err).toEqual([]);
    const report: SmokeReport = JSON.parse(out);
    expect(report.steps.filter(({ status }) => status === 'failed')).toEqual([]);
    expect(code).toBe(0);
    const skippedHere = report.steps.filter(({ status }) => status === 'skipped').map(({ name }) => name);
    expect(skippedHere).toEqual(['stacks', 'poison alarm', 'alarm forced', 'error log']);
    const [position, ...others] = await store.list();
    expect(others).toEqual([]);
    expect(position).toMatchObject({
      positionId: report.positionId,
      mode: 'paper',
      state: 'exited',
      exitReason: 'emergency:timeout',
    });
    expect(report.steps.find(({ name }) => name === 'exit')?.found).toMatch(
      /^the first order left at T − 120 s, \d+ ms after/,
    );
    expect(cards.some((card) => card.includes(position?.positionId ?? '?'))).toBe(true);
    expect(await lettersLeft()).toEqual([FOREIGN]);
  });

  it('proves a deployed stage, its commit, alarms and logs, and asks whether a notice arrived', async () => {
    const { code, out, err } = await smoke(['--stage', 'paper', '--commit', COMMIT.slice(0, 10)], {
      env: shell(),
      answer: 'yes',
    });
    expect(err).toEqual([]);
    expect(out).not.toMatch(/^failed/m);
    expect(code).toBe(0);
    expect(out.replace(/\s+/g, ' ')).toContain('3 complete, all at 0123456789ab');
    expect(out).toMatch(/ExitDeadLetters was raised/);
    expect(out.replace(/\s+/g, ' ')).toMatch(
      /PositionOverdue was raised by hand, and set back to OK; its notice arrived/,
    );
    expect(forced).toEqual(['tminus-paper-PositionOverdue ALARM', 'tminus-paper-PositionOverdue OK']);
    expect(out).toMatch(/Proven in .*stage paper/);
    expect(Math.max(...out.split('\n').map((line) => line.length))).toBeLessThanOrEqual(TERMINAL_WIDTH);
    expect(await lettersLeft()).toEqual([FOREIGN]);
  });

  it('says in one sentence that paper openings are halted, and does nothing', async () => {
    await store.setHalt('paper', { sinceMs: Date.now(), by: 'alice', reason: 'maintenance' });
    const before = (await store.list()).length;
    const { code, err } = await smoke(['--state-dir', stateDir], { env: {} });
    await store.setHalt('paper', null);
    expect(code).toBe(3);
    expect(err).toEqual([expect.stringMatching(/halted \(paper\).*by alice.*tminus resume --mode paper --state-dir/)]);
    expect(await store.list()).toHaveLength(before);
  });
});
