import { join } from 'node:path';
import { InvokeCommand } from '@aws-sdk/client-lambda';
import { SendMessageCommand } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { titleOf } from '#infra/aws/constructs/suite-function.ts';
import { type AwsCall, type CountingProxy, startCountingProxy } from '#infra/proof/cost/counting-proxy.ts';
import type { FunctionHandler } from '#infra/shared/function-runtime.ts';
import { loadFunction } from '#infra/shared/load-functions.ts';
import { createDynamodbPositionStore } from '#lib/adapters/dynamodb/positions/dynamodb-position-store.ts';
import { type LocalStack, startLocalStack } from '#lib/cli/suite/local-stack.ts';
import { encodeWakeMessage } from '#lib/contracts/wake-message.ts';
import { DEFAULT_RISK_LIMITS, utcDay } from '#lib/domain/position/risk-limits.ts';
import type { PositionStore } from '#lib/ports/store/position-store.ts';
import { type AwsClients, createAwsClients } from '#lib/runtime/aws-clients.ts';
import { FUNCTION_NAMES, type FunctionName } from '#lib/runtime/delivery-rules.ts';
import { aChange, anOpening } from '#test/contract/position-store.contract.ts';
import { aPosition } from '#test/factories/a-position.ts';
import { type CannedServer, startCannedServer } from '#test/fixtures/canned-server.ts';
import { countingIds } from '#test/fixtures/counting-ids.ts';
import { LIFE_ENV, LIFE_MS, skipIdleTime } from '#test/fixtures/quick-life.ts';
import { statementsOf } from '#test/infra/read-template.ts';
import { synthSuite } from '#test/infra/stub-suite.ts';
import { eventually, makeStateDir, removeStateDir } from '#test/integration/local/local-test-stack.ts';

/** A right that a call asks for, and the row it is asked for where it is one of the table's. */
type Need = { readonly action: string; readonly isIndex: boolean; readonly partition: string | null };

const needs = new Map<FunctionName, Need[]>();
const handlers = new Map<FunctionName, FunctionHandler>();
const proxies: CountingProxy[] = [];
let stateDir: string;
let stack: LocalStack;
let aws: AwsClients;
let store: PositionStore;
let discord: CannedServer;

const KeySchema = z.object({ pk: z.object({ S: z.string() }) });
const WriteSchema = z.object({ Key: KeySchema.optional(), Item: KeySchema.optional() });
const TransactionSchema = z.object({ TransactItems: z.array(z.record(z.string(), WriteSchema)) });
const RequestSchema = z.object({ ...WriteSchema.shape, IndexName: z.string().optional() });

const ACTIONS_OF_ITEM: Readonly<Record<string, string>> = {
  Put: 'PutItem',
  Update: 'UpdateItem',
  Delete: 'DeleteItem',
  ConditionCheck: 'ConditionCheckItem',
};
const partitionOf = ({ Key, Item }: z.output<typeof WriteSchema>) => (Key ?? Item)?.pk.S ?? null;

/**
 * By the service authorization reference: a transaction asks for the rights of its items, a timer for handing over its
 * role as well.
 */
function needsOf({ service, operation, body: text }: AwsCall): readonly Need[] {
  const body: unknown = JSON.parse(text);
  const plain = (action: string): Need => ({ action, isIndex: false, partition: null });
  switch (service) {
    case 'dynamodb': {
      if (operation === 'TransactWriteItems') {
        const items = TransactionSchema.parse(body).TransactItems.flatMap((item) => Object.entries(item));
        return items.map(([kind, write]) => ({
          action: `dynamodb:${ACTIONS_OF_ITEM[kind] ?? kind}`,
          isIndex: false,
          partition: partitionOf(write),
        }));
      }
      if (operation === 'BatchGetItem') return [plain('dynamodb:BatchGetItem')];
      const request = RequestSchema.parse(body);
      const isIndex = request.IndexName !== undefined;
      return [{ action: `dynamodb:${operation}`, isIndex, partition: partitionOf(request) }];
    }
    case 'sqs':
      return [plain(`sqs:${operation.replace(/^SendMessageBatch$/, 'SendMessage')}`)];
    case 'eventbridge':
      return [plain(`events:${operation}`)];
    case 'scheduler':
      return [plain(`scheduler:${operation}`), plain('iam:PassRole')];
  }
}

