import { request as httpRequest, type IncomingHttpHeaders } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { historyRoutes } from '#lib/console/history/history-routes.ts';
import { createNowFeed } from '#lib/console/now/now-feed.ts';
import type { NowMessage } from '#lib/console/now/now-message.ts';
import { nowRoutes } from '#lib/console/now/now-routes.ts';
import { applyMessage, EMPTY_MODEL } from '#lib/console/page/now-model.ts';
import { positionRoutes } from '#lib/console/position/position-routes.ts';
import { startConsole } from '#lib/console/server/start-console.ts';
import { DEFAULT_RISK_LIMITS } from '#lib/domain/position/risk-limits.ts';
import { CorruptRowError, UpstreamUnavailableError } from '#lib/errors/errors.ts';
import { createMemoryPositionStore } from '#lib/simulation/world/memory-position-store.ts';
import { aChange, anOpening } from '#test/contract/position-store.contract.ts';
import { aPosition } from '#test/factories/a-position.ts';
import { createConsoleSuite } from '#test/fakes/console-suite.ts';

const TOKEN = 'token-of-this-run';
const clock = { nowMs: () => Date.now() };
const suite = createConsoleSuite();
/** What `connect` finds after a failure: nothing until the test names one. */
let found: typeof suite | null = null;

const feed = createNowFeed(
  {
    clock,
    sleep: async (_ms, signal) => void (await pause(20, undefined, { signal }).catch(() => undefined)),
    connect: async () => {
      if (found === null) throw new Error('No stack runs');
      return found.connection;
    },
    explain: () => 'No local stack runs in .tminus.',
  },
  suite.connection,
);
const store = createMemoryPositionStore();
const unavailable = () => Promise.reject(new UpstreamUnavailableError('The server of the candles is not available'));
const venue = { findWinner: async () => null, listUnderlying: unavailable, listToken: async () => [] };
let served: Awaited<ReturnType<typeof startConsole>>;

beforeAll(async () => {
  const position = aPosition({ state: 'holding', marketEndsAtMs: Date.now() + 600_000, openedAtMs: Date.now() });
  suite.rows.set('a', { ...position, positionId: 'a', asset: null, marketSlug: '<script>alert(1)</script>\u202egnp' });
  served = await startConsole({
    port: 0,
    token: TOKEN,
    routes: [
      nowRoutes(feed, clock),
      positionRoutes(() => ({ store, results: venue, prices: venue }), clock),
      historyRoutes(() => store, clock),
      (app) => {
        app.get('/api/corrupt', () => Promise.reject(new CorruptRowError('The row does not match its schema')));
        app.get('/api/broken', () => Promise.reject(new Error('a key: abc')));
        app.post('/api/act', async ({ body }) => ({ body }));
      },
    ],
  });
});

afterAll(async () => {
  await served.stop();
  await feed.stop();
});

type Answer = { readonly status: number; readonly headers: IncomingHttpHeaders; readonly body: string };

/** By Node's own client: `fetch` sets the headers that are to be forged. */
function ask(path: string, headers: Record<string, string> = {}, body?: string, method?: string): Promise<Answer> {
  const { hostname, port } = new URL(served.url);
  return new Promise((resolve, reject) => {
    // The path as it is written, which `new URL` would tidy up.
    const asked = httpRequest(
      {
        ...{ hostname, port, path },
        method: method ?? (body === undefined ? 'GET' : 'POST'),
        headers: { authorization: `Bearer ${TOKEN}`, ...headers },
      },
      (response) => {
        let text = '';
        response.on('data', (chunk) => {
          text += chunk;
        });
        response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body: text }));
      },
    );
    asked.on('error', reject);
    asked.end(body);
  });
}

const codeOf = ({ body }: Answer): unknown => JSON.parse(body).error.code;

