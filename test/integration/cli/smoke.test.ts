import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ReceiveMessageCommand, SendMessageCommand } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { OUTPUTS } from '#infra/aws/outputs.ts';
import { STAGES } from '#infra/aws/stage-config.ts';
import { createDynamodbPositionStore } from '#lib/adapters/dynamodb/positions/dynamodb-position-store.ts';
import { type DeployPlace, deployCommand } from '#lib/cli/delivery/deploy-command.ts';
import { main } from '#lib/cli/main.ts';
import { type LocalStack, startLocalStack } from '#lib/cli/suite/local-stack.ts';
import { TERMINAL_WIDTH } from '#lib/cli/terminal.ts';
import { windowAt } from '#lib/domain/market/up-down-markets.ts';
import { MODES } from '#lib/domain/position/position.ts';
import type { Halt } from '#lib/domain/position/risk-limits.ts';
import type { SmokeReport } from '#lib/lifecycle/delivery/run-smoke.ts';
import type { PositionStore } from '#lib/ports/store/position-store.ts';
import { type AwsClients, createAwsClients } from '#lib/runtime/aws-clients.ts';
import { createFakeTerminal, type FakeTerminal, type FakeTerminalOptions } from '#test/fakes/fake-terminal.ts';
import { type CannedServer, startCannedServer } from '#test/fixtures/canned-server.ts';
import { type CloudformationDouble, startCloudformationDouble } from '#test/fixtures/cloudformation-double.ts';
import { countingIds } from '#test/fixtures/counting-ids.ts';
import { moveClockTo } from '#test/fixtures/movable-clock.ts';
import { LIFE_ENV, skipIdleTime } from '#test/fixtures/quick-life.ts';
import { makeStateDir, removeStateDir } from '#test/integration/local/local-test-stack.ts';

const IDENTITY = { GetCallerIdentityResponse: { GetCallerIdentityResult: { Account: '123456789012' } } };
const FOREIGN = '{"not":"of this run"}';

let stateDir: string;
let stack: LocalStack;
let aws: AwsClients;
let store: PositionStore;
let cloud: CloudformationDouble;
/** What the stacks say they were deployed at. */
let commit = 'unknown';
/** CloudWatch, CloudWatch Logs and STS. */
let watch: CannedServer;
const states = new Map<string, string>();
const forced: string[] = [];
/** The words of the query find them, and neither is an error. */
const LOG_LINES = ['{"level":"WARN","message":"The venue says ERROR"}', 'REPORT RequestId: 1 ERROR'];

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
  watch.answer((_url, headers, body) =>
    body.startsWith('Action=')
      ? { body: JSON.stringify(IDENTITY) }
      : answerWatch(String(headers['x-amz-target']), JSON.parse(body)),
  );
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
    commit,
  };
  const outputs = Object.fromEntries(
    Object.entries(given).map(([name, value]) => [OUTPUTS[name as keyof typeof OUTPUTS], value ?? '']),
  );
  const release = { [OUTPUTS.commit]: commit };
  cloud.deploy('tminus-paper-trading', outputs);
  cloud.add('tminus-paper-trading', { resources: [logGroup, deadLetters] });
  cloud.add('tminus-paper-state', { outputs: release });
  cloud.add('tminus-paper-watch', { outputs: release, resources: alarms });
}

