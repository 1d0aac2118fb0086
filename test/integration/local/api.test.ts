import { execFile, spawnSync } from 'node:child_process';
import { createHash, createHmac } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { InvokeCommand } from '@aws-sdk/client-lambda';
import { DeleteCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import { SignatureV4 } from '@smithy/signature-v4';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createHandler } from '#functions/open.ts';
import { createDynamodbPositionStore } from '#lib/adapters/dynamodb/positions/dynamodb-position-store.ts';
import { toPositionRow } from '#lib/adapters/dynamodb/positions/position-row.ts';
import { main } from '#lib/cli/main.ts';
import { type LocalStack, startLocalStack } from '#lib/cli/suite/local-stack.ts';
import { createOpenapi } from '#lib/contracts/api/openapi.ts';
import { findRoute } from '#lib/contracts/api/routes.ts';
import { DEFAULT_RISK_LIMITS, utcDay } from '#lib/domain/position/risk-limits.ts';
import type { PositionStore } from '#lib/ports/store/position-store.ts';
import { type AwsClients, createAwsClients } from '#lib/runtime/aws-clients.ts';
import { aChange, anOpening } from '#test/contract/position-store.contract.ts';
import { aPosition } from '#test/factories/a-position.ts';
import { createFakeTerminal } from '#test/fakes/fake-terminal.ts';
import { type SeenCall, startAnswerLoser } from '#test/fixtures/answer-loser.ts';
import { countingIds } from '#test/fixtures/counting-ids.ts';
import { LIFE_ENV, LIFE_MS, skipIdleTime } from '#test/fixtures/quick-life.ts';
import { eventually, makeStateDir, removeStateDir } from './local-test-stack.ts';

// biome-ignore lint/suspicious/noExplicitAny: answers are read as a caller reads them, and checked by their schema
type Answer = { readonly status: number; readonly headers: Headers; readonly body: any };

let stateDir: string;
let stack: LocalStack;
let aws: AwsClients;
let store: PositionStore;
let url: string;
/** `open 201`: what was provoked, and matched the description. */
const seen = new Set<string>();

const document = JSON.parse(JSON.stringify(createOpenapi()));
const ajv = new Ajv2020({ strict: false, allErrors: true });
ajv.addSchema({ $id: 'api', components: { schemas: withoutOthers(document.components.schemas) } });

/** No answer of this release has a field that is not described. */
function withoutOthers(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(withoutOthers);
  if (typeof schema !== 'object' || schema === null) return schema;
  const copy = Object.fromEntries(Object.entries(schema).map(([name, value]) => [name, withoutOthers(value)]));
  const isClosed =
    'properties' in schema && !('additionalProperties' in schema) && Object.keys(copy.properties as object).length > 0;
  const isStored = isClosed && 'type' in (copy.properties as object) && 'atMs' in (copy.properties as object);
  return isClosed && !isStored ? { ...copy, additionalProperties: false } : copy;
}

function expectDescribed(method: string, path: string, status: number, body: unknown): void {
  const route = findRoute(method, path.split('?')[0] ?? path);
  const action = route.found === 'action' ? route.action : null;
  const operations = Object.values(document.paths).flatMap((item) => Object.values(item as object));
  const operation = operations.find(({ operationId }) => operationId === action);
  const described =
    operation === undefined
      ? '#/components/schemas/OpenFailure'
      : operation.responses[status]?.content['application/json'].schema.$ref;
  expect(described, `${action} ${status} is not described: ${JSON.stringify(body)}`).toBeDefined();
  // Compiled once: `ajv.validate` compiles a schema that is another object each time.
  const validate = ajv.getSchema(`api${described}`);
  if (validate === undefined) throw new Error(`${described} is no schema`);
  expect(validate(body) ? [] : validate.errors, `${action} ${status}: ${JSON.stringify(body)}`).toEqual([]);
  seen.add(`${action ?? 'nothing'} ${status}`);
}