const { trading } = synthSuite('paper');
/** Only a live stage has a wallet to watch. */
const PAPER_FUNCTIONS = FUNCTION_NAMES.filter((name) => name !== 'watch' && name !== 'interactions');

function isAllowed(name: FunctionName, { action, isIndex, partition }: Need): boolean {
  return statementsOf(trading, `${titleOf(name)}Role`).some(({ actions, resources, conditions }) => {
    const isOnRows =
      action.startsWith('dynamodb:') && JSON.stringify(conditions ?? {}).includes('dynamodb:LeadingKeys');
    return (
      actions.includes(action) &&
      resources.some((each) => each.includes('/index/')) === isIndex &&
      (!isOnRows || partition?.startsWith('NOTICE#') === true)
    );
  });
}

/** The very function, with everything it asks of AWS written down. */
const watched =
  (name: FunctionName): FunctionHandler =>
  async (event, context) => {
    const handler = handlers.get(name);
    if (handler === undefined) throw new Error(`${name} is asked before its stack is there`);
    return handler(event, context);
  };

beforeAll(async () => {
  stateDir = makeStateDir();
  discord = await startCannedServer();
  discord.answer(() => ({ status: 204, body: '' }));
  stack = await startLocalStack({
    stateDir,
    seed: 7,
    timerGrainMs: 1_000,
    timerJitterMs: 200,
    env: {
      ...LIFE_ENV,
      DISCORD_WEBHOOK_URL: `${discord.host}/api/webhooks/1/x`,
      LOG_FILE: join(stateDir, 'functions.log'),
    },
    functions: Object.fromEntries(FUNCTION_NAMES.map((name) => [name, watched(name)])),
  });
  for (const name of FUNCTION_NAMES) {
    const asked: Need[] = [];
    const proxy = await startCountingProxy(stack.env, (call) => asked.push(...needsOf(call)));
    proxies.push(proxy);
    needs.set(name, asked);
    handlers.set(name, await loadFunction(name, proxy.env));
  }
  aws = createAwsClients(stack.env);
  const { TABLE_NAME: tableName = '', STAGE: stage = '' } = stack.env;
  store = createDynamodbPositionStore({ client: aws.dynamodb, tableName, stage, ids: countingIds('test') });
});

afterAll(async () => {
  aws.destroy();
  await stack.stop();
  await Promise.all([discord.stop(), ...proxies.map((proxy) => proxy.stop())]);
  removeStateDir(stateDir);
});

async function invoke(name: FunctionName, event: object): Promise<string> {
  const { Payload, FunctionError } = await aws.lambda.send(
    new InvokeCommand({ FunctionName: name, Payload: JSON.stringify(event) }),
  );
  const text = new TextDecoder().decode(Payload);
  expect(FunctionError, text).toBeUndefined();
  return text;
}

const PositionsSchema = z.object({ positions: z.array(z.object({ positionId: z.string() })) });
const PositionSchema = z.object({ position: z.object({ positionId: z.string() }) });

async function untilExited(positionId: string): Promise<void> {
  await eventually(async () => {
    skipIdleTime(await store.list());
    expect(await store.find(positionId)).toMatchObject({ state: 'exited' });
  });
}

async function liveOnce(): Promise<void> {
  const nowMs = Date.now();
  const tokenMidAt = { outcome: 'UP', priceMicros: 650_000n, atMs: nowMs } as const;
  const times = { startsAtMs: nowMs - 1_000, endsAtMs: nowMs + LIFE_MS };
  const marketSlug = stack.venue.addMarket({ asset: 'BTC', window: '5m', ...times, tokenMidAt });
  const answer = await invoke('open', { requestId: 'r', asset: 'BTC', side: 'UP', usd: 25, mode: 'paper', marketSlug });
  const { positionId } = PositionSchema.parse(JSON.parse(answer)).position;
  await untilExited(positionId);
  await eventually(() => expect(discord.bodies.some((body) => body.includes(positionId))).toBe(true));
}

/** Everything the API does besides opening. */
async function askApi(): Promise<void> {
  const opened = await invoke('open', { action: 'list', state: 'closed' });
  const { positionId } = PositionsSchema.parse(JSON.parse(opened)).positions[0] ?? { positionId: 'none' };
  await invoke('open', { action: 'exit', positionId, requestId: 'exit' });
  await invoke('open', { action: 'show', positionId });
  await invoke('open', { action: 'list' });
  await invoke('open', { action: 'status' });
  await invoke('open', { action: 'day', day: utcDay(Date.now()) });
  await invoke('open', { action: 'halt', mode: 'live', requestId: 'halt' });
  await invoke('open', { action: 'resume', mode: 'live' });
}

