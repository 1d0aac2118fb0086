import { InvokeCommand } from '@aws-sdk/client-lambda';
import { SendMessageCommand } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type BundledFunction, createBundledFunction } from '#infra/proof/lambda/bundled-function.ts';
import { FUNCTION_MEMORY_MB } from '#infra/shared/delivery-limits.ts';
import { localFunctionArn } from '#infra/shared/function-runtime.ts';
import { createDynamodbPositionStore } from '#lib/adapters/dynamodb/positions/dynamodb-position-store.ts';
import { type LocalStack, startLocalStack } from '#lib/cli/suite/local-stack.ts';
import { encodeWakeMessage } from '#lib/contracts/wake-message.ts';
import { WINDOW_MS } from '#lib/domain/market/up-down-markets.ts';
import { type AwsClients, createAwsClients } from '#lib/runtime/aws-clients.ts';
import { FUNCTION_TIMEOUT_MS, type FunctionName } from '#lib/runtime/delivery-rules.ts';
import { countingIds } from '#test/fixtures/counting-ids.ts';
import { eventually, makeStateDir, removeStateDir } from '#test/integration/local/local-test-stack.ts';
import { STAGE_FUNCTIONS } from './stub-suite.ts';
import { bundleFolder } from './synthesised.ts';

let stateDir: string;
let stack: LocalStack;
let aws: AwsClients;
const deployed = new Map<FunctionName, BundledFunction>();
const discordTexts: string[] = [];

/** The function as it would be deployed, in processes of its own. */
function deploy(name: FunctionName): BundledFunction {
  const folder = bundleFolder(name);
  return createBundledFunction(() => ({
    name,
    folder,
    env: stack.env,
    functionArn: localFunctionArn(name),
    memoryMb: FUNCTION_MEMORY_MB[name],
    timeoutMs: FUNCTION_TIMEOUT_MS[name],
  }));
}

beforeAll(async () => {
  stateDir = makeStateDir();
  for (const name of STAGE_FUNCTIONS) deployed.set(name, deploy(name));
  stack = await startLocalStack({
    stateDir,
    seed: 7,
    timerGrainMs: 1_000,
    timerJitterMs: 500,
    sweepPeriodMs: 1_000,
    // The price moves while a busy machine buys, and a settlement may take a minute.
    env: { OPEN_SLACK_TICKS: '20', PAPER_SETTLEMENT_FIXED_MS: '1000' },
    functions: Object.fromEntries([...deployed].map(([name, bundled]) => [name, bundled.handler])),
  });
  stack.onDiscordMessage((message) => discordTexts.push(JSON.stringify(message)));
  aws = createAwsClients(stack.env);
});

afterAll(async () => {
  aws.destroy();
  await stack.stop();
  await Promise.all([...deployed.values()].map((bundled) => bundled.stop()));
  removeStateDir(stateDir);
});

const invoke = (name: FunctionName, event: object) =>
  aws.lambda.send(new InvokeCommand({ FunctionName: name, Payload: JSON.stringify(event) }));

async function openPosition(requestId: string): Promise<string> {
  const nowMs = Date.now();
  const marketSlug = stack.venue.addMarket({
    asset: 'BTC',
    window: '5m',
    startsAtMs: nowMs - 1_000,
    endsAtMs: nowMs + WINDOW_MS['5m'],
    tokenMidAt: { outcome: 'UP', priceMicros: 650_000n, atMs: nowMs },
  });
  const request = { requestId, asset: 'BTC', side: 'UP', usd: 25, mode: 'paper', marketSlug };
  const { Payload, FunctionError } = await invoke('open', request);
  expect(FunctionError).toBeUndefined();
  const answer = JSON.parse(new TextDecoder().decode(Payload));
  // Where the answer takes longer than the client waits, it asks again, and the request opens once.
  expect(['opened', 'already-requested']).toContain(answer.outcome);
  expect(answer.position).toMatchObject({ state: 'holding' });
  return answer.position.positionId;
}

describe('the bundles that would be deployed', () => {
  it('carry a position from its opening to its exit and to Discord, each in processes of its own', async () => {
    const positionId = await openPosition('bundled');
    // By hand, because the minutes until the exit is due cannot be skipped in processes that know only their
    // environment.
    const MessageBody = encodeWakeMessage({ positionId, wakeUpId: 'exit', source: 'by-hand' });
    await aws.sqs.send(new SendMessageCommand({ QueueUrl: stack.env.EXIT_QUEUE_URL, MessageBody }));
    const { TABLE_NAME: tableName = '', STAGE: stage = '' } = stack.env;
    const store = createDynamodbPositionStore({ client: aws.dynamodb, tableName, stage, ids: countingIds('test') });
    await eventually(async () => expect(await store.find(positionId)).toMatchObject({ state: 'exited' }));
    await eventually(() => expect(discordTexts.filter((text) => text.includes(positionId)).length).toBeGreaterThan(0));
    await eventually(() => {
      const used = [...deployed].filter(([, bundled]) => bundled.answeredCount() > 0).map(([name]) => name);
      expect(used).toEqual(expect.arrayContaining(['open', 'sell', 'sweep', 'announce', 'discord']));
    });
  });

  it('send a canary on its way, and sum up a day', async () => {
    const rule = { 'detail-type': 'Scheduled Event', source: 'aws.events', detail: {}, time: new Date().toISOString() };
    for (const name of ['canary', 'summary'] as const) {
      const { FunctionError, Payload } = await invoke(name, rule);
      expect(FunctionError, new TextDecoder().decode(Payload)).toBeUndefined();
      expect(deployed.get(name)?.answeredCount()).toBeGreaterThan(0);
    }
  });

  it('say which setting is missing instead of starting half', async () => {
    const folder = bundleFolder('sell');
    const { EXIT_QUEUE_URL: _without, ...rest } = stack.env;
    const env = { ...rest, TABLE_NAME: 't' };
    const bundled = createBundledFunction(() => ({
      name: 'sell',
      folder,
      env,
      functionArn: localFunctionArn('sell'),
      memoryMb: 512,
      timeoutMs: 5_000,
    }));
    const record = { messageId: '1', receiptHandle: 'r', body: '{}', attributes: {}, messageAttributes: {} };
    const event = { Records: [{ ...record, eventSource: 'aws:sqs' }] };
    await bundled.handler(event, {} as never).catch((error: Error) => error);
    const output = bundled.environments()[0]?.output();
    expect(output).toContain('EXIT_QUEUE_URL is missing');
    // The words for it have to be in the bundle too.
    expect(output).toContain('TABLE_NAME is wrong (Too small: expected string to have >=3 characters)');
    await bundled.stop();
  });
});
