import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { sendRequest } from '#lib/adapters/http/send-request.ts';
import { systemClock as clock } from '#lib/adapters/system/system-clock.ts';
import { inInvocation } from '#lib/runtime/invocation.ts';
import type { LogFields } from '#lib/runtime/log.ts';
import { logFields } from '#lib/runtime/log-context.ts';

type Line = LogFields & { readonly message: string };

let server: Server | undefined;
afterEach(() => server?.close());

async function serve(answer: RequestListener): Promise<string> {
  server = createServer(answer);
  await new Promise<void>((ready) => server?.listen(0, '127.0.0.1', ready));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function listen() {
  const lines: Line[] = [];
  const add = (message: string, facts: LogFields = {}) => lines.push({ message, ...facts, ...logFields() });
  return { lines, log: { info: add, warn: add, error: add } };
}

describe('the calls of an invocation', () => {
  it('are summed up in one line, with the request id, by the name of the host', async () => {
    const { lines, log } = listen();
    const host = await serve((_request, response) => response.end('{}'));
    const get = (path: string) =>
      sendRequest({ clock }, { method: 'GET', url: host + path, deadlineAtMs: clock.nowMs() + 5_000 });
    const handler = inInvocation({ log, env: { CLOB_HOST: host } }, async () => {
      await Promise.all([get('/book?token_id=1'), get('/book?token_id=2')]);
    });
    await handler(undefined, { awsRequestId: 'r1' });
    expect(lines).toEqual([
      {
        message: 'Calls of this invocation',
        awsRequestId: 'r1',
        callCount: 2,
        failedCount: 0,
        sumMs: expect.any(Number),
        slowestMs: expect.any(Number),
        slowestHost: 'clob',
        slowestPath: 'GET /book',
      },
    ]);
  });

  it('that fail have a line of their own, which shows no key of a node and no id of a route', async () => {
    const { lines, log } = listen();
    const host = await serve((request, response) => {
      if (request.url?.startsWith('/v2') === true) request.destroy();
      else response.writeHead(503).end();
    });
    const env = { POLYGON_RPC_URL: `${host}/v2/hush`, DATA_HOST: host };
    const post = (url: string) =>
      sendRequest({ clock }, { method: 'POST', url, body: '{}', deadlineAtMs: clock.nowMs() + 5_000 });
    const handler = inInvocation({ log, env }, async () => {
      await post(env.POLYGON_RPC_URL);
      await post(`${host}/positions/0xhush?user=hush`);
    });
    await handler(undefined, {});
    expect(lines).toMatchObject([
      { message: 'A call was slow or failed', host: 'polygon', path: 'POST', status: null, isFailed: true },
      { message: 'A call was slow or failed', host: 'data-api', path: 'POST /positions', status: 503, isFailed: true },
      { message: 'Calls of this invocation', callCount: 2, failedCount: 2 },
    ]);
    expect(JSON.stringify(lines)).not.toContain('hush');
  });

  it('to other hosts, and of other invocations, are not counted', async () => {
    const { lines, log } = listen();
    const host = await serve((_request, response) => response.end('{}'));
    const get = () => sendRequest({ clock }, { method: 'GET', url: host, deadlineAtMs: clock.nowMs() + 5_000 });
    const quiet = inInvocation({ log, env: { CLOB_HOST: host } }, async () => undefined);
    const elsewhere = inInvocation({ log, env: { CLOB_HOST: 'https://clob.example' } }, get);
    await Promise.all([quiet(undefined, {}), elsewhere(undefined, {}), get()]);
    expect(lines).toEqual([]);
  });
});