/** The lines of the stream until `isEnough`. */
async function readLines(isEnough: (lines: readonly NowMessage[]) => boolean): Promise<readonly NowMessage[]> {
  const controller = new AbortController();
  const headers = { authorization: `Bearer ${TOKEN}` };
  const response = await fetch(new URL('/api/now', served.url), { headers, signal: controller.signal });
  const lines: NowMessage[] = [];
  let rest = '';
  for await (const chunk of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
    const parts = `${rest}${chunk}`.split('\n');
    rest = parts.pop() ?? '';
    lines.push(...parts.map((part) => JSON.parse(part)));
    if (isEnough(lines)) break;
  }
  controller.abort();
  return lines;
}

const linkOf = (lines: readonly NowMessage[]) => lines.findLast(({ sections }) => sections.link)?.sections.link;

describe('the server of the console', () => {
  it('listens on this machine alone', () => {
    expect(served.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
  });

  it('serves the page without the token, and lets it load and run nothing from elsewhere', async () => {
    const { status, headers, body } = await ask('/', { authorization: '' });
    expect(status).toBe(200);
    expect(body).toContain('<title>T-minus</title>');
    expect(body).not.toContain(TOKEN);
    expect(headers['content-security-policy']).toMatch(/^default-src 'none'; script-src 'self'; style-src 'self';/);
    expect(headers).toMatchObject({
      'cache-control': 'no-store',
      'referrer-policy': 'no-referrer',
      'x-content-type-options': 'nosniff',
      'cross-origin-resource-policy': 'same-origin',
    });
    expect(headers['set-cookie']).toBeUndefined();
    expect(headers['access-control-allow-origin']).toBeUndefined();
  });

  it('serves modules that a browser can load', async () => {
    const { headers, body } = await ask('/lib/console/page/main.ts');
    expect(headers['content-type']).toBe('text/javascript; charset=utf-8');
    expect(body).toContain("from '/vendor/preact.js'");
  });

  it.each(['/package.json', '/lib/console/page/../../../package.json', '/lib/cli/main.ts', '/%2e%2e/package.json'])(
    'has nothing at %s',
    async (path) => {
      const answer = await ask(path);
      expect(answer.status).toBe(404);
      expect(codeOf(answer)).toBe('not-found');
    },
  );

  it('refuses another token, another name, another page and a cross-site request, each with its reason', async () => {
    const own = new URL(served.url);
    const answers = await Promise.all([
      ask('/api/now', { authorization: 'Bearer of-another-run' }),
      ask('/api/now', { host: `evil.example:${own.port}` }),
      ask('/api/now', { origin: 'https://evil.example' }),
      ask('/api/now', { 'sec-fetch-site': 'cross-site' }),
      ask('/', { host: `evil.example:${own.port}` }),
      ask('/', { 'sec-fetch-site': 'same-site' }),
      ask('/api/act', { origin: 'null', 'content-type': 'text/plain' }, '{}'),
      ask('/api/act', { authorization: '', 'content-type': 'application/json' }, '{}'),
      ask(
        '/api/act',
        { origin: 'https://evil.example', 'access-control-request-method': 'POST' },
        undefined,
        'OPTIONS',
      ),
    ]);
    expect(answers.map((answer) => `${answer.status} ${String(codeOf(answer))}`)).toEqual([
      '401 wrong-token',
      '403 foreign-host',
      '403 foreign-origin',
      '403 cross-site',
      '403 foreign-host',
      '403 cross-site',
      '403 foreign-origin',
      '401 wrong-token',
      '403 foreign-origin',
    ]);
    for (const { headers } of answers) expect(headers['content-security-policy']).toContain("default-src 'none'");
  });

  // The router decodes a path, and takes a whole address for its path.
  it.each(['/%61pi/corrupt', '/ap%69/corrupt', 'http://127.0.0.1/api/corrupt', 'https://evil.example/api/corrupt'])(
    'asks for the token however the path is written: %s',
    async (path) => {
      const answer = await ask(path, { authorization: '' });
      expect([answer.status, codeOf(answer)]).toEqual([401, 'wrong-token']);
    },
  );

  it('takes JSON alone, and no more than an action needs', async () => {
    const json = { 'content-type': 'application/json' };
    expect(JSON.parse((await ask('/api/act', json, '{"a":1}')).body)).toEqual({ body: { a: 1 } });
    expect((await ask('/api/act', json, '{"a":')).status).toBe(400);
    expect((await ask('/api/act', json, JSON.stringify('x'.repeat(20_000)))).status).toBe(413);
    expect((await ask('/api/act', { 'content-type': 'application/x-www-form-urlencoded' }, 'a=1')).status).toBe(415);
  });

  it('answers the errors of the suite with their words, and no others', async () => {
    const corrupt = await ask('/api/corrupt');
    expect([corrupt.status, JSON.parse(corrupt.body).error.message]).toEqual([
      502,
      'The row does not match its schema',
    ]);
    const broken = await ask('/api/broken');
    expect([broken.status, codeOf(broken)]).toEqual([500, 'internal']);
    expect(broken.body).not.toContain('abc');
  });

  it('streams what is open, and goes on through an absence of the suite', async () => {
    const first = await readLines((lines) => lines.some(({ rows }) => rows.length > 0));
    expect(first[0]).toMatchObject({ isWhole: true, sections: { about: { stage: 'local', isLive: false } } });
    const [row] = first.flatMap(({ rows }) => rows);
    expect(row?.what).toContain('<script>');
    // As text, and without the sign that turns it around.
    expect(row?.marketSlug).toBe('<script>alert(1)</script> gnp');

    suite.failure = 'ECONNREFUSED';
    const lost = await readLines((lines) => linkOf(lines)?.state === 'lost' && lines.length > 2);
    expect(linkOf(lost)).toMatchObject({ state: 'lost', reason: 'No local stack runs in .tminus.' });
    // What was read before is still shown.
    expect(lost.flatMap(({ rows }) => rows)).not.toEqual([]);

    found = createConsoleSuite();
    const again = await readLines((lines) => linkOf(lines)?.state === 'ok');
    expect(again.reduce(applyMessage, EMPTY_MODEL).order).toEqual([]);
  });
});

describe('the pages of one position and of the history', () => {
  beforeAll(async () => {
    const opening = anOpening(1);
    await store.create(opening, DEFAULT_RISK_LIMITS);
    const ended = aPosition({ state: 'exited', closedAtMs: Date.now() - 1_000 });
    await store.save(aChange(opening, ended));
  });

  it('answer with a life, and say what is missing of its prices', async () => {
    const { status, body } = await ask('/api/positions/position-1');
    expect(status).toBe(200);
    expect(JSON.parse(body)).toMatchObject({ positionId: 'position-1', isOpen: false });
    expect(JSON.parse(body).chart.notes).toEqual(['The server of the candles is not available.']);
  });

  it('know no other position', async () => {
    const answer = await ask('/api/positions/%3Cimg%20src%3Dx%3E');
    expect([answer.status, codeOf(answer)]).toEqual([404, 'unknown-position']);
    expect(answer.headers['content-type']).toContain('application/json');
    expect((await ask('/api/positions/%E2%80%AEx')).body).toContain('There is no position  x.');
  });

  it('answer with a history, as JSON and as CSV', async () => {
    const { body } = await ask('/api/history?since=7d');
    expect(JSON.parse(body).modes).toMatchObject([{ mode: 'paper', positionCount: 1 }]);
    const csv = await ask('/api/history.csv?since=7d');
    expect(csv.headers['content-type']).toContain('text/csv');
    expect(csv.body).toContain('paper,total,,1,');
    expect(JSON.parse((await ask('/api/history.json?since=7d')).body).modes[0].ended.count).toBe(1);
  });

  it.each(['', '?since=soon', '?since=7d&wallet=0x1', '?since=7d&mode=both', '?since=2999-01-01'])(
    'refuse a history with the query "%s" in words',
    async (query) => {
      const answer = await ask(`/api/history${query}`);
      expect([answer.status, codeOf(answer)]).toEqual([400, 'invalid-input']);
    },
  );

  it.each(['/api/positions/position-1', '/api/history?since=7d', '/api/history.csv?since=7d'])(
    'keep %s from a caller without the token',
    async (path) => {
      expect((await ask(path, { authorization: 'Bearer other' })).status).toBe(401);
    },
  );
});