async function call(method: string, path: string, body?: unknown): Promise<Answer> {
  const text = body === undefined ? undefined : typeof body === 'string' ? body : JSON.stringify(body);
  const answer = await fetch(`${url}${path}`, {
    method,
    headers: { 'content-type': 'application/json' },
    ...(text !== undefined && { body: text }),
  });
  const content = await answer.json();
  expectDescribed(method, path, answer.status, content);
  expect(answer.headers.get('content-type')).toMatch(/^application\/json\b/);
  return { status: answer.status, headers: answer.headers, body: content };
}

async function invoke(payload: object): Promise<Answer['body']> {
  const reply = await aws.lambda.send(new InvokeCommand({ FunctionName: 'open', Payload: JSON.stringify(payload) }));
  expect(reply.FunctionError).toBeUndefined();
  return JSON.parse(new TextDecoder().decode(reply.Payload));
}

function addMarket(): string {
  const nowMs = Date.now();
  return stack.venue.addMarket({
    asset: 'BTC',
    window: '5m',
    startsAtMs: nowMs - 1_000,
    endsAtMs: nowMs + LIFE_MS,
    tokenMidAt: { outcome: 'UP', priceMicros: 650_000n, atMs: nowMs },
  });
}

/** The command line, asked for JSON. */
async function command(...args: readonly string[]) {
  writeFileSync(`${stateDir}/stack.json`, JSON.stringify({ pid: process.pid, startedAtMs: 1, env: stack.env }));
  const terminal = createFakeTerminal();
  const exitCode = await main([...args, '--state-dir', stateDir], terminal);
  return { exitCode, json: JSON.parse(terminal.outLines.join('\n')) };
}

const request = (requestId: string) => ({ requestId, side: 'UP', usd: 25, mode: 'paper', marketSlug: addMarket() });

const untilClosed = (positionId: string) =>
  eventually(async () => {
    const position = await store.find(positionId);
    skipIdleTime(position === undefined ? [] : [position]);
    expect(position).toHaveProperty('closedAtMs');
  });

beforeAll(async () => {
  stateDir = makeStateDir();
  stack = await startLocalStack({
    stateDir,
    seed: 7,
    timerGrainMs: 1_000,
    timerJitterMs: 500,
    env: { ...LIFE_ENV, LOG_FILE: `${stateDir}/functions.log` },
  });
  aws = createAwsClients(stack.env);
  const { TABLE_NAME: tableName = '', STAGE: stage = '', OPEN_FUNCTION_URL = '' } = stack.env;
  url = OPEN_FUNCTION_URL.replace(/\/$/, '');
  store = createDynamodbPositionStore({ client: aws.dynamodb, tableName, stage, ids: countingIds('test') });
});

afterAll(async () => {
  aws.destroy();
  await stack.stop();
  removeStateDir(stateDir);
});

