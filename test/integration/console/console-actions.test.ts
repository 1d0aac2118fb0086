import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { actRoutes } from '#lib/console/act/act-routes.ts';
import { createActions } from '#lib/console/act/create-actions.ts';
import { PREVIEW_MS } from '#lib/console/act/pending-actions.ts';
import { startConsole } from '#lib/console/server/start-console.ts';
import { createMemoryPositionStore } from '#lib/simulation/world/memory-position-store.ts';

const TOKEN = 'token-of-this-run';
const store = createMemoryPositionStore();
const unused = async () => {
  throw new Error('It is not asked in these tests');
};
let nowMs = 1_780_000_000_000;
let refreshCount = 0;
const countRefresh = (): void => {
  refreshCount += 1;
};
let served: Awaited<ReturnType<typeof startConsole>>;

beforeAll(async () => {
  const actions = createActions({
    clock: { nowMs: () => nowMs },
    current: () => ({
      suite: { store, queue: { send: unused, countWaiting: unused }, open: unused, guard: unused },
      about: { place: 'the local stack in .tminus', isLive: false },
      markets: { findMarket: unused, findInSeries: unused, findBook: unused },
    }),
    acting: async (reason) => ({ atMs: nowMs, by: 'alice', reason }),
    isCopy: false,
  });
  served = await startConsole({ port: 0, token: TOKEN, routes: [actRoutes(actions, countRefresh)] });
});

afterAll(() => served.stop());

const JSON_TYPE = { 'content-type': 'application/json' };

async function post(path: string, body: unknown, headers: Record<string, string> = JSON_TYPE) {
  const response = await fetch(new URL(`/api/actions/${path}`, served.url), {
    method: 'POST',
    headers: { authorization: `Bearer ${TOKEN}`, ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
  return {
    status: response.status,
    type: response.headers.get('content-type'),
    json: JSON.parse(await response.text()),
  };
}

const HALT = { kind: 'halt', request: { mode: 'paper', reason: '<img src=x onerror=alert(1)>' } };
const isHalted = async () => (await store.getAccount('paper', nowMs)).halt !== null;

describe('the routes of actions', () => {
  it('answers no other page and no other token, and changes nothing for them', async () => {
    const { json } = await post('preview', HALT);
    const run = { actionId: json.actionId };
    const answers = await Promise.all([
      post('run', run, { ...JSON_TYPE, authorization: 'Bearer of-another-run' }),
      post('run', run, { ...JSON_TYPE, origin: 'https://evil.example' }),
      post('run', run, { ...JSON_TYPE, origin: 'null' }),
      post('preview', HALT, { ...JSON_TYPE, authorization: '' }),
      post('preview', HALT, { ...JSON_TYPE, origin: 'http://127.0.0.1:1' }),
    ]);
    expect(answers.map(({ status }) => status)).toEqual([401, 403, 403, 401, 403]);
    expect(await isHalted()).toBe(false);
  });

  it('takes JSON alone', async () => {
    const plain = await post('preview', JSON.stringify(HALT), { 'content-type': 'text/plain' });
    const form = await post('run', 'actionId=a', { 'content-type': 'application/x-www-form-urlencoded' });
    const broken = await post('run', '{"actionId":');
    expect([plain.status, form.status, broken.status]).toEqual([415, 415, 400]);
  });

  it('names the field that is at fault', async () => {
    const wrong = await post('preview', { kind: 'halt', request: { mode: 'LIVE', reason: 'x'.repeat(201) } });
    expect(wrong.status).toBe(422);
    expect(wrong.json.error).toMatchObject({ code: 'invalid', faults: [{ field: 'mode' }, { field: 'reason' }] });
    for (const body of [[], null, 'halt', { kind: 'halt' }, { ...HALT, more: 1 }]) {
      expect((await post('preview', body === 'halt' ? '"halt"' : body)).status).toBe(422);
    }
    for (const body of [{}, { actionId: '../x' }, { actionId: 'a', request: HALT }]) {
      expect((await post('run', body)).status).toBe(422);
    }
  });

  it('does what was looked at, once, and reads the suite anew', async () => {
    const preview = await post('preview', HALT);
    expect(preview).toMatchObject({ status: 200, type: expect.stringContaining('application/json') });
    // As text: the page writes it as text, too.
    expect(preview.json.facts).toContainEqual({ name: 'Reason', text: HALT.request.reason });
    const run = { actionId: preview.json.actionId };
    const before = refreshCount;
    const first = await post('run', run);
    expect(first).toMatchObject({ status: 200, json: { outcome: 'done' } });
    expect(refreshCount).toBe(before + 1);
    await store.setHalt('paper', null);
    expect((await post('run', run)).json).toEqual(first.json);
    expect(await isHalted()).toBe(false);
  });

  it('does nothing by an old preview or an unknown one', async () => {
    const { json } = await post('preview', HALT);
    nowMs += PREVIEW_MS + 1;
    const old = await post('run', { actionId: json.actionId });
    const unknown = await post('run', { actionId: 'of-another-run' });
    expect([old.status, old.json.error.code]).toEqual([410, 'expired']);
    expect([unknown.status, unknown.json.error.code]).toEqual([404, 'unknown-action']);
    expect(await isHalted()).toBe(false);
  });

  it('says in words why there is nothing to do', async () => {
    const resume = await post('preview', { kind: 'resume', request: {} });
    expect([resume.status, resume.json.error]).toEqual([
      409,
      { code: 'refused', message: 'Openings are not halted (paper and live).' },
    ]);
  });
});
