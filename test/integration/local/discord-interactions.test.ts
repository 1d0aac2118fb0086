import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createHandler } from '#functions/interactions.ts';
import { openPumpState } from '#infra/local/pump/pump-state.ts';
import {
  type DiscordApplication,
  LOCAL_DISCORD,
  type SentInteraction,
} from '#infra/local/services/discord-interactions.ts';
import { createSchedulerStore } from '#infra/local/services/scheduler-store.ts';
import { createLocalSecrets } from '#infra/local/services/secrets-api.ts';
import { startWireServer, type WireServer } from '#infra/local/services/wire-server.ts';
import { createFunctionRuntime, type FunctionHandler } from '#infra/shared/function-runtime.ts';
import { ensureOwnWebhook, registerCommands } from '#lib/adapters/discord/interactions/register-application.ts';
import { createDynamodbPositionStore } from '#lib/adapters/dynamodb/positions/dynamodb-position-store.ts';
import { systemClock } from '#lib/adapters/system/system-clock.ts';
import { DEFAULT_RISK_LIMITS } from '#lib/domain/position/risk-limits.ts';
import { RejectedByUpstreamError } from '#lib/errors/errors.ts';
import type { PositionStore } from '#lib/ports/store/position-store.ts';
import { FUNCTION_NAMES } from '#lib/runtime/delivery-rules.ts';
import { anOpening } from '#test/contract/position-store.contract.ts';
import { countingIds } from '#test/fixtures/counting-ids.ts';
import { type Dynoxide, startDynoxide } from '#test/fixtures/dynoxide.ts';
import { eventually } from './local-test-stack.ts';

let dynoxide: Dynoxide;
let wire: WireServer;
let discord: DiscordApplication;
let store: PositionStore;
let env: Record<string, string>;
let runs: Promise<unknown>[] = [];
/** Runs that work on an ask are kept from beginning while this is set. */
let isWorkLost = false;

beforeAll(async () => {
  dynoxide = await startDynoxide();
  const tableName = await dynoxide.createTable();
  store = createDynamodbPositionStore({ client: dynoxide.client, tableName, stage: 'test', ids: countingIds('p') });
  const runtime = createFunctionRuntime({ nowMs: Date.now, log: () => undefined });
  const state = openPumpState(':memory:');
  wire = await startWireServer({
    scheduler: {
      ...{ store: createSchedulerStore(state), nowMs: Date.now, random: () => 0 },
      ...{ grainMs: 1_000, jitterMs: 0, onChange: () => undefined },
    },
    eventBus: {
      ...{ busName: 'bus', rules: [], periodicRules: [], topicArn: 'arn:aws:sns:us-east-1:000000000000:a' },
      ...{ nowMs: Date.now, publish: async () => undefined },
    },
    runtime,
    invokeAsync: async (name, event) => {
      const run = isWorkLost
        ? Promise.resolve({ outcome: 'returned' as const, value: null })
        : runtime.invoke(name, event);
      runs.push(run);
      return run;
    },
    secrets: createLocalSecrets(),
  });
  discord = wire.application;
  env = {
    ...{ STAGE: 'test', TABLE_NAME: tableName, AWS_REGION: 'us-east-1', LOG_LEVEL: 'SILENT' },
    ...{ AWS_ACCESS_KEY_ID: 'local', AWS_SECRET_ACCESS_KEY: 'local', AWS_ENDPOINT_URL_DYNAMODB: dynoxide.endpoint },
    ...{ AWS_ENDPOINT_URL_LAMBDA: wire.url, AWS_ENDPOINT_URL_SQS: wire.url },
    ...{ EXIT_QUEUE_URL: `${wire.url}/exit`, SETTLE_QUEUE_URL: `${wire.url}/settle`, CLOB_HOST: `${wire.url}/clob` },
    ...{ DISCORD_APPLICATION_ID: LOCAL_DISCORD.applicationId, DISCORD_GUILD_ID: LOCAL_DISCORD.guildId },
    ...{ DISCORD_PUBLIC_KEY: discord.publicKey, DISCORD_ALLOWED_USER_IDS: LOCAL_DISCORD.userId },
    ...{ DISCORD_API_HOST: wire.url, INTERACTIONS_FUNCTION_NAME: 'interactions' },
  };
  const nothing: FunctionHandler = async () => ({});
  const handlers = Object.fromEntries(FUNCTION_NAMES.map((name) => [name, nothing]));
  runtime.register({
    ...(handlers as Record<(typeof FUNCTION_NAMES)[number], FunctionHandler>),
    interactions: createHandler(env),
  });
  await store.create(anOpening(1), DEFAULT_RISK_LIMITS);
});

afterAll(async () => {
  await wire.stop();
  await dynoxide.stop();
});

const answerOf = ({ text }: SentInteraction) => JSON.parse(text) as { type: number; data?: Record<string, unknown> };

async function worked(): Promise<void> {
  await Promise.all(runs);
  runs = [];
}

