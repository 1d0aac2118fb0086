import {
  BatchWriteItemCommand,
  CreateTableCommand,
  DescribeTableCommand,
  ScanCommand,
  UpdateTableCommand,
} from '@aws-sdk/client-dynamodb';
import { InvokeCommand } from '@aws-sdk/client-lambda';
import { ReceiveMessageCommand, SendMessageCommand } from '@aws-sdk/client-sqs';
import type { SQSEvent } from 'aws-lambda';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createHandler as createSell } from '#functions/sell.ts';
import type { FunctionHandler } from '#infra/shared/function-runtime.ts';
import type { LocalStackOptions } from '#infra/shared/local-stack.ts';
import { createDynamodbPositionStore } from '#lib/adapters/dynamodb/positions/dynamodb-position-store.ts';
import { createTableInput } from '#lib/adapters/dynamodb/table-schema.ts';
import { haltCommand, resumeCommand } from '#lib/cli/commands/halt-command.ts';
import { positionsCommand } from '#lib/cli/commands/positions-command.ts';
import { type LocalStack, startLocalStack } from '#lib/cli/suite/local-stack.ts';
import { decodeWakeMessage, encodeWakeMessage } from '#lib/contracts/wake-message.ts';
import type { Position } from '#lib/domain/position/position.ts';
import type { WakeMessage } from '#lib/ports/exit-queue.ts';
import type { PositionStore } from '#lib/ports/store/position-store.ts';
import { type AwsClients, createAwsClients } from '#lib/runtime/aws-clients.ts';
import { createFakeTerminal } from '#test/fakes/fake-terminal.ts';
import { countingIds } from '#test/fixtures/counting-ids.ts';
import { moveClockTo } from '#test/fixtures/movable-clock.ts';
import { LIFE_ENV, skipIdleTime } from '#test/fixtures/quick-life.ts';
import { eventually, makeStateDir, removeStateDir } from './local-test-stack.ts';

let stateDir: string;
let stack: LocalStack;
let aws: AwsClients;
let store: PositionStore;
/** Positions whose timer and delayed message are lost. */
const lostToQueue = new Set<string>();
const discordTexts: string[] = [];
/**
 * The bought shares arrive a minute after the exit is due: the first sell is refused. Bids are left until 4/5 of the
 * market's life.
 */
const LIFE_MS = 480_000;
const EXIT_LEAD_MS = 240_000;
const SETTLEMENT_MS = 300_000;
/** No sell is tried again sooner after a refusal. */
const RETRY_MS_MIN = 1_000;

/** The real function, which never gets the messages of some positions, as if they had been lost. */
function createLossySell(): FunctionHandler {
  let sell: ReturnType<typeof createSell> | undefined;
  return async (event) => {
    sell ??= createSell({ ...stack.env });
    const { Records } = event as SQSEvent;
    const isLost = ({ source, positionId }: WakeMessage) =>
      lostToQueue.has(positionId) && (source === 'timer' || source === 'delay');
    return sell({ Records: Records.filter((record) => !isLost(decodeWakeMessage(record.body))) });
  };
}

async function start(options: Partial<LocalStackOptions> = {}): Promise<void> {
  stack = await startLocalStack({
    stateDir,
    seed: 7,
    timerGrainMs: 1_000,
    timerJitterMs: 500,
    sweepPeriodMs: 1_000,
    env: {
      ...LIFE_ENV,
      EXIT_LEAD_MS: String(EXIT_LEAD_MS),
      PAPER_SETTLEMENT_FIXED_MS: String(SETTLEMENT_MS),
      PAPER_SELL_SETTLEMENT_FIXED_MS: '1000',
      LOG_FILE: `${stateDir}/functions.log`,
    },
    functions: { sell: createLossySell() },
    ...options,
  });
  stack.onDiscordMessage((message) => discordTexts.push(JSON.stringify(message)));
  aws = createAwsClients(stack.env);
  const { TABLE_NAME: tableName = '', STAGE: stage = '' } = stack.env;
  store = createDynamodbPositionStore({ client: aws.dynamodb, tableName, stage, ids: countingIds('test') });
}

async function stop(): Promise<void> {
  aws.destroy();
  await stack.stop();
}

beforeAll(async () => {
  stateDir = makeStateDir();
  await start();
});

afterAll(async () => {
  await stop();
  removeStateDir(stateDir);
});

