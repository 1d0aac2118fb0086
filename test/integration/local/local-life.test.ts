import { InvokeCommand } from '@aws-sdk/client-lambda';
import { SendMessageCommand } from '@aws-sdk/client-sqs';
import type { SQSEvent } from 'aws-lambda';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createHandler as createSell } from '#functions/sell.ts';
import type { FunctionHandler } from '#infra/shared/function-runtime.ts';
import { createDynamodbPositionStore } from '#lib/adapters/dynamodb/dynamodb-position-store.ts';
import { type LocalStack, startLocalStack } from '#lib/cli/local-stack.ts';
import { decodeWakeMessage, encodeWakeMessage } from '#lib/contracts/wake-message.ts';
import type { Position } from '#lib/domain/position/position.ts';
import type { WakeMessage } from '#lib/ports/exit-queue.ts';
import type { PositionStore } from '#lib/ports/position-store.ts';
import { type AwsClients, createAwsClients } from '#lib/runtime/aws-clients.ts';
import { countingIds } from '#test/fixtures/counting-ids.ts';
import { eventually, makeStateDir, removeStateDir } from './local-test-stack.ts';
import { SHORT_LIFE_ENV, SHORT_LIFE_MS } from './short-life.ts';

let stateDir: string;
let stack: LocalStack;
let aws: AwsClients;
let store: PositionStore;
/** Positions whose timer and delayed message are lost. */
const lostToQueue = new Set<string>();
const discordTexts: string[] = [];

/** The real function, from which the messages of some positions are kept away, as if they had been lost. */
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

beforeAll(async () => {
  stateDir = makeStateDir();
  stack = await startLocalStack({
    stateDir,
    seed: 7,
    timerGrainMs: 1_000,
    timerJitterMs: 500,
    sweepPeriodMs: 1_000,
    env: { ...SHORT_LIFE_ENV, LOG_FILE: `${stateDir}/functions.log` },
    functions: { sell: createLossySell() },
  });
  stack.onDiscordMessage((message) => discordTexts.push(JSON.stringify(message)));
  aws = createAwsClients(stack.env);
  const { TABLE_NAME: tableName = '', STAGE: stage = '' } = stack.env;
  store = createDynamodbPositionStore({ client: aws.dynamodb, tableName, stage, ids: countingIds('test') });
});

afterAll(async () => {
  aws.destroy();
  await stack.stop();
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
    endsAtMs: nowMs + SHORT_LIFE_MS,
    tokenMidAt: { outcome: 'UP', priceMicros: 650_000n, atMs: nowMs },
  });
  const answer = await invokeOpen({ requestId, asset: 'BTC', side: 'UP', usd: 25, mode: 'paper', marketSlug });
  expect(answer).toMatchObject({ outcome: 'opened', position: { state: 'holding' } });
  return answer.position.positionId;
}

async function untilEnded(positionId: string): Promise<Position> {
  return eventually(async () => {
    const position = await store.find(positionId);
    expect(position).toMatchObject({ state: 'exited' });
    return position!;
  });
}

const sendWake = (message: WakeMessage) =>
  aws.sqs.send(new SendMessageCommand({ QueueUrl: stack.env.EXIT_QUEUE_URL, MessageBody: encodeWakeMessage(message) }));

const ordersOf = async (positionId: string) =>
  (await store.listAttempts(positionId)).map(({ intent, postCount, result }) => ({
    side: intent.side,
    postCount,
    phase: result.phase,
  }));

describe.concurrent('a life on the local stack', () => {
  it('is bought, refused until it settles, sold after its exit was due, and told to Discord', async () => {
    const positionId = await open('plain');
    const position = await untilEnded(positionId);
    expect(position).toMatchObject({ state: 'exited', exitReason: 'emergency:timeout', forceClosed: true });
    expect(position.firstExitAttemptAtMs).toBeGreaterThanOrEqual(position.exitDueAtMs);
    expect(position.refusals['unsettled-buy']).toBeGreaterThanOrEqual(1);
    const timeline = await store.listTimeline(positionId);
    expect(timeline.at(0)?.event.type).toBe('opened');
    expect(timeline.map(({ event }) => event.type)).toContain('order-refused');
    await eventually(() => {
      expect(discordTexts.filter((text) => text.includes(positionId))).toHaveLength(2);
    });
  });

  it('places one order when its exit message is delivered five times at once', async () => {
    const positionId = await open('duplicates');
    const message: WakeMessage = { positionId, wakeUpId: 'exit', source: 'delay' };
    await Promise.all(Array.from({ length: 5 }, () => sendWake(message)));
    await untilEnded(positionId);
    const sells = (await ordersOf(positionId)).filter(({ side }) => side === 'SELL');
    const sold = sells.filter(({ phase }) => phase === 'settled');
    expect(sold).toHaveLength(1);
    // One refused try a second at most while the shares settle, never one per duplicate.
    expect(sells.length).toBeLessThanOrEqual(4);
    expect(sells.every(({ postCount }) => postCount === 1)).toBe(true);
  });

  it('is found by the sweep when timer and delayed message are both lost', async () => {
    const opening = open('lost');
    const positionId = await opening;
    lostToQueue.add(positionId);
    const position = await untilEnded(positionId);
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
    await untilEnded(positionId);
  });

  it('leaves at once when it is asked for by hand', async () => {
    const positionId = await open('by-hand');
    await sendWake({ positionId, wakeUpId: 'exit', source: 'by-hand' });
    const position = await untilEnded(positionId);
    expect(position).toMatchObject({ exitReason: 'manual', forceClosed: false });
  });
});