describe('the interactions endpoint', () => {
  it('answers a ping, and refuses one with a wrong signature, as Discord tries when it is told of the endpoint', async () => {
    const good = await discord.ping();
    expect([good.status, answerOf(good)]).toEqual([200, { type: 1 }]);
    expect((await discord.ping({ isForged: true })).status).toBe(401);
  });

  it.each([
    ['not signed', {}, 401],
    ['a body that is too large', { body: 'x'.repeat(300_000) }, 413],
  ] as const)('refuses a request that is %s', async (_, init, status) => {
    const response = await fetch(wire.interactionsUrl, { method: 'POST', body: '{}', ...init });
    expect(response.status).toBe(status);
    expect(await response.text()).not.toMatch(/Error|stack/);
  });

  it('refuses a request of yesterday, and does nothing', async () => {
    const old = await discord.act({ command: 'halt', options: { reason: 'x' } }, { ageMs: 3_600_000 });
    expect(old.status).toBe(401);
    expect(discord.shown(old.interactionId)).toBeUndefined();
  });

  it('takes a body in base64 as it was', async () => {
    const sent = await discord.ping();
    const headers = { 'x-signature-ed25519': sent.signature, 'x-signature-timestamp': sent.timestamp };
    const event = { requestContext: { http: { method: 'POST' } }, headers, isBase64Encoded: true };
    const handler = createHandler(env);
    const body = Buffer.from(sent.body).toString('base64');
    expect(await handler({ ...event, body })).toMatchObject({ statusCode: 200, body: '{"type":1}' });
    expect(await handler({ ...event, body: `${body.slice(0, -4)}IH0=` })).toMatchObject({ statusCode: 401 });
  });

  it.each([
    ['another user', { userId: '100000000000000009' }],
    ['another server', { guildId: '100000000000000009' }],
  ])('tells %s, in private, that they may not', async (_, who) => {
    const sent = await discord.act({ command: 'positions', ...who });
    expect(answerOf(sent)).toMatchObject({
      type: 4,
      data: { flags: 64, content: expect.stringMatching(/not allowed/) },
    });
  });

  it('answers at once that the list follows, for the person alone, and then with it', async () => {
    const sent = await discord.act({ command: 'positions' });
    expect(answerOf(sent)).toEqual({ type: 5, data: { flags: 64 } });
    await worked();
    expect(discord.shown(sent.interactionId)?.content).toMatch(/\*\*1 position open\*\*/);
  });

  it('halts once, after a confirmation, however often it is delivered', async () => {
    const asked = await discord.act({ command: 'halt', options: { reason: 'bad day', mode: 'live' } });
    await worked();
    const button = discord.shown(asked.interactionId)?.components?.[0]?.components[0]?.custom_id;
    expect((await store.getAccount('live', 0)).halt).toBeNull();
    const confirmed = await discord.act({ button });
    // The message loses its buttons with the answer itself.
    expect(answerOf(confirmed)).toMatchObject({ type: 7, data: { components: [] } });
    await worked();
    const { halt } = await store.getAccount('live', 0);
    expect(halt).toMatchObject({ by: expect.stringMatching(/^Discord: local member/), reason: 'bad day' });
    // The operator allows openings again: a copy of the press must not halt anew.
    await store.setHalt('live', null);
    const copy = await discord.repeat(confirmed);
    await worked();
    expect(copy.status).toBe(200);
    expect((await store.getAccount('live', 0)).halt).toBeNull();
    expect(discord.shown(confirmed.interactionId)?.content).toMatch(/Openings are halted \(live\)/);
  });

  it('goes on with an ask whose first run was lost, when it is delivered again', async () => {
    isWorkLost = true;
    const sent = await discord.act({ command: 'positions' });
    isWorkLost = false;
    expect(discord.shown(sent.interactionId)?.content).toBeUndefined();
    await discord.repeat(sent);
    await worked();
    expect(discord.shown(sent.interactionId)?.content).toMatch(/1 position open/);
  });

  it.each([
    [429, { retry_after: 0.01 }],
    [503, {}],
    // Its first answer is not known everywhere yet.
    [404, { code: 10_015, message: 'Unknown Webhook' }],
  ])('sends its answer again when Discord answers %d', async (status, body) => {
    discord.refuseNext(status, 2, body);
    const sent = await discord.act({ command: 'positions' });
    await worked();
    await eventually(() => expect(discord.shown(sent.interactionId)?.content).toMatch(/1 position open/));
  });
});

describe('the registration at Discord', () => {
  const deps = () => ({
    ...{ clock: systemClock, host: wire.url, botToken: LOCAL_DISCORD.botToken },
    deadlineAtMs: systemClock.nowMs() + 10_000,
  });

  it('tells the commands, and finds its webhook the second time', async () => {
    expect(await registerCommands(deps(), LOCAL_DISCORD)).toEqual(['/positions', '/exit', '/halt']);
    expect(discord.listCommands()).toHaveLength(3);
    const first = await ensureOwnWebhook(deps(), LOCAL_DISCORD);
    expect(first).toMatchObject({ isNew: true, url: expect.stringMatching(/\/api\/webhooks\/\d+\/local-webhook-/) });
    expect(await ensureOwnWebhook(deps(), LOCAL_DISCORD)).toEqual({ ...first, isNew: false });
  });

  it('names what to look at when Discord refuses, and not the token', async () => {
    const error = await registerCommands({ ...deps(), botToken: 'hush-hush' }, LOCAL_DISCORD).catch((each) => each);
    expect(error).toBeInstanceOf(RejectedByUpstreamError);
    expect(error.message).toMatch(/is the bot in this server/);
    expect(JSON.stringify([error.message, error.context, String(error.cause)])).not.toContain('hush');
  });
});