/** The alarm on the dead letters is raised at its third look. */
function answerWatch(target: string, body: { AlarmNames?: string[]; AlarmName?: string; StateValue?: string }) {
  if (target.endsWith('.SetAlarmState')) {
    states.set(body.AlarmName ?? '', body.StateValue ?? '');
    forced.push(`${body.AlarmName} ${body.StateValue}`);
    return { body: '{}' };
  }
  if (target.endsWith('.FilterLogEvents')) {
    return { body: JSON.stringify({ events: LOG_LINES.map((message) => ({ timestamp: Date.now(), message })) }) };
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

const smoke = (args: readonly string[], options: FakeTerminalOptions) =>
  play(options, (terminal) => main(['smoke', ...args], terminal));

/** Runs a command in a window that has just begun, and moves the clock past what it only waits for. */
async function play(options: FakeTerminalOptions, command: (terminal: FakeTerminal) => Promise<number>) {
  beginWindow();
  const terminal = createFakeTerminal(options);
  const ended = { code: undefined as number | undefined };
  const running = command(terminal).then((code) => {
    ended.code = code;
  });
  // A failure ends the loop, and is thrown below.
  running.catch(() => {
    ended.code = -1;
  });
  while (ended.code === undefined) {
    const positions = await store.list();
    // Not during an opening: its deadlines are real.
    if (positions.some(({ state }) => state === 'holding' || state === 'exiting')) skipIdleTime(positions);
    // What is left are the smoke test's own waits, for AWS.
    if (terminal.outLines.some((line) => line.includes('Waiting for the alarm'))) moveClockTo(Date.now() + 2_000);
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
  // That of the stage, to which CDK deploys.
  AWS_REGION: STAGES.paper.region,
  AWS_ENDPOINT_URL_CLOUDFORMATION: cloud.url,
  AWS_ENDPOINT_URL_CLOUDWATCH: watch.host,
  AWS_ENDPOINT_URL_STS: `${watch.host}/`,
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

/** A checkout whose CDK only writes down how it was called, and whether openings were halted then. */
function aCheckout(): DeployPlace {
  const root = join(stateDir, 'checkout');
  mkdirSync(root);
  const git = (...args: readonly string[]) => execFileSync('git', ['-C', root, ...args], { encoding: 'utf8' }).trim();
  git('init', '-q');
  git('-c', 'user.name=test', '-c', 'user.email=test@example.org', 'commit', '-q', '--allow-empty', '-m', 'release');
  const script = join(stateDir, 'cdk.mjs');
  writeFileSync(script, 'console.log("called with", ...process.argv.slice(2))');
  commit = git('rev-parse', 'HEAD');
  deployStacks();
  return { root, findCdk: () => script };
}

describe('tminus deploy', () => {
  it('halts, deploys by CDK, proves commit, alarms and logs, asks whether a notice arrived, and resumes', async () => {
    const place = aCheckout();
    const parameters = ['--parameters', 'tminus-paper-watch:AlarmEmail=someone@example.org'];
    const halts: (Halt | null)[] = [];
    const { code, out, err } = await play({ env: shell(), answer: 'yes' }, async (terminal) => {
      const watching = {
        ...terminal,
        out: async (text: string) => {
          terminal.out(text);
          if (text.startsWith('cdk '))
            for (const mode of MODES) halts.push((await store.getAccount(mode, Date.now())).halt);
        },
      };
      return deployCommand(watching, { stage: 'paper' }, parameters, place);
    });
    const text = out.replace(/\s+/g, ' ');
    expect(err).toEqual([]);
    expect(out).not.toMatch(/^failed/m);
    expect(code).toBe(0);
    expect(text).toMatch(/^ Deploy commit [0-9a-f]{40} to stage paper \(account 123456789012, eu-west-1\)/);
    expect(out).toContain(
      'called with deploy -c stage=paper -c account=123456789012 --all --require-approval never --parameters tminus-paper-watch:AlarmEmail=…',
    );
    expect(out).not.toContain('someone@example.org');
    expect(halts).toEqual([
      expect.objectContaining({ reason: `deploying ${commit}` }),
      expect.objectContaining({ reason: `deploying ${commit}` }),
    ]);
    expect(text).toContain(`3 complete, all at ${commit.slice(0, 12)}`);
    expect(text).toMatch(/ExitDeadLetters was raised/);
    expect(text).toMatch(/PositionOverdue was raised by hand, and set back to OK; its notice arrived/);
    expect(forced).toEqual(['tminus-paper-PositionOverdue ALARM', 'tminus-paper-PositionOverdue OK']);
    expect(text).toMatch(/is deployed and proven\. Openings are allowed\.$/);
    const lines = out.split('\n').filter((line) => !/^(cdk|called with) /.test(line));
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(TERMINAL_WIDTH);
    expect(await lettersLeft()).toEqual([FOREIGN]);
    for (const mode of MODES) expect((await store.getAccount(mode, Date.now())).halt).toBeNull();
  });

  it('does nothing without a yes, and takes no code to the live stage that has no commit', async () => {
    const terminal = createFakeTerminal({ env: shell(), answer: 'no' });
    expect(await deployCommand(terminal, { stage: 'paper' }, [], { root: stateDir, findCdk: () => '' })).toBe(2);
    expect(terminal.outLines.join(' ')).toContain('(account 123456789012');
    const live = deployCommand(terminal, { stage: 'live' }, [], { root: stateDir, findCdk: () => '' });
    await expect(live).rejects.toThrow(/committed code only/);
  });

  it('refuses another region or account than the one that it halts, before anything is done', async () => {
    const nowhere = { root: stateDir, findCdk: () => '' };
    const elsewhere = createFakeTerminal({ env: { ...shell(), AWS_REGION: 'us-east-1' }, answer: 'yes' });
    const moved = deployCommand(elsewhere, { stage: 'paper' }, [], nowhere);
    await expect(moved).rejects.toThrow('AWS_REGION is us-east-1, and stage paper is deployed to eu-west-1');
    const terminal = createFakeTerminal({ env: shell(), answer: 'yes' });
    const other = deployCommand(terminal, { stage: 'paper' }, ['-c', 'stage=live'], nowhere);
    await expect(other).rejects.toThrow('`-c stage=` cannot be passed on to CDK');
    expect([elsewhere, terminal].flatMap(({ outLines }) => outLines)).toEqual([]);
  });
});
