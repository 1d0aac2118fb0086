import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { InvokeCommand } from '@aws-sdk/client-lambda';
import { GetQueueAttributesCommand, SendMessageCommand } from '@aws-sdk/client-sqs';
import type { SQSEvent } from 'aws-lambda';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createHandler as createCanary } from '#functions/canary.ts';
import { createHandler as createDiscord } from '#functions/discord.ts';
import { createHandler as createSell } from '#functions/sell.ts';
import { createHandler as createSweep } from '#functions/sweep.ts';
import type { FunctionHandler } from '#infra/shared/function-runtime.ts';
import { createDynamodbNoticeLedger } from '#lib/adapters/dynamodb/dynamodb-notice-ledger.ts';
import { createDynamodbPositionStore } from '#lib/adapters/dynamodb/positions/dynamodb-position-store.ts';
import { systemClock } from '#lib/adapters/system/system-clock.ts';
import { type LocalStack, startLocalStack } from '#lib/cli/suite/local-stack.ts';
import { noticeKeyOf } from '#lib/domain/news/domain-event.ts';
import { EXIT_WAKE_UP_ID, OVERDUE_AFTER_MS } from '#lib/domain/plan/plan-wake-up.ts';
import type { Position } from '#lib/domain/position/position.ts';
import { DEFAULT_RISK_LIMITS, utcDay } from '#lib/domain/position/risk-limits.ts';
import type { NoticeLedger } from '#lib/ports/store/notice-ledger.ts';
import type { PositionStore } from '#lib/ports/store/position-store.ts';
import { type AwsClients, createAwsClients } from '#lib/runtime/aws-clients.ts';
import type { MetricName } from '#lib/runtime/metric-names.ts';
import { aChange, anOpening } from '#test/contract/position-store.contract.ts';
import { aPosition } from '#test/factories/a-position.ts';
import { type CannedServer, startCannedServer } from '#test/fixtures/canned-server.ts';
import { countingIds } from '#test/fixtures/counting-ids.ts';
import { moveClockTo } from '#test/fixtures/movable-clock.ts';
import { LIFE_ENV, skipIdleTime } from '#test/fixtures/quick-life.ts';
import { startThrottledTable, type ThrottledTable } from '#test/fixtures/throttled-table.ts';
import { eventually, makeStateDir, removeStateDir } from './local-test-stack.ts';

const PERIOD_MS = 300_000;
const DAY_MS = 86_400_000;
/** After that a message that was not handled is delivered again (20 s). */
const VISIBILITY_MS = 21_000;
const FIRST_RUN_MS = Math.floor(Date.now() / PERIOD_MS) * PERIOD_MS;

let stateDir: string;
let stack: LocalStack;
let aws: AwsClients;
let store: PositionStore;
let ledger: NoticeLedger;
let table: ThrottledTable;
let discord: CannedServer;

/** The real function with a table that can be throttled, made when the stack's addresses are known. */
function behindThrottle<Event>(
  create: (env: Record<string, string>) => (event: Event) => Promise<unknown>,
): FunctionHandler {
  let handler: ((event: Event) => Promise<unknown>) | undefined;
  return async (event) => {
    handler ??= create({ ...stack.env, AWS_ENDPOINT_URL_DYNAMODB: table.url });
    return handler(event as Event);
  };
}

beforeAll(async () => {
  stateDir = makeStateDir();
  discord = await startCannedServer();
  discord.answer(() => ({ status: 204, body: '' }));
  stack = await startLocalStack({
    stateDir,
    seed: 7,
    timerGrainMs: 1_000,
    timerJitterMs: 200,
    // The test runs the sweep itself: what a sweep counts depends on when it runs.
    sweepPeriodMs: DAY_MS,
    env: {
      ...LIFE_ENV,
      CANARY_PERIOD_MS: String(PERIOD_MS),
      DISCORD_WEBHOOK_URL: `${discord.host}/api/webhooks/1/x`,
      LOG_FILE: join(stateDir, 'functions.log'),
    },
    functions: {
      sweep: behindThrottle((env) => createSweep(env)),
      sell: behindThrottle<SQSEvent>(createSell),
      discord: behindThrottle<SQSEvent>(createDiscord),
    },
  });
  table = await startThrottledTable(stack.env.AWS_ENDPOINT_URL_DYNAMODB ?? '');
  aws = createAwsClients(stack.env);
  const { TABLE_NAME: tableName = '', STAGE: stage = '' } = stack.env;
  store = createDynamodbPositionStore({ client: aws.dynamodb, tableName, stage, ids: countingIds('test') });
  ledger = createDynamodbNoticeLedger({ client: aws.dynamodb, clock: systemClock, tableName });
});