describe('the API on the local stack, each answer as described', () => {
  it('opens once, exits on request, and shows how it ended', async () => {
    const wanted = request('life');
    const { status, body } = await call('POST', '/open', wanted);
    expect([status, body.outcome]).toEqual([201, 'opened']);
    const { positionId } = body.position;
    // The path of callers from before there were routes, and a request that comes twice.
    expect((await call('POST', '/', wanted)).body).toMatchObject({
      outcome: 'already-requested',
      position: { positionId },
    });

    const open = await call('GET', '/positions?mode=paper&limit=10');
    expect(open.body.positions.map((each: { positionId: string }) => each.positionId)).toEqual([positionId]);
    expect((await call('GET', '/positions?state=holding')).body.positions).toHaveLength(1);
    expect((await call('GET', '/positions?mode=live')).body.positions).toEqual([]);

    const exit = `/positions/${positionId}/exit`;
    expect((await call('POST', exit, { requestId: 'exit-1' })).status).toBe(202);
    expect((await call('POST', exit)).body.outcome).toMatch(/^(requested|already-exiting)$/);
    await untilClosed(positionId);
    expect((await call('POST', exit, { requestId: 'exit-1' })).body.outcome).toBe('already-requested');
    const late = await call('POST', exit, { requestId: 'exit-2' });
    expect([late.status, late.body.error.code]).toEqual([409, 'already-closed']);

    const shown = await call('GET', `/positions/${positionId}`);
    expect(shown.body.position).toMatchObject({ state: 'exited', exitReason: 'manual', forceClosed: false });
    expect(shown.body.attempts.length).toBeGreaterThan(1);
    expect(shown.body.timeline[0].event.type).toBe('opened');
    // However often it was asked for, no share was sold twice.
    const { sharesMicros, soldMicros, remainingMicros } = shown.body.position;
    expect(BigInt(soldMicros) + BigInt(remainingMicros)).toBe(BigInt(sharesMicros));

    const day = await call('GET', `/days/${utcDay(shown.body.position.closedAtMs)}`);
    expect(day.body.totals).toMatchObject([{ mode: 'paper', count: 1, pnlMicros: shown.body.position.pnlMicros }]);
    expect((await call('GET', '/days/2020-01-01?mode=live')).body).toMatchObject({ isOver: true, totals: [] });
    const closed = await call('GET', '/positions?since=1d&limit=1');
    expect(closed.body.positions[0].positionId).toBe(positionId);
  });

  it('guards shares that were bought elsewhere once, and sells them', async () => {
    const guard = { requestId: 'guard', marketSlug: addMarket(), side: 'UP', mode: 'paper', shares: 40, cost: '26.40' };
    const { status, body } = await call('POST', '/guard', guard);
    expect([status, body.outcome, body.halted, body.wakeUpsSet]).toEqual([201, 'guarded', false, true]);
    const { positionId } = body.position;
    expect(body.position).toMatchObject({ state: 'holding', origin: 'guard', remainingMicros: '40000000' });
    expect(body.position).toMatchObject({ sharesMicros: '40000000', entryPrice: '0.660000' });
    const again = await call('POST', '/guard', guard);
    expect([again.status, again.body.position.positionId]).toEqual([200, positionId]);

    const other = await call('POST', '/guard', { ...guard, shares: 41 });
    expect([other.status, other.body.error.code]).toEqual([409, 'request-id-reused']);
    const second = await call('POST', '/guard', { ...guard, requestId: 'guard-2' });
    expect([second.status, second.body.error.code]).toEqual([409, 'market-occupied']);
    expect(second.body.position.positionId).toBe(positionId);
    const nowhere = await call('POST', '/guard', { ...guard, requestId: 'guard-3', marketSlug: 'nowhere' });
    expect([nowhere.status, nowhere.body.error.code]).toEqual([422, 'market-unknown']);
    expect(
      await invoke({ action: 'guard', ...guard, requestId: 'guard-4', mode: 'live', cost: undefined }),
    ).toMatchObject({
      error: { code: 'mode-unavailable', requestId: 'guard-4' },
    });
    expect((await call('POST', '/guard', { ...guard, shares: undefined })).body.error.message).toContain(
      'shares: must',
    );
    expect((await call('POST', '/guard', 'x'.repeat(40_000))).status).toBe(413);

    await untilClosed(positionId);
    const { body: shown } = await call('GET', `/positions/${positionId}`);
    expect(shown.position).toMatchObject({ state: 'exited', exitReason: 'emergency:timeout' });
    expect(BigInt(shown.position.soldMicros) + BigInt(shown.position.remainingMicros)).toBe(40_000_000n);
    expect(shown.position.pnlMicros).not.toBeNull();
  });

  it('sells a part once, however it is repeated, and then the rest', async () => {
    const { body } = await call('POST', '/open', { ...request('part'), stopLoss: '60%', holdAbove: 0.98 });
    const { positionId } = body.position;
    expect(body.position.rules).toMatchObject({ holdAbove: '0.980000', preset: null });
    const exit = `/positions/${positionId}/exit`;
    const part = { requestId: 'part-1', shares: 10 };
    const noId = await call('POST', exit, { shares: 10 });
    expect([noId.status, noId.body.error.message]).toEqual([400, expect.stringContaining('requestId: is required')]);
    const much = await call('POST', exit, { requestId: 'much', shares: 1_000 });
    expect([much.status, much.body.error.code]).toEqual([409, 'more-than-held']);
    expect((await call('POST', exit, part)).status).toBe(202);
    expect((await call('POST', exit, part)).body.outcome).toBe('already-requested');
    expect((await call('POST', exit, { ...part, shares: 11 })).body.error.code).toBe('request-id-reused');
    await eventually(async () => {
      const { position } = (await call('GET', `/positions/${positionId}`)).body;
      expect(position).toMatchObject({ state: 'holding', soldMicros: '10000000' });
    });
    expect([(await call('POST', exit, part)).status]).toEqual([200]);
    const cli = await command('exit', positionId, '--shares', '5.5', '--request-id', 'part-2', '--json');
    expect(cli).toMatchObject({ exitCode: 0, json: { outcome: 'requested', requestId: 'part-2' } });
    expect((await call('POST', exit)).status).toBe(202);
    await untilClosed(positionId);
    const { position } = (await call('GET', `/positions/${positionId}`)).body;
    expect(position).toMatchObject({ state: 'exited', exitReason: 'manual' });
    expect(BigInt(position.soldMicros) + BigInt(position.remainingMicros)).toBe(BigInt(position.sharesMicros));
  });

  it('exits everything by one call, and says what it could not see', async () => {
    const opened = [];
    for (const id of ['all-1', 'all-2', 'all-3']) opened.push((await call('POST', '/open', request(id))).body.position);
    const [first, second, third] = opened.map(({ positionId }) => positionId);
    const one = { requestId: 'all', mode: 'paper', marketSlug: opened[0].marketSlug };
    expect(await call('POST', '/exit', one)).toMatchObject({
      status: 202,
      body: { requestedCount: 1, failedCount: 0, exits: [{ position: { positionId: first } }] },
    });
    expect((await call('POST', '/exit', { ...one, minPrice: 0.5 })).body.error.code).toBe('request-id-reused');
    const broken = { ...toPositionRow(aPosition({ state: 'holding', positionId: 'broken' }), 'c'), wallet: 7 };
    const { TABLE_NAME: TableName = '' } = stack.env;
    await aws.dynamodb.send(new PutCommand({ TableName, Item: broken }));
    try {
      expect(await call('POST', '/exit', { marketSlug: 'elsewhere' })).toMatchObject({
        status: 207,
        body: { requestedCount: 0, unreadable: ['broken'] },
      });
      expect(await call('POST', '/halt', { mode: 'live', flatten: true })).toMatchObject({ status: 207 });
    } finally {
      const Key = { pk: broken.pk, sk: broken.sk };
      await aws.dynamodb.send(new DeleteCommand({ TableName, Key }));
    }
    await call('POST', '/resume', { mode: 'live' });
    const all = await command('exit', '--all', '--mode', 'paper', '--yes', '--json');
    expect(all).toMatchObject({ exitCode: 0, json: { failedCount: 0 } });
    for (const positionId of [first, second, third]) await untilClosed(positionId);
    expect(await store.find(second)).toMatchObject({ state: 'exited', exitReason: 'manual' });
    expect(await store.find(third)).toMatchObject({ state: 'exited', exitReason: 'manual' });
  });

  it('flattens with a halt, and a late copy leaves alone what was opened since', async () => {
    const { positionId } = (await call('POST', '/open', request('flat-1'))).body.position;
    const flatten = { requestId: 'flatten', mode: 'paper', flatten: true };
    expect(await call('POST', '/halt', flatten)).toMatchObject({
      status: 200,
      body: { outcome: 'halted', flatten: { failedCount: 0, exits: [{ position: { positionId } }] } },
    });
    await untilClosed(positionId);
    await call('POST', '/resume', { mode: 'paper' });
    const later = (await call('POST', '/open', request('flat-2'))).body.position;
    expect((await call('POST', '/halt', flatten)).body).toMatchObject({
      outcome: 'already-requested',
      modes: [{ halt: null }],
      flatten: { requestedCount: 0, exits: [] },
    });
    expect(await store.find(later.positionId)).toMatchObject({ state: 'holding' });
    const unsure = await command('halt', '--flatten', '--mode', 'paper', '--json');
    expect(unsure).toMatchObject({ exitCode: 3, json: { halted: true, modes: ['paper'] } });
    const cli = await command('halt', '--flatten', '--mode', 'paper', '--yes', '--json');
    expect(cli).toMatchObject({ exitCode: 0 });
    await untilClosed(later.positionId);
    expect(await store.find(later.positionId)).toMatchObject({ state: 'exited', exitReason: 'manual' });
    await store.setHalt('paper', null);
  });

  it('halts and resumes, and a late copy of a halt changes nothing', async () => {
    const halt = { requestId: 'halt-1', mode: 'paper', reason: 'maintenance' };
    expect((await call('POST', '/halt', halt)).body.outcome).toBe('halted');
    expect((await call('GET', '/status')).body.accounts[0].halt).toMatchObject({ reason: 'maintenance' });
    const refused = await call('POST', '/open', request('halted'));
    expect(refused.body).toMatchObject({ outcome: 'refused', code: 'halted', error: { code: 'halted' } });
    expect((await call('POST', '/resume', { mode: 'paper' })).body.outcome).toBe('resumed');
    expect((await call('POST', '/halt', halt)).body).toEqual({
      outcome: 'already-requested',
      modes: [{ mode: 'paper', halt: null }],
    });
    expect((await call('POST', '/resume', { requestId: 'halt-1' })).status).toBe(409);
    expect((await call('POST', '/halt', { ...halt, mode: 'live' })).body.error.code).toBe('request-id-reused');
    await store.setHalt('paper', { sinceMs: 1, by: 'alice', reason: null });
    expect((await call('POST', '/halt', { by: 'bot' })).body.modes).toMatchObject([
      { mode: 'paper', halt: { by: 'alice' } },
      { mode: 'live', halt: { by: 'API: bot' } },
    ]);
    const resumed = await call('POST', '/resume');
    expect([resumed.status, resumed.body.error.code]).toEqual([409, 'halted-by-operator']);
    await store.setHalt('paper', null);
    expect((await call('POST', '/resume')).body.outcome).toBe('resumed');
  });

  it('refuses what it cannot take, with the status that says why', async () => {
    const statuses = [
      await call('POST', '/open', { usd: 25 }),
      await call('POST', '/open', '{"usd":'),
      await call('GET', '/open'),
      await call('POST', '/open', `{"requestId":"${'x'.repeat(40_000)}"}`),
      await call('GET', '/positions/unknown'),
      await call('GET', '/positions/not%20an%20id'),
      await call('POST', '/positions/unknown/exit'),
      await call('POST', '/positions/unknown/exit', { force: true }),
      await call('POST', '/positions/unknown/exit', 'x'.repeat(40_000)),
      await call('DELETE', '/positions/unknown'),
      await call('GET', '/positions?limit=0'),
      await call('GET', '/positions?state=open&since=1d'),
      await call('GET', '/positions?state=closed&since=2020-01-01'),
      await call('GET', '/days/yesterday'),
      await call('GET', '/status?verbose=1'),
      await call('POST', '/exit', { shares: 1 }),
      await call('POST', '/exit', 'x'.repeat(40_000)),
      await call('POST', '/halt', '[]'),
      await call('POST', '/halt', 'x'.repeat(40_000)),
      await call('POST', '/resume', { mode: 'all' }),
      await call('POST', '/resume', 'x'.repeat(40_000)),
      await call('GET', '/nothing'),
    ].map(({ status }) => status);
    expect(statuses).toEqual([
      400, 400, 405, 413, 404, 400, 404, 400, 413, 405, 400, 400, 400, 400, 400, 400, 413, 400, 413, 400, 413, 404,
    ]);
  });

  it('says when it cannot answer now, and when to ask again', async () => {
    const dark = createHandler({ ...stack.env, AWS_ENDPOINT_URL_DYNAMODB: 'http://127.0.0.1:9' });
    const broken = createHandler({ STAGE: 'local', LOG_FILE: `${stateDir}/functions.log` });
    const paths: readonly (readonly [string, string, object?])[] = [
      ['GET', '/positions'],
      ['GET', '/positions/some'],
      ['GET', '/status'],
      ['GET', '/days/2026-11-30'],
      ['POST', '/positions/some/exit'],
      ['POST', '/exit'],
      ['POST', '/halt'],
      ['POST', '/resume'],
      ['POST', '/open', request('dark')],
      ['POST', '/guard', { requestId: 'dark', marketSlug: 'dark', side: 'UP', mode: 'paper', shares: 1 }],
    ];
    for (const [method, rawPath, body] of paths) {
      const event = { requestContext: { http: { method } }, rawPath, ...(body && { body: JSON.stringify(body) }) };
      for (const [handler, status] of [
        [dark, 503],
        [broken, 500],
      ] as const) {
        const answer = (await handler(event)) as { statusCode: number; headers: Record<string, string>; body: string };
        expect(answer.statusCode).toBe(status);
        expect(answer.headers['retry-after']).toBe(status === 503 ? '2' : undefined);
        expectDescribed(method, rawPath, status, JSON.parse(answer.body));
      }
    }
  });

  it('answers an invoke with the same bodies and the same errors', async () => {
    expect(await invoke({ action: 'list', state: 'closed', limit: 1 })).toMatchObject({ unreadable: [] });
    expect(await invoke({ action: 'exit', positionId: 'unknown', requestId: 'r' })).toEqual({
      error: {
        code: 'PositionNotFoundError',
        message: 'There is no such position',
        retryable: false,
        requestId: 'r',
      },
    });
    expect(await invoke({ action: 'open', usd: 25 })).toMatchObject({
      outcome: 'failed',
      error: { code: 'InvalidInputError', retryable: false },
    });
    expect(await invoke({ action: 'sell' })).toMatchObject({ error: { code: 'NotFound' } });
  });

  it('pages through what ended, newest first, each position once', async () => {
    for (const n of [1, 2, 3]) {
      const opening = anOpening(n);
      await store.create(opening, DEFAULT_RISK_LIMITS);
      await store.save(aChange(opening, aPosition({ state: 'worthless', closedAtMs: Date.now() + n })));
    }
    const listed: string[] = [];
    let token: string | null = '';
    while (token !== null) {
      const page: Answer = await call(
        'GET',
        `/positions?state=worthless&limit=1${token === '' ? '' : `&pageToken=${token}`}`,
      );
      listed.push(...page.body.positions.map(({ positionId }: { positionId: string }) => positionId));
      token = page.body.nextPageToken;
    }
    expect(listed).toEqual(['position-3', 'position-2', 'position-1']);
  });

  it('was asked for every status that a caller of this machine can provoke', () => {
    const possible = Object.values(
      document.paths as Record<string, Record<string, { operationId: string; responses: object }>>,
    )
      .flatMap((item) => Object.values(item))
      .flatMap(({ operationId, responses }) => Object.keys(responses).map((status) => `${operationId} ${status}`))
      // AWS answers 403 and 429 itself; 502 and an opening's 409 need a fault in the middle of a step.
      .filter((each) => !/ (403|429|502)$/.test(each) && each !== 'open 409');
    expect(possible.filter((each) => !seen.has(each))).toEqual([]);
  });
});

