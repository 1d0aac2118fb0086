import { inspect } from 'node:util';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createRpc, type Rpc } from '#lib/adapters/polygon/json-rpc.ts';
import { toRpcEndpoint } from '#lib/adapters/polygon/rpc-endpoint.ts';
import { ConfigError, UnexpectedReplyError, UpstreamUnavailableError } from '#lib/errors/errors.ts';
import { type CannedServer, startCannedServer } from '#test/fixtures/canned-server.ts';

type Message = { readonly id: number; readonly method: string };
const CALLS = [
  { method: 'a', params: [] },
  { method: 'b', params: [1] },
  { method: 'c', params: [] },
];
const soon = () => Date.now() + 5_000;

describe('calls of a node', () => {
  let server: CannedServer;
  let rpc: Rpc;
  beforeAll(async () => {
    server = await startCannedServer();
  });
  beforeEach(() => {
    server.bodies.splice(0);
    rpc = createRpc({ clock: { nowMs: Date.now }, rpcUrl: server.host });
  });
  afterAll(() => server.stop());

  const sent = (): (Message | Message[])[] => server.bodies.map((body) => JSON.parse(body));
  const last = () => sent().at(-1);
  const answerWith = (reply: (message: Message) => object, options: { readonly batches?: boolean } = {}) =>
    server.answer(() => {
      const message = last();
      if (!Array.isArray(message)) return { body: JSON.stringify(message === undefined ? {} : reply(message)) };
      if (options.batches === false)
        return { body: '{"jsonrpc":"2.0","id":null,"error":{"code":-32600,"message":"no"}}' };
      return { body: JSON.stringify(message.map(reply).toReversed()) };
    });
  const named = ({ id, method }: Message) => ({ jsonrpc: '2.0', id, result: `of ${method}` });

  it('share one request and find their answers by id, in whatever order they come', async () => {
    answerWith((message) => (message.method === 'b' ? { id: String(message.id), result: null } : named(message)));
    expect(await rpc.send(CALLS, soon())).toEqual([
      { ok: true, result: 'of a' },
      { ok: true, result: null },
      { ok: true, result: 'of c' },
    ]);
    expect(sent()).toHaveLength(1);
  });

  it('never put more than three into one request', async () => {
    answerWith(named);
    const calls = Array.from({ length: 8 }, (_, index) => ({ method: `m${index}`, params: [] }));
    const outcomes = await rpc.send(calls, soon());
    expect(outcomes).toEqual(calls.map(({ method }) => ({ ok: true, result: `of ${method}` })));
    expect(
      sent()
        .map((message) => (Array.isArray(message) ? message.length : 1))
        .toSorted(),
    ).toEqual([2, 3, 3]);
  });

  it('go one by one to a server that accepts no batches, and no batch is tried again', async () => {
    answerWith(named, { batches: false });
    const expected = CALLS.map(({ method }) => ({ ok: true, result: `of ${method}` }));
    expect(await rpc.send(CALLS, soon())).toEqual(expected);
    expect(sent()).toHaveLength(4);
    expect(await rpc.send(CALLS, soon())).toEqual(expected);
    expect(sent()).toHaveLength(7);
  });

  it.each([
    ['an error of its own', 500, '{"error":"cannot read property method of undefined"}'],
    ['a page', 400, '<html>bad request</html>'],
    ['nothing', 200, ''],
  ])('go one by one to a server that answers a batch with %s', async (_name, status, body) => {
    server.answer(() => {
      const message = last();
      return Array.isArray(message) ? { status, body } : { body: JSON.stringify(named(message!)) };
    });
    const expected = CALLS.map(({ method }) => ({ ok: true, result: `of ${method}` }));
    expect(await rpc.send(CALLS, soon())).toEqual(expected);
    expect(await rpc.send(CALLS, soon())).toEqual(expected);
    expect(sent()).toHaveLength(7);
  });

  it('accept an error that is null beside a result, and never have the id 0', async () => {
    answerWith((message) => ({ ...named(message), error: null }));
    expect((await rpc.send(CALLS, soon())).map(({ ok }) => ok)).toEqual([true, true, true]);
    expect(
      sent()
        .flat()
        .every(({ id }) => id > 0),
    ).toBe(true);
  });

  it('keep the refusal of one apart from the results of the others', async () => {
    answerWith(({ id, method }) =>
      method === 'b' ? { id, error: { code: -32000, message: 'execution reverted' } } : named({ id, method }),
    );
    const [first, second] = await rpc.send(CALLS, soon());
    expect(first).toEqual({ ok: true, result: 'of a' });
    expect(second).toEqual({ ok: false, code: -32000, message: 'execution reverted' });
    await expect(rpc.sendOne({ method: 'b', params: [] }, soon())).rejects.toThrow('The chain refused b');
  });

  it('accept a refusal with an odd code, or without a message', async () => {
    server.answer(() => ({
      body: '[{"id":1,"result":"0x1"},{"id":2,"error":{"code":"-32000","message":"no"}},{"id":3,"error":{"code":3}}]',
    }));
    expect(await rpc.send(CALLS, soon())).toEqual([
      { ok: true, result: '0x1' },
      { ok: false, code: 0, message: 'no' },
      { ok: false, code: 3, message: 'a refusal without a message' },
    ]);
  });

  it('report a call without an answer', async () => {
    server.answer(() => ({ body: '[{"id":1,"result":1},{"id":7,"result":2},{"id":null,"result":3},{"id":3}]' }));
    expect(await rpc.send(CALLS, soon())).toEqual([
      { ok: true, result: 1 },
      { ok: false, code: 0, message: 'no answer to this call' },
      { ok: false, code: 0, message: 'no answer to this call' },
    ]);
  });

  it.each([
    ['a page', 200, '<html>', UnexpectedReplyError],
    ['something else in JSON', 200, '"fine"', UnexpectedReplyError],
    ['a server error', 500, '{}', UpstreamUnavailableError],
    ['a request to wait', 429, '{}', UpstreamUnavailableError],
  ])('map %s to an error', async (_name, status, body, expected) => {
    server.answer(() => ({ status, body }));
    await expect(rpc.send(CALLS, soon())).rejects.toBeInstanceOf(expected);
    await expect(rpc.sendOne(CALLS[0]!, soon())).rejects.toBeInstanceOf(expected);
  });

  it.each([
    ['a 429 with a header', 429, { 'retry-after': '20' }, '{}', 20_000],
    [
      'a 503 with a date',
      503,
      { 'retry-after': 'Wed, 21 Oct 2026 07:28:09 GMT', date: 'Wed, 21 Oct 2026 07:28:00 GMT' },
      '',
      9_000,
    ],
    [
      'a refusal inside a 200',
      200,
      {},
      '{"id":1,"error":{"code":-32005,"message":"rate exceeded","data":{"rate":{"backoff_seconds":12}}}}',
      12_000,
    ],
    ['more than an exit has', 429, { 'retry-after': '3600' }, '{}', 30_000],
  ])('rest as long as the node asks: %s', async (_form, status, headers, body, restMs) => {
    let nowMs = Date.parse('2026-10-21T07:28:00Z');
    const limited = createRpc({ clock: { nowMs: () => nowMs }, rpcUrl: server.host });
    server.answer(() => ({ status, body, headers }));
    const [call] = CALLS;
    await limited.send([call!], nowMs + 5_000).catch(() => undefined);
    const askedCount = sent().length;
    server.answer(() => ({ body: '{"id":0,"result":"0x1"}' }));
    nowMs += restMs - 1;
    await expect(limited.send([call!], nowMs + 5_000)).rejects.toThrow('asked for a pause');
    expect(sent()).toHaveLength(askedCount);
    nowMs += 1;
    expect(await limited.send([call!], nowMs + 5_000)).toEqual([{ ok: true, result: '0x1' }]);
  });

  it('are not made when no time is left', async () => {
    await expect(rpc.send(CALLS, Date.now() - 1)).rejects.toBeInstanceOf(UpstreamUnavailableError);
    expect(sent()).toEqual([]);
  });
});