afterAll(async () => {
  aws.destroy();
  await stack.stop();
  await Promise.all([table.stop(), discord.stop()]);
  removeStateDir(stateDir);
});

type Line = { readonly service: string; readonly message: string; readonly facts: Readonly<Record<string, unknown>> };

const logLines = (): Line[] =>
  readFileSync(join(stateDir, 'functions.log'), 'utf8')
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Line);

/** Values of a metric so far, as CloudWatch would have them; zeros tell nothing. */
const valuesOf = (metric: MetricName, service: string): number[] =>
  logLines()
    .filter((line) => line.service === service && line.facts.metric === metric)
    .map((line) => Number(line.facts.value));
const sumOf = (metric: MetricName, service: string): number =>
  valuesOf(metric, service).reduce((sum, value) => sum + value, 0);

async function invoke(name: string, event: object): Promise<string | undefined> {
  const answer = await aws.lambda.send(new InvokeCommand({ FunctionName: name, Payload: JSON.stringify(event) }));
  return answer.FunctionError === undefined ? undefined : new TextDecoder().decode(answer.Payload);
}

const timeOf = (atMs: number): string => new Date(atMs).toISOString().replace('.000', '');
const runCanary = (run: number) =>
  invoke('canary', { 'detail-type': 'Scheduled Event', time: timeOf(FIRST_RUN_MS + run * PERIOD_MS) });

/** Waits until the canary of a run has ended and its alert has been seen by the discord function. */
async function untilHome(run: number): Promise<string> {
  const positionId = await store.findIdByRequest(`canary-${FIRST_RUN_MS + run * PERIOD_MS}`);
  if (positionId === undefined) throw new Error(`Run ${run} sent no canary`);
  return await eventually(async () => {
    const position = await store.find(positionId);
    skipIdleTime(position === undefined ? [] : [position]);
    expect(position).toMatchObject({ state: 'exited', origin: 'canary' });
    const version = position?.version ?? 0;
    expect(await ledger.isSent(noticeKeyOf({ type: 'position-alert', positionId, version }))).toBe(true);
    return positionId;
  });
}

/**
 * Waits until the canary of a run holds its shares and only the exit is left to come. Its last step has to be over as
 * well: a step that saved its row and goes on would see the moved clock, and exit before the sweep looks.
 */
async function untilExitIsAwaited(run: number): Promise<Position> {
  const positionId = await store.findIdByRequest(`canary-${FIRST_RUN_MS + run * PERIOD_MS}`);
  return await eventually(async () => {
    const position = await store.find(positionId ?? '');
    const isAwaited = position?.state === 'holding' && position.wakeUp.id === EXIT_WAKE_UP_ID;
    if (position !== undefined && !isAwaited) skipIdleTime([position]);
    expect(isAwaited).toBe(true);
    expect(await countIn(stack.env.EXIT_QUEUE_URL)).toBe(0);
    return position!;
  });
}

/** Messages that wait, and those that are being handled. */
async function countIn(QueueUrl: string | undefined): Promise<number> {
  const AttributeNames = ['ApproximateNumberOfMessages', 'ApproximateNumberOfMessagesNotVisible'] as const;
  const { Attributes } = await aws.sqs.send(
    new GetQueueAttributesCommand({ QueueUrl, AttributeNames: [...AttributeNames] }),
  );
  return AttributeNames.reduce((sum, name) => sum + Number(Attributes?.[name]), 0);
}