/** What AWS's own signer makes of the same call. */
async function signatureOf({ method, path, headers, body }: SeenCall, keys: Record<string, string>): Promise<string> {
  const { host = '', 'x-amz-date': date = '' } = headers;
  const signer = new SignatureV4({
    service: 'lambda',
    region: keys.AWS_REGION ?? '',
    applyChecksum: false,
    sha256: NodeHash,
    credentials: {
      accessKeyId: keys.AWS_ACCESS_KEY_ID ?? '',
      secretAccessKey: keys.AWS_SECRET_ACCESS_KEY ?? '',
      sessionToken: keys.AWS_SESSION_TOKEN ?? '',
    },
  });
  const call = { protocol: 'http:', hostname: host, method, path, query: {}, headers: { host }, body };
  const atIso = String(date).replace(/^(....)(..)(..T..)(..)(..Z)$/, '$1-$2-$3:$4:$5');
  return (await signer.sign(call, { signingDate: new Date(atIso) })).headers.authorization ?? '';
}

class NodeHash {
  private readonly hash: Hash;
  constructor(secret?: SourceData) {
    this.hash = secret === undefined ? createHash('sha256') : createHmac('sha256', toBuffer(secret));
  }
  update(data: SourceData): void {
    this.hash.update(toBuffer(data));
  }
  digest(): Promise<Uint8Array> {
    return Promise.resolve(this.hash.digest());
  }
}
type SourceData = string | ArrayBuffer | ArrayBufferView;
type Hash = { update(data: Buffer): unknown; digest(): Buffer };
const toBuffer = (data: SourceData): Buffer =>
  typeof data === 'string'
    ? Buffer.from(data)
    : Buffer.from(
        ArrayBuffer.isView(data) ? data.buffer.slice(data.byteOffset, data.byteOffset + data.byteLength) : data,
      );

