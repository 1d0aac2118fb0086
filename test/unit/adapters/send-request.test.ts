import { createServer, type RequestListener, type Server } from 'node:http';
import { type AddressInfo, createServer as createSocketServer } from 'node:net';
import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from 'node:zlib';
import { afterEach, describe, expect, it } from 'vitest';
import { isConnectFailure, sendRequest } from '#lib/adapters/http/send-request.ts';

const failure = (facts: Readonly<Record<string, unknown>>) => Object.assign(new Error('failed'), facts);
const wrapped = (cause: unknown) => new Error('request failed', { cause });
const refused = failure({ code: 'ECONNREFUSED', syscall: 'connect' });
const resetWhileReading = failure({ code: 'ECONNRESET', syscall: 'read' });

const clock = { nowMs: () => 5_000 };
const servers: Server[] = [];

async function startServer(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/book`;
}

afterEach(() => {
  for (const server of servers.splice(0)) {
    server.close();
    server.closeAllConnections();
  }
});

describe('a request that failed', () => {
  it.each([
    ['the connection was refused', refused],
    ['no name server knew the host', failure({ code: 'ENOTFOUND', syscall: 'getaddrinfo' })],
    ['no route led to the host', failure({ code: 'EHOSTUNREACH', syscall: 'connect' })],
    ['every address refused', new AggregateError([refused, refused])],
    ['such a failure was wrapped', wrapped(refused)],
  ])('was surely not sent when %s', (_name, error) => {
    expect(isConnectFailure(error)).toBe(true);
  });

  it.each([
    ['the connection was reset', resetWhileReading],
    ['the route was lost during the write', failure({ code: 'EHOSTUNREACH', syscall: 'write' })],
    ['the other side closed', failure({ code: 'ECONNRESET' })],
    ['only one of two addresses refused', new AggregateError([refused, resetWhileReading])],
    ['several things failed and none is named', new AggregateError([])],
    ['no reason is known', new TypeError('failed')],
    ['something else was thrown', 'a string'],
  ])('may have arrived when %s', (_name, error) => {
    expect(isConnectFailure(error)).toBe(false);
  });

  it('was not sent when no time was left for it', async () => {
    const url = await startServer(() => {
      throw new Error('must not be called');
    });
    const outcome = await sendRequest({ clock }, { method: 'GET', url, deadlineAtMs: 5_000 });
    expect(outcome).toEqual({ kind: 'not-sent', isLate: true });
  });

  it('is lost when the other side switches protocols, and ends at its deadline', async () => {
    const server = createSocketServer((socket) => {
      socket.on('error', () => {});
      socket.once('data', () =>
        socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n'),
      );
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/order`;
    const outcome = await sendRequest({ clock }, { method: 'POST', url, body: '{}', deadlineAtMs: 5_150 });
    server.close();
    expect(outcome).toMatchObject({ kind: 'lost' });
  });

  it.each(['HTTPS://', 'https://', 'HTTP://'])(
    'was not sent to an address that begins with %s where no server listens',
    async (start) => {
      const url = await startServer(() => {});
      servers.splice(0)[0]?.close();
      const request = { method: 'POST', url: url.replace('http://', start), body: '{}', deadlineAtMs: 10_000 } as const;
      expect(await sendRequest({ clock }, request)).toMatchObject({ kind: 'not-sent', isLate: false });
    },
  );

  it('was not sent when no server listens', async () => {
    const url = await startServer(() => {});
    servers.splice(0)[0]?.close();
    const outcome = await sendRequest({ clock }, { method: 'POST', url, body: '{}', deadlineAtMs: 10_000 });
    expect(outcome).toMatchObject({ kind: 'not-sent', isLate: false });
  });

  it.each([
    ['before it answers', (() => {}) as RequestListener],
    ['in the middle of its answer', ((_, answer) => answer.write('{"half":')) as RequestListener],
  ])('is lost and late when the server is silent %s', async (_name, listener) => {
    const url = await startServer(listener);
    const outcome = await sendRequest({ clock }, { method: 'POST', url, body: '{}', deadlineAtMs: 5_100 });
    expect(outcome).toMatchObject({ kind: 'lost', isLate: true });
  });

  it.each([
    ['before it answers', ((_, answer) => answer.destroy()) as RequestListener],
    [
      'in the middle of its answer',
      ((_, answer) => {
        answer.setHeader('content-length', '100');
        answer.write('{"half":', () => answer.destroy());
      }) as RequestListener,
    ],
  ])('is lost when the server breaks off %s', async (_name, listener) => {
    const url = await startServer(listener);
    const outcome = await sendRequest({ clock }, { method: 'POST', url, body: '{}', deadlineAtMs: 10_000 });
    expect(outcome).toMatchObject({ kind: 'lost', isLate: false });
  });

  it.each(['a header', 'an address'])('does not throw for %s that cannot be sent', async (what) => {
    const url = what === 'an address' ? 'no address' : await startServer(() => {});
    const headers = { 'x-text': 'two\nlines' };
    const outcome = await sendRequest({ clock }, { method: 'GET', url, headers, deadlineAtMs: 10_000 });
    expect(outcome.kind).not.toBe('answered');
  });
});