const KEY = 'k3y0fth3pr0v1d3r';

describe('the address of a node', () => {
  it.each([`https://example.org/v2/${KEY}`, `https://${KEY}.example.org/`, `https://example.org/?apikey=${KEY}`])(
    'never shows its key: %s',
    (rpcUrl) => {
      const { redact } = toRpcEndpoint(rpcUrl);
      expect(redact(`project ${KEY} at ${rpcUrl} is over its limit`)).not.toContain(KEY);
      expect(redact('execution reverted: v2')).toBe('execution reverted: v2');
    },
  );

  it('sends user name and password as a header', () => {
    const endpoint = toRpcEndpoint(`https://user:${KEY}%2B@example.org/rpc`);
    expect(endpoint.url).toBe('https://example.org/rpc');
    expect(endpoint.headers).toEqual({ authorization: `Basic ${btoa(`user:${KEY}+`)}` });
    expect(endpoint.redact(`${KEY}+ and ${KEY}%2B`)).not.toContain(KEY);
  });

  it.each(['', 'example.org', `ftp://${KEY}`, `${KEY}:://`])('is refused without being shown: "%s"', (rpcUrl) => {
    let error: unknown;
    try {
      toRpcEndpoint(rpcUrl);
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toBeInstanceOf(ConfigError);
    expect(inspect(error, { depth: 9 }).split('\n    at ')[0]).not.toContain(KEY);
  });

  it('is in no error, whatever goes wrong and however the server repeats it', async () => {
    const server = await startCannedServer();
    const rpcUrl = `${server.host}/v2/${KEY}`;
    const rpc = createRpc({ clock: { nowMs: Date.now }, rpcUrl });
    const echo = `no project ${KEY} at ${rpcUrl}`;
    const answers = [
      { status: 401, body: echo },
      { status: 503, body: echo },
      { status: 302, body: '', headers: { location: rpcUrl } },
      { body: JSON.stringify({ id: 1, error: { code: 1, message: echo } }) },
      { body: echo },
    ];
    const errors: unknown[] = [];
    for (const answer of answers) {
      server.answer(() => answer);
      await rpc.sendOne({ method: 'a', params: [] }, soon()).catch((error: unknown) => errors.push(error));
      errors.push(await rpc.send(CALLS, soon()).catch((error: unknown) => error));
    }
    await server.stop();
    await rpc.sendOne({ method: 'a', params: [] }, soon()).catch((error: unknown) => errors.push(error));
    expect(errors).toHaveLength(11);
    expect(inspect(errors, { depth: 20 })).not.toContain(KEY);
  });
});