const hasPython = spawnSync('python3', ['--version']).status === 0;

describe.runIf(hasPython)('the bot in Python', () => {
  it.each([
    { action: 'open', terms: {}, ends: /-?\d+/ },
    { action: 'guard', terms: { side: 'UP', mode: 'paper', shares: 40, cost: 22 }, ends: /-?\d+|None/ },
  ])('$action: acts once although the first answer is lost, and reads how its position ended', async (story) => {
    const { action, terms, ends } = story;
    const requestId = `python-${action}`;
    const loser = await startAnswerLoser(url, 1);
    const keys = {
      AWS_REGION: 'eu-west-1',
      AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE',
      AWS_SECRET_ACCESS_KEY: 'wJalrXUtnFEMI',
      AWS_SESSION_TOKEN: 'token',
    };
    const wanted = JSON.stringify({ requestId, marketSlug: addMarket(), ...terms });
    const bot = promisify(execFile)('python3', ['docs/python/bot.py', action, wanted], {
      env: { PATH: process.env.PATH, TMINUS_URL: loser.url, PYTHONDONTWRITEBYTECODE: '1', ...keys },
    });
    let failure: unknown = null;
    bot.catch((error: unknown) => {
      failure = error;
    });
    const positionId = await eventually(async () => {
      const id = failure === null ? await store.findIdByRequest(requestId) : '';
      expect(id).toBeDefined();
      return id ?? '';
    });
    if (failure === null) await untilClosed(positionId);
    const { stdout } = await bot;
    expect(stdout).toMatch(new RegExp(`^${positionId} exited emergency:timeout (${ends.source})\\n$`));
    const posts = loser.seen.filter(({ method }) => method === 'POST');
    // Twice, and again where a busy machine answers that it is not ready.
    expect(posts.length).toBeGreaterThanOrEqual(2);
    expect(new Set(posts.map(({ path, body }) => `${path} ${body}`))).toEqual(
      new Set([`/${action} ${posts[0]?.body}`]),
    );
    for (const each of loser.seen) expect(each.headers.authorization).toBe(await signatureOf(each, keys));
    await loser.stop();
  });
});