async function invokeOpen(
  request: object,
): Promise<{ outcome: string; code?: string; position: { positionId: string } }> {
  const reply = await aws.lambda.send(new InvokeCommand({ FunctionName: 'open', Payload: JSON.stringify(request) }));
  expect(reply.FunctionError).toBeUndefined();
  return JSON.parse(new TextDecoder().decode(reply.Payload));
}

async function open(requestId: string): Promise<string> {
  const nowMs = Date.now();
  const marketSlug = stack.venue.addMarket({
    asset: 'BTC',
    window: '5m',
    startsAtMs: nowMs - 1_000,
    endsAtMs: nowMs + LIFE_MS,
    tokenMidAt: { outcome: 'UP', priceMicros: 650_000n, atMs: nowMs },
  });
  const answer = await invokeOpen({ requestId, asset: 'BTC', side: 'UP', usd: 25, mode: 'paper', marketSlug });
  expect(answer).toMatchObject({ outcome: 'opened', position: { state: 'holding' } });
  return answer.position.positionId;
}

/** Plays from when the exit is due until the position has exited. Its shares arrive once a sell was refused. */
async function untilExited(positionId: string): Promise<Position> {
  moveClockTo(((await store.find(positionId))?.exitDueAtMs ?? 0) - 500);
  return eventually(async () => {
    const position = await store.find(positionId);
    if (position?.refusals['unsettled-buy'] !== undefined) moveClockTo(position.openedAtMs + SETTLEMENT_MS);
    skipIdleTime(position === undefined ? [] : [position]);
    expect(position).toMatchObject({ state: 'exited' });
    return position!;
  });
}

const cardsOf = (positionId: string, title: string): readonly string[] =>
  discordTexts.filter((text) => text.includes(positionId) && text.includes(title));

const sendWake = (message: WakeMessage) =>
  aws.sqs.send(new SendMessageCommand({ QueueUrl: stack.env.EXIT_QUEUE_URL, MessageBody: encodeWakeMessage(message) }));

const sellsOf = async (positionId: string) =>
  (await store.listAttempts(positionId))
    .filter(({ intent }) => intent.side === 'SELL')
    .map(({ intent, postCount, result }) => ({ atMs: intent.timestampMs, postCount, phase: result.phase }));

describe('a life on the local stack', () => {
  it('is bought, refused until it settles, sold after its exit was due, and reported to Discord', async () => {
    const positionId = await open('plain');
    // A card that is under way while the clock moves on would be taken for lost, and delivered again.
    await eventually(() => expect(cardsOf(positionId, '· bought"')).toHaveLength(1));
    const position = await untilExited(positionId);
    expect(position).toMatchObject({ state: 'exited', exitReason: 'emergency:timeout', forceClosed: true });
    expect(position.firstExitAttemptAtMs).toBeGreaterThanOrEqual(position.exitDueAtMs);
    expect(position.refusals['unsettled-buy']).toBeGreaterThanOrEqual(1);
    const timeline = await store.listTimeline(positionId);
    expect(timeline.at(0)?.event.type).toBe('opened');
    expect(timeline.map(({ event }) => event.type)).toContain('order-refused');
    // The clock skips 30 s and more, so that a page that the exit fails may come in between.
    await eventually(() => {
      for (const title of ['· bought"', '· sold (forced exit)"']) expect(cardsOf(positionId, title)).toHaveLength(1);
    });
  });

  it('places one order when its exit message is delivered five times at once', async () => {
    const positionId = await open('duplicates');
    const message: WakeMessage = { positionId, wakeUpId: 'exit', source: 'delay' };
    await Promise.all(Array.from({ length: 5 }, () => sendWake(message)));
    await untilExited(positionId);
    const sells = await sellsOf(positionId);
    expect(sells.filter(({ phase }) => phase === 'settled')).toHaveLength(1);
    expect(sells.every(({ postCount }) => postCount === 1)).toBe(true);
    // While the shares settle, one refused try after the other, never one per duplicate.
    const pausesMs = sells.slice(1).map(({ atMs }, index) => atMs - (sells[index]?.atMs ?? 0));
    expect(pausesMs.filter((ms) => ms < RETRY_MS_MIN)).toEqual([]);
  });

  it('is found by the sweep when timer and delayed message are both lost', async () => {
    const positionId = await open('lost');
    lostToQueue.add(positionId);
    const position = await untilExited(positionId);
    expect(position.firstExitAttemptAtMs).toBeGreaterThanOrEqual(position.exitDueAtMs);
  });

  it('is not opened twice for one request, nor twice in one market', async () => {
    const positionId = await open('twice');
    const position = await store.find(positionId);
    const request = { asset: 'BTC', side: 'UP', usd: 25, mode: 'paper', marketSlug: position!.marketSlug };
    const again = await invokeOpen({ ...request, requestId: 'twice' });
    expect(again).toMatchObject({ outcome: 'already-requested', position: { positionId } });
    const other = await invokeOpen({ ...request, requestId: 'other' });
    expect(other).toMatchObject({ outcome: 'refused', code: 'market-occupied' });
    await untilExited(positionId);
  });

  it('leaves at once when it is asked for by hand', async () => {
    const positionId = await open('by-hand');
    await sendWake({ positionId, wakeUpId: 'exit', source: 'by-hand' });
    const position = await untilExited(positionId);
    expect(position).toMatchObject({ exitReason: 'manual', forceClosed: false });
  });
});

