import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { InvokeCommand } from '@aws-sdk/client-lambda';
import { ScanCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { OUTPUTS } from '#infra/aws/outputs.ts';
import { createDynamodbPositionStore } from '#lib/adapters/dynamodb/positions/dynamodb-position-store.ts';
import { main } from '#lib/cli/main.ts';
import { assertProfileExists } from '#lib/cli/suite/aws-profile.ts';
import { readStage } from '#lib/cli/suite/read-stage.ts';
import { toPositionAnswer } from '#lib/contracts/open-answer.ts';
import { decodeWakeMessage, encodeTimerMessage } from '#lib/contracts/wake-message.ts';
import { DEFAULT_RISK_LIMITS } from '#lib/domain/position/risk-limits.ts';
import { aPosition } from '#test/factories/a-position.ts';
import { createFakeTerminal } from '#test/fakes/fake-terminal.ts';
import { type CloudformationDouble, startCloudformationDouble } from '#test/fixtures/cloudformation-double.ts';
import { countingIds } from '#test/fixtures/counting-ids.ts';
import {
  eventually,
  makeStateDir,
  removeStateDir,
  startTestStack,
  type TestStack,
} from '#test/integration/local/local-test-stack.ts';

const STACK = 'tminus-paper-trading';

let stateDir: string;
let local: TestStack;
let cloud: CloudformationDouble;

/** What the trading stack of the paper stage would write, with the addresses of this machine. */
const outputsOf = (env: Readonly<Record<string, string>>): Record<string, string> => ({
  [OUTPUTS.stage]: env.STAGE ?? '',
  [OUTPUTS.region]: 'eu-west-1',
  [OUTPUTS.tableName]: env.TABLE_NAME ?? '',
  [OUTPUTS.exitQueueUrl]: env.EXIT_QUEUE_URL ?? '',
  [OUTPUTS.openFunctionName]: 'open',
  [OUTPUTS.schedulerGroupName]: env.SCHEDULER_GROUP_NAME ?? '',
  [OUTPUTS.discordWebhookSecret]: 'tminus/paper/discord-webhook',
  [OUTPUTS.eventBusName]: env.EVENT_BUS_NAME ?? '',
  [OUTPUTS.newsTopicArn]: env.NEWS_TOPIC_ARN ?? '',
  [OUTPUTS.summaryFunctionName]: 'summary',
  [OUTPUTS.exitDeadLetterUrl]: env.EXIT_DEAD_LETTER_URL ?? '',
  [OUTPUTS.settleQueueUrl]: env.SETTLE_QUEUE_URL ?? '',
  [OUTPUTS.settleDeadLetterUrl]: env.SETTLE_DEAD_LETTER_URL ?? '',
  [OUTPUTS.timerDeadLetterUrl]: env.TIMER_DEAD_LETTER_URL ?? '',
  [OUTPUTS.newsDeadLetterUrl]: env.NEWS_DEAD_LETTER_URL ?? '',
  [OUTPUTS.discordQueueUrl]: env.DISCORD_QUEUE_URL ?? '',
  [OUTPUTS.discordDeadLetterUrl]: env.DISCORD_DEAD_LETTER_URL ?? '',
  [OUTPUTS.failedEventsUrl]: env.FAILED_EVENTS_URL ?? '',
});

/** A shell that knows AWS and nothing of the suite. */
const shell = (): Record<string, string> => ({
  ...Object.fromEntries(
    Object.entries(local.stack.env).filter(([name]) => name.startsWith('AWS_') && name !== 'AWS_REGION'),
  ),
  AWS_ENDPOINT_URL_CLOUDFORMATION: cloud.url,
});

async function run(...args: string[]) {
  const terminal = createFakeTerminal({ env: shell() });
  const code = await main([...args, '--stage', 'paper'], terminal);
  return { code, out: terminal.outLines.join('\n'), err: terminal.errLines };
}

beforeAll(async () => {
  stateDir = makeStateDir();
  [local, cloud] = await Promise.all([
    startTestStack(stateDir, { announceRetryCount: 0 }),
    startCloudformationDouble(),
  ]);
});
afterAll(async () => {
  await Promise.all([local.stop(), cloud.stop()]);
  removeStateDir(stateDir);
});
beforeEach(() => cloud.deploy(STACK, outputsOf(local.stack.env)));

describe('a deployed stage', () => {
  it('is found by the outputs of its stack, and does all that a local one does', async () => {
    const { env } = local.stack;
    const store = createDynamodbPositionStore({
      client: local.aws.dynamodb,
      tableName: env.TABLE_NAME ?? '',
      stage: env.STAGE ?? '',
      ids: countingIds('stage'),
    });
    const position = aPosition({ state: 'buying' });
    await store.create(position, DEFAULT_RISK_LIMITS);
    const listed = await run('positions', '--json');
    expect(listed).toMatchObject({ code: 0, err: [] });
    expect(JSON.parse(listed.out)).toMatchObject([{ positionId: position.positionId }]);
    expect(await run('show', position.positionId)).toMatchObject({
      code: 0,
      out: expect.stringContaining(position.marketSlug),
    });
    expect(await run('exit', position.positionId)).toMatchObject({ code: 0 });
    await eventually(() =>
      expect(local.bodies('sell').map(decodeWakeMessage)).toMatchObject([
        { positionId: position.positionId, source: 'by-hand' },
      ]),
    );
    expect(await run('halt', '--reason', 'the venue is in maintenance', '--by', 'alice')).toMatchObject({
      code: 0,
      out: expect.stringMatching(/stage paper in eu-west-1[\s\S]*`tminus resume\s+--stage\s+paper`/),
    });
    const halted =
      /Openings are halted \(paper and live\) since .* UTC by\s+alice\s+\(AWS\s+key\s+\w+\):\s+"the\s+venue\s+is\s+in\s+maintenance"\./;
    for (const command of ['status', 'positions']) {
      expect(await run(command)).toMatchObject({ code: 0, out: expect.stringMatching(halted) });
    }
    expect(await run('resume')).toMatchObject({ code: 0 });
    const tighten = (...limits: readonly string[]) =>
      run('limits', 'tighten', ...limits, '--why', 'a bad day', '--by', 'bob');
    expect(await tighten('--per-position', '5', '--max-open', '2')).toMatchObject({ code: 0 });
    expect(await tighten('--max-open', '3')).toMatchObject({
      code: 3,
      err: [expect.stringMatching(/only lower limits.*paper.*at most 2 open positions/)],
    });
    // What one mode has already does not keep the other from it.
    expect(await tighten('--mode', 'paper', '--max-open', '1')).toMatchObject({ code: 0 });
    expect(await tighten('--max-open', '1')).toMatchObject({
      code: 3,
      err: [expect.stringMatching(/nothing was changed for paper.*tightened for live/)],
    });
    expect((await store.findTightened('live'))?.limits).toMatchObject({ openCountMax: 1 });
    expect(await tighten()).toMatchObject({ code: 2, err: [expect.stringContaining('--per-position')] });
    const tightened =
      /Limits\s+are\s+tightened\s+\(paper\)\s+since.*UTC\s+by\s+bob[\s\S]*"a\s+bad\s+day":\s+at\s+most[^.]*\$5\.00\s+per/;
    for (const command of ['limits', 'positions', 'status']) {
      expect(await run(command)).toMatchObject({ code: 0, out: expect.stringMatching(tightened) });
    }
    expect(await run('limits', 'reset')).toMatchObject({ code: 1 });
    expect(await run('limits')).toMatchObject({ out: expect.stringMatching(tightened) });
    expect(await run('limits', 'reset', '--yes')).toMatchObject({ code: 0 });
    expect(await run('limits')).toMatchObject({ out: expect.stringContaining('No limit is tightened') });
    local.answer('open', async () => ({ outcome: 'refused', code: 'halted', message: 'Openings are halted' }));
    expect(await run('open', '--asset', 'BTC', '--side', 'UP', '--usd', '5')).toMatchObject({
      code: 3,
      err: ['tminus: Openings are halted'],
    });
    const voided = toPositionAnswer(aPosition({ state: 'voided' }));
    local.answer('open', async () => ({ outcome: 'opened', position: voided }));
    expect(await run('open', '--asset', 'BTC', '--side', 'UP', '--usd', '5')).toMatchObject({
      code: 3,
      out: expect.stringMatching(/^Not bought: BTC UP in .*: the venue refused the buy\.$/m),
    });
    expect(cloud.calls.every((call) => call.includes(`StackName=${STACK}`))).toBe(true);
  });

  it('names the same stage in what it suggests next', async () => {
    expect((await run('show', 'nobody')).err).toEqual([expect.stringContaining('`tminus positions --stage paper`')]);
  });

  it('hides what a shell says of another suite, and keeps what the deployment says nothing of', async () => {
    const env = await readStage('paper', {
      ...shell(),
      TABLE_NAME: 'somewhere-else',
      LIVE_KEY_SECRET: 'somebody-else',
      DISCORD_WEBHOOK_URL: 'https://discord.example/else',
      POLYGON_RPC_URL: 'https://node.example',
    });
    expect(env).toMatchObject({
      TABLE_NAME: local.stack.env.TABLE_NAME,
      LIVE_KEY_SECRET: undefined,
      DISCORD_WEBHOOK_URL: undefined,
      DISCORD_WEBHOOK_SECRET: 'tminus/paper/discord-webhook',
      POLYGON_RPC_URL: 'https://node.example',
      AWS_REGION: 'eu-west-1',
    });
  });

  it('is looked for where AWS_REGION says', async () => {
    expect((await readStage('paper', { ...shell(), AWS_REGION: 'eu-central-1' })).AWS_REGION).toBe('eu-central-1');
  });
});

describe('a stage that cannot be used', () => {
  it('says that it is not deployed, and how to do that', async () => {
    cloud.deploy('tminus-live-trading', {});
    const { code, err } = await run('positions');
    expect(code).toBe(5);
    expect(err).toEqual([
      expect.stringMatching(
        /there is no stack tminus-paper-trading in eu-west-1\..*npx cdk deploy -c stage=paper --all/,
      ),
    ]);
  });

  it('says what a half-deployed one lacks', async () => {
    cloud.deploy(STACK, {}, 'ROLLBACK_COMPLETE');
    const { code, err } = await run('positions');
    expect(code).toBe(5);
    expect(err).toEqual([expect.stringMatching(/is ROLLBACK_COMPLETE and lacks Stage, TableName, ExitQueueUrl/)]);
  });

  it.each([
    ['expired credentials', 403, 'ExpiredToken', /have expired.*aws sso login/, 5],
    ['credentials nobody knows', 403, 'InvalidClientTokenId', /does not know these credentials/, 5],
    ['a missing right', 403, 'AccessDenied', /need the permission cloudformation:DescribeStacks/, 5],
    ['anything else', 400, 'InternalFailure', /was not reached or did not answer/, 1],
  ])('tells of %s without the words of AWS', async (_name, status, errorCode, says, exitCode) => {
    cloud.fail({ status, code: errorCode, message: 'User: arn:aws:iam::123456789012:user/somebody' });
    const { code, err } = await run('positions');
    expect(code).toBe(exitCode);
    expect(err).toEqual([expect.stringMatching(says)]);
    expect(err[0]).not.toContain('123456789012');
  });

  it('names a profile that does not exist', async () => {
    writeFileSync(join(stateDir, 'config'), '[profile known]\nregion = eu-west-1\n');
    const files = { AWS_CONFIG_FILE: join(stateDir, 'config'), AWS_SHARED_CREDENTIALS_FILE: join(stateDir, 'none') };
    const { AWS_ACCESS_KEY_ID: _key, ...rest } = shell();
    const terminal = createFakeTerminal({ env: { ...rest, ...files, AWS_PROFILE: 'nosuch' } });
    expect(await main(['positions', '--stage', 'paper'], terminal)).toBe(5);
    expect(terminal.errLines).toEqual([
      expect.stringMatching(/There is no AWS profile nosuch, which AWS_PROFILE names/),
    ]);
    expect(() => assertProfileExists({ ...files, AWS_PROFILE: 'known' })).not.toThrow();
  });

  it('says how to log in where there are no credentials', async () => {
    const command = fileURLToPath(new URL('../../../lib/cli/tminus.mjs', import.meta.url));
    const child = spawn(process.execPath, [command, 'positions', '--stage', 'paper'], {
      stdio: ['ignore', 'ignore', 'pipe'],
      // No files, and no question to the machine it runs on.
      env: {
        PATH: process.env.PATH,
        HOME: stateDir,
        AWS_EC2_METADATA_DISABLED: 'true',
        AWS_ENDPOINT_URL_CLOUDFORMATION: cloud.url,
      },
    });
    const [errors, [code]] = await Promise.all([text(child.stderr), once(child, 'exit')]);
    expect(errors).toMatch(/There are no AWS credentials\. Log in/);
    expect(code).toBe(5);
  });
});

describe('the dead letters of a stage', () => {
  const list = async (): Promise<LetterAnswer[]> =>
    JSON.parse((await run('dead-letters', 'list', '--json')).out).letters;

  it('are shown in words, replayed to where they belong, and dropped with a note', async () => {
    const { env } = local.stack;
    const store = createDynamodbPositionStore({
      client: local.aws.dynamodb,
      tableName: env.TABLE_NAME ?? '',
      stage: env.STAGE ?? '',
      ids: countingIds('letters'),
    });
    // Its row reaches the stream; announce gives it up, and its place becomes a dead letter.
    local.answer('announce', async () => {
      throw new Error('down');
    });
    const position = aPosition({
      state: 'exiting',
      positionId: 'letters-1',
      requestId: 'letters-1',
      conditionId: '0x1',
    });
    await store.create(position, null);
    const wakeUp = encodeTimerMessage(position.positionId, position.wakeUp.id, 1_000);
    await local.send(env.TIMER_DEAD_LETTER_URL ?? '', wakeUp);
    await local.send(env.EXIT_DEAD_LETTER_URL ?? '', 'not a wake-up');
    local.answer('summary', async () => {
      throw new Error('down');
    });
    await local.aws.lambda.send(
      new InvokeCommand({ FunctionName: 'summary', InvocationType: 'Event', Payload: '{"day":"2026-11-01"}' }),
    );
    await eventually(async () => expect((await list()).map(({ kind }) => kind).toSorted()).toEqual(KINDS));
    const letters = await list();
    const batch = letters.find(({ kind }) => kind === 'stream-batch');
    expect(batch).toMatchObject({ positionIds: [position.positionId], replay: { isPossible: true, to: 'bus' } });
    const unreadable = letters.find(({ kind }) => kind === 'unreadable');
    const shown = await run('dead-letters', 'list');
    expect(shown).toMatchObject({
      code: 0,
      out: expect.stringMatching(/wake-up by the position's timer[\s\S]*letters-1/),
    });

    local.answer('announce', async () => ({ batchItemFailures: [] }));
    local.answer('summary', async () => ({ outcome: 'published' }));
    const replayed = await run('dead-letters', 'replay', '--all', '--yes');
    expect(replayed).toMatchObject({ code: 0 });
    await eventually(() => {
      expect(local.messages('sell').find(({ body }) => body.includes('letters-1'))).toMatchObject({
        body: expect.not.stringContaining('plannedAtMs'),
        messageAttributes: { replayCount: { stringValue: '1' } },
      });
      expect(local.calls.filter(({ name }) => name === 'summary').at(-1)?.event).toEqual({ day: '2026-11-01' });
    });
    expect((await list()).map(({ kind }) => kind)).toEqual(['unreadable']);

    const id = unreadable?.id ?? '';
    expect(await run('dead-letters', 'replay', id)).toMatchObject({ code: 3 });
    expect(await run('dead-letters', 'drop', id)).toMatchObject({ code: 3, err: [expect.stringContaining('--yes')] });
    expect(await run('dead-letters', 'drop', id, '--yes')).toMatchObject({ code: 0 });
    expect(await run('dead-letters', 'drop', id, '--yes')).toMatchObject({ code: 4 });
    expect(await list()).toEqual([]);
    const { Items = [] } = await local.aws.dynamodb.send(new ScanCommand({ TableName: env.TABLE_NAME }));
    expect(Items.find(({ pk }) => String(pk).startsWith('DROPPED#'))).toMatchObject({ id, body: 'not a wake-up' });
  });

  it('of an older release are not known, and the answer says so', async () => {
    const { [OUTPUTS.failedEventsUrl]: _url, ...older } = outputsOf(local.stack.env);
    cloud.deploy(STACK, older);
    expect((await run('dead-letters', 'list')).err).toEqual([
      expect.stringMatching(/FAILED_EVENTS_URL.*deploy it again/),
    ]);
  });
});

const KINDS = ['call', 'stream-batch', 'unreadable', 'wake-up'];
type LetterAnswer = { readonly id: string; readonly kind: string; readonly positionIds: readonly string[] };