describe('a request that was answered', () => {
  it('carries method, body, length and user agent, and returns status, header and text', async () => {
    const url = await startServer((request, answer) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const { method, headers } = request;
        const body = Buffer.concat(chunks).toString();
        answer.writeHead(429, { 'retry-after': '3' });
        answer.end(JSON.stringify({ method, body, length: headers['content-length'], agent: headers['user-agent'] }));
      });
    });
    const outcome = await sendRequest({ clock }, { method: 'DELETE', url, body: '{"ö":1}', deadlineAtMs: 10_000 });
    if (outcome.kind !== 'answered') throw new Error('not answered');
    expect(outcome.status).toBe(429);
    expect(outcome.headers.get('retry-after')).toBe('3');
    expect(outcome.headers.get('x-other')).toBeNull();
    expect(JSON.parse(outcome.text ?? '')).toEqual({
      method: 'DELETE',
      body: '{"ö":1}',
      length: '8',
      agent: 'tminus',
    });
  });

  it('has no text when the text is larger than the limit', async () => {
    const url = await startServer((_, answer) => answer.end('x'.repeat(1_001)));
    const ask = (bytesMax: number) => sendRequest({ clock }, { method: 'GET', url, bytesMax, deadlineAtMs: 10_000 });
    expect(await ask(1_000)).toMatchObject({ kind: 'answered', status: 200, text: null });
    expect(await ask(1_001)).toMatchObject({ text: 'x'.repeat(1_001) });
  });

  it.each<readonly [string, (bytes: Buffer) => Buffer]>([
    ['gzip', (bytes) => gzipSync(bytes)],
    ['GZIP', (bytes) => gzipSync(bytes)],
    ['deflate', (bytes) => deflateSync(bytes)],
    ['deflate', (bytes) => deflateRawSync(bytes)],
    ['br', (bytes) => brotliCompressSync(bytes)],
    ['identity', (bytes) => bytes],
  ])('is decompressed where the server compressed it unasked, in any number of chunks: %s', async (encoding, pack) => {
    const url = await startServer((_, answer) => {
      const packed = pack(Buffer.from('{"ö":1}'));
      answer.writeHead(200, { 'content-encoding': encoding });
      answer.write(packed.subarray(0, 3), () => answer.end(packed.subarray(3)));
    });
    const outcome = await sendRequest({ clock }, { method: 'GET', url, deadlineAtMs: 10_000 });
    expect(outcome).toMatchObject({ kind: 'answered', text: '{"ö":1}' });
  });

  it('has no text when the decompressed text is larger than the limit', async () => {
    const url = await startServer((_, answer) => {
      answer.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync('x'.repeat(100_000)));
    });
    const ask = (bytesMax: number) => sendRequest({ clock }, { method: 'GET', url, bytesMax, deadlineAtMs: 10_000 });
    expect(await ask(99_999)).toMatchObject({ kind: 'answered', status: 200, text: null });
    expect(await ask(100_000)).toMatchObject({ text: 'x'.repeat(100_000) });
  });

  it('is lost when it is not compressed as its header says', async () => {
    const url = await startServer((_, answer) => answer.writeHead(200, { 'content-encoding': 'gzip' }).end('{}'));
    const outcome = await sendRequest({ clock }, { method: 'POST', url, body: '{}', deadlineAtMs: 10_000 });
    expect(outcome).toMatchObject({ kind: 'lost', isLate: false });
  });

  it('does not follow a redirect', async () => {
    const url = await startServer((_, answer) => answer.writeHead(302, { location: 'http://127.0.0.1:1/' }).end());
    expect(await sendRequest({ clock }, { method: 'GET', url, deadlineAtMs: 10_000 })).toMatchObject({ status: 302 });
  });

  it('shares its connection with the next one', async () => {
    const ports: unknown[] = [];
    const url = await startServer((request, answer) => {
      ports.push(request.socket.remotePort);
      answer.end('{}');
    });
    for (let count = 0; count < 3; count += 1) {
      await sendRequest({ clock }, { method: 'GET', url, deadlineAtMs: 10_000 });
    }
    expect(new Set(ports).size).toBe(1);
  });
});