const send = (QueueUrl: string | undefined, MessageBody: string) =>
  aws.sqs.send(new SendMessageCommand({ QueueUrl, MessageBody }));

const countOf = (words: string): number => discord.bodies.filter((body) => body.includes(words)).length;

const anAlarm = (name: string): string =>
  JSON.stringify({
    AlarmName: name,
    AlarmDescription: 'Shares are not sold. What to do: README.md, Operate, "Exits failing".',
    NewStateValue: 'ALARM',
    NewStateReason: 'Threshold Crossed',
    StateChangeTime: '2026-11-22T10:00:00.000+0000',
  });

describe('what watches the watcher, on the local stack', () => {
  it('a canary counts what of the venue is not as this release assumes, and nothing while all is', async () => {
    const venue = await startCannedServer();
    const gamma = [{ conditionId: `0x${'a'.repeat(64)}` }];
    const clob = { t: [], mos: 15, fd: { r: 0.1 } };
    venue.answer((url) => ({
      body: JSON.stringify(url.startsWith('/markets') ? gamma : url === '/version' ? { version: 2 } : clob),
    }));
    try {
      const canary = createCanary({ ...stack.env, CLOB_HOST: venue.host, GAMMA_HOST: venue.host });
      await canary({ time: timeOf(FIRST_RUN_MS - DAY_MS) });
    } finally {
      await venue.stop();
    }
    expect(valuesOf('VenueDrift', 'canary')).toEqual([2]);
    expect(logLines().find(({ facts }) => facts.drifts !== undefined)?.facts.drifts).toEqual([
      'the minimum size is 15; 5 is assumed',
      'the fee rate is 0.1; 0.07 is assumed',
    ]);
    // That venue lists no market that could be opened.
    expect(logLines().some(({ message }) => message.startsWith('No canary could be opened'))).toBe(true);
  });

  it('a canary ends, the next run reports its lateness, and no message goes to Discord', async () => {
    expect(await runCanary(0)).toBeUndefined();
    const positionId = await untilHome(0);
    // The timer of the second canary is lost (next test). It may be due within a second.
    stack.timerFaults.loseTimers = true;
    expect(await runCanary(1)).toBeUndefined();
    expect(valuesOf('VenueDrift', 'canary')).toEqual([2]);
    expect(valuesOf('CanaryLateness', 'canary')).toHaveLength(1);
    expect(logLines().some(({ facts }) => typeof facts.timerLatenessMs === 'number')).toBe(true);
    expect(await invoke('sweep', {})).toBeUndefined();
    // A quiet run writes one metric.
    expect(valuesOf('PositionOverdue', 'sweep').at(-1)).toBe(0);
    for (const name of ['WakeUpOverdue', 'WakeUpFailed', 'RowCorrupt', 'UnknownOrderAge'] as const) {
      expect(valuesOf(name, 'sweep')).toEqual([]);
    }
    expect(sumOf('ExitAttempt', 'sell')).toBe(0);
    expect(countOf(positionId)).toBe(0);
    expect(await store.countOpen()).toEqual({ paper: 0, live: 0 });
  });

  it('a lost timer is reported once, by the sweep that finds it and by the canary that is late', async () => {
    const { exitDueAtMs } = await untilExitIsAwaited(1);
    moveClockTo(exitDueAtMs + OVERDUE_AFTER_MS + 1_000);
    expect(await invoke('sweep', {})).toBeUndefined();
    await untilHome(1);
    stack.timerFaults.loseTimers = false;
    expect(await runCanary(2)).toBeUndefined();
    expect(sumOf('WakeUpOverdue', 'sweep')).toBe(1);
    expect(valuesOf('CanaryLateness', 'canary')).toHaveLength(2);
    expect(valuesOf('CanaryLateness', 'canary')[1]).toBeGreaterThan(5_000);
    await untilHome(2);
  });

  it('a throttled table fails the sweep, and the messages that came meanwhile are delivered again', async () => {
    const failuresBefore = sumOf('RecordFailed', 'sell');
    table.setThrottled(true);
    try {
      expect(await invoke('sweep', {})).toContain('StoreUnavailableError');
      const ranBefore = valuesOf('PositionOverdue', 'sweep').length;
      await send(stack.env.EXIT_QUEUE_URL, JSON.stringify({ v: 1, positionId: 'p', wakeUpId: 'w', source: 'retry' }));
      await eventually(() => expect(sumOf('RecordFailed', 'sell')).toBe(failuresBefore + 1));
      expect(valuesOf('PositionOverdue', 'sweep')).toHaveLength(ranBefore);
      expect(sumOf('AlarmingFailure', 'sell')).toBe(0);
    } finally {
      table.setThrottled(false);
    }
    expect(await invoke('sweep', {})).toBeUndefined();
    moveClockTo(Date.now() + VISIBILITY_MS);
    // Delivered again, it names a position that does not exist: a lost row, for which an operator is called.
    await eventually(() => expect(sumOf('AlarmingFailure', 'sell')).toBe(1));
    expect(await countIn(stack.env.EXIT_DEAD_LETTER_URL)).toBe(1);
  });

  it('a poison message is set aside once, and nobody is called for it twice', async () => {
    const failuresBefore = sumOf('RecordFailed', 'sell');
    const deadBefore = await countIn(stack.env.EXIT_DEAD_LETTER_URL);
    await send(stack.env.EXIT_QUEUE_URL, 'no wake-up at all');
    await eventually(async () => expect(await countIn(stack.env.EXIT_DEAD_LETTER_URL)).toBe(deadBefore + 1));
    expect(sumOf('RecordFailed', 'sell')).toBe(failuresBefore + 1);
  });

  it('an alarm is told once though Discord asks to wait, and though it is delivered twice', async () => {
    let refusals = 1;
    discord.answer(() => {
      refusals -= 1;
      return refusals >= 0 ? { status: 429, body: '{"retry_after":0.2}' } : { status: 204, body: '' };
    });
    await send(stack.env.DISCORD_QUEUE_URL, anAlarm('tminus-local-ExitsFailing'));
    await eventually(() => expect(countOf('ExitsFailing')).toBe(2));
    await send(stack.env.DISCORD_QUEUE_URL, anAlarm('tminus-local-ExitsFailing'));
    await eventually(() => {
      const outcomes = logLines().filter(({ facts }) => String(facts.noticeKey).includes('ExitsFailing'));
      expect(outcomes.map(({ facts }) => facts.outcome)).toEqual(['delivered', 'already-delivered']);
    });
    expect(countOf('ExitsFailing')).toBe(2);
  });

  it('a Discord that refuses for good leaves one dead letter and one number', async () => {
    discord.answer(() => ({ status: 404, body: '{"code":10015}' }));
    const deadBefore = await countIn(stack.env.DISCORD_DEAD_LETTER_URL);
    await send(stack.env.DISCORD_QUEUE_URL, anAlarm('tminus-local-Refused'));
    await eventually(async () => expect(await countIn(stack.env.DISCORD_DEAD_LETTER_URL)).toBe(deadBefore + 1));
    expect(valuesOf('NoticeUndelivered', 'discord')).toEqual([1]);
    expect(sumOf('AlarmingFailure', 'discord')).toBe(1);
  });

  it('a day is summed up and told once, without canaries', async () => {
    discord.answer(() => ({ status: 204, body: '' }));
    const closedAtMs = Date.now() - DAY_MS;
    for (const [n, origin] of (['request', 'canary'] as const).entries()) {
      const opening = { ...anOpening(n, { origin }), wakeUp: { id: 'v1', atMs: Date.now() + DAY_MS } };
      await store.create(opening, DEFAULT_RISK_LIMITS);
      await store.save(aChange(opening, aPosition({ state: 'worthless', closedAtMs })));
    }
    const day = utcDay(closedAtMs);
    for (let run = 0; run < 2; run += 1) expect(await invoke('summary', { day })).toBeUndefined();
    await eventually(() => expect(countOf(`Day ${day}`)).toBe(1));
    expect(countOf('1 position ended')).toBe(1);
  });
});