const RESTORED = 'tminus-local-restored';

/**
 * What a restore from a backup leaves: the rows and the index under another name, and no stream until it is asked for.
 */
async function restoreUnder(TableName: string): Promise<void> {
  const { StreamSpecification, ...input } = createTableInput(TableName);
  await aws.dynamodb.send(new CreateTableCommand(input));
  const { Items = [], LastEvaluatedKey } = await aws.dynamodb.send(
    new ScanCommand({ TableName: stack.env.TABLE_NAME }),
  );
  expect(LastEvaluatedKey).toBeUndefined();
  for (let first = 0; first < Items.length; first += 25) {
    const puts = Items.slice(first, first + 25).map((Item) => ({ PutRequest: { Item } }));
    await aws.dynamodb.send(new BatchWriteItemCommand({ RequestItems: { [TableName]: puts } }));
  }
  await aws.dynamodb.send(new UpdateTableCommand({ TableName, StreamSpecification }));
}

async function listDead(): Promise<readonly string[]> {
  const QueueUrl = stack.env.EXIT_DEAD_LETTER_URL;
  const request = { QueueUrl, MaxNumberOfMessages: 10, VisibilityTimeout: 0 };
  return ((await aws.sqs.send(new ReceiveMessageCommand(request))).Messages ?? []).map(({ Body = '' }) => Body);
}

// The last of this file: it goes on with the stack on the restored table (OPERATE.md, "Restore the table").
describe('a restored table', () => {
  it('is halted before the functions use it, and takes an open position to its exit without timers', async () => {
    const kept = await open('before-the-backup');
    await restoreUnder(RESTORED);
    const { Table } = await aws.dynamodb.send(new DescribeTableCommand({ TableName: RESTORED }));
    expect(Table?.LatestStreamArn).toContain(RESTORED);
    const later = await open('after-the-backup');
    const terminal = createFakeTerminal();
    await haltCommand(terminal, { stateDir, table: RESTORED, why: 'restore', by: 'me' });
    await positionsCommand(terminal, { stateDir, table: RESTORED, json: true });
    expect(terminal.outLines.at(0)).toContain(`table ${RESTORED} of the local stack`);
    expect(terminal.outLines.at(-1)).toContain(kept);
    expect(terminal.outLines.at(-1)).not.toContain(later);
    expect((await store.getAccount('paper', Date.now())).halt).toBeNull();
    lostToQueue.add(kept);
    const cards = () => discordTexts.filter((text) => text.includes(kept));
    await eventually(() => expect(cards()).toHaveLength(1));

    await stop();
    await start({ tableName: RESTORED, functions: { sell: createLossySell() } });
    const nowMs = Date.now();
    const marketSlug = stack.venue.addMarket({
      ...{ asset: 'ETH', window: '5m', startsAtMs: nowMs - 1_000, endsAtMs: nowMs + LIFE_MS },
      tokenMidAt: { outcome: 'UP', priceMicros: 650_000n, atMs: nowMs },
    });
    const request = { requestId: 'halted', asset: 'ETH', side: 'UP', usd: 25, mode: 'paper', marketSlug };
    expect(await invokeOpen(request)).toMatchObject({ outcome: 'refused', code: 'halted' });
    expect(await untilExited(kept)).toMatchObject({ state: 'exited' });
    await eventually(() => expect(cards().filter((text) => text.includes('· sold'))).toHaveLength(1));

    // What was opened after the backup has no row: its wake-ups are set aside, not lost.
    expect(await store.find(later)).toBeUndefined();
    await eventually(async () => expect((await listDead()).filter((body) => body.includes(later))).not.toEqual([]));
    await resumeCommand(terminal, { stateDir });
    expect(await store.find(await open('resumed'))).toMatchObject({ state: 'holding' });
  });
});