async function sendCanary(): Promise<void> {
  const time = new Date(Math.floor(Date.now() / 300_000) * 300_000);
  await invoke('canary', { time: time.toISOString() });
  const id = await store.findIdByRequest(`canary-${time.getTime()}`);
  await untilExited(id ?? '');
}

async function closeOneYesterday(): Promise<string> {
  const closedAtMs = Date.now() - 86_400_000;
  const opening = { ...anOpening(1), wakeUp: { id: 'v1', atMs: Date.now() + 86_400_000 } };
  await store.create(opening, DEFAULT_RISK_LIMITS);
  await store.save(aChange(opening, aPosition({ state: 'worthless', closedAtMs })));
  return utcDay(closedAtMs);
}

/** A position that waits for its market's result; its step reads the result and saves what it read. */
async function settleOne(): Promise<void> {
  const opening = anOpening(2);
  const waiting = aPosition({ state: 'awaiting-resolution', wakeUp: { id: 'v2', atMs: Date.now() - 1_000 } });
  await store.create(opening, DEFAULT_RISK_LIMITS);
  await store.save(aChange(opening, waiting));
  const message = { positionId: opening.positionId, wakeUpId: 'v2', source: 'retry', to: 'settle' } as const;
  await send(stack.env.SETTLE_QUEUE_URL, encodeWakeMessage(message));
  await eventually(() => expect(actionsAsked('settle')).toContain('sqs:SendMessage'));
}

const send = (QueueUrl: string | undefined, MessageBody: string) =>
  aws.sqs.send(new SendMessageCommand({ QueueUrl, MessageBody }));

describe('what the functions ask of AWS in a life', () => {
  it('is what their roles allow, right by right', async () => {
    // One after the other: the clock must not move while a function waits for an answer.
    await liveOnce();
    await askApi();
    await sendCanary();
    await invoke('sweep', {});
    await invoke('summary', { day: await closeOneYesterday() });
    await settleOne();
    await Promise.all([send(stack.env.EXIT_QUEUE_URL, 'poison'), send(stack.env.DISCORD_QUEUE_URL, 'poison')]);
    await eventually(() => expect(actionsAsked('discord')).toContain('sqs:SendMessage'));
    discord.answer(() => ({ status: 500, body: '' }));
    await send(stack.env.DISCORD_QUEUE_URL, JSON.stringify({ AlarmName: 'a', NewStateValue: 'ALARM' }));
    await eventually(() => expect(actionsAsked('discord')).toContain('sqs:ChangeMessageVisibility'));
    for (const name of PAPER_FUNCTIONS) {
      const asked = needs.get(name) ?? [];
      expect(asked.length, `${name} was not looked at`).toBeGreaterThan(0);
      expect(asked.filter((need) => !isAllowed(name, need))).toEqual([]);
    }
    // The rows themselves are read only where one is still open.
    const swept = actionsAsked('sweep').filter((action) => action !== 'dynamodb:BatchGetItem');
    expect(swept).toEqual(['dynamodb:GetItem', 'dynamodb:Query (index)']);
    expect(actionsAsked('open')).toEqual(expect.arrayContaining(['dynamodb:BatchGetItem', 'dynamodb:Query (index)']));
    expect(actionsAsked('canary')).not.toContain('dynamodb:UpdateItem');
  });

  it('would be refused elsewhere', () => {
    const put = { action: 'dynamodb:PutItem', isIndex: false, partition: 'POSITION#1' };
    expect([isAllowed('sell', put), isAllowed('discord', put), isAllowed('announce', put)]).toEqual([
      true,
      false,
      false,
    ]);
    expect(isAllowed('discord', { ...put, partition: 'NOTICE#1' })).toBe(true);
    expect(isAllowed('sell', { action: 'dynamodb:Query', isIndex: true, partition: null })).toBe(false);
  });
});

const actionsAsked = (name: FunctionName): readonly string[] =>
  [
    ...new Set((needs.get(name) ?? []).map(({ action, isIndex }) => (isIndex ? `${action} (index)` : action))),
  ].toSorted();
