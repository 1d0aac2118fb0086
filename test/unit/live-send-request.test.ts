import { afterEach, describe, expect, it, vi } from 'vitest';
import { sendRequest } from '#lib/adapters/http/send-request.ts';

const failure = (facts: Readonly<Record<string, unknown>>) => Object.assign(new Error('failed'), facts);
const fetchFailed = (cause: unknown) => new TypeError('fetch failed', { cause });
const refused = failure({ code: 'ECONNREFUSED', syscall: 'connect' });
const resetWhileReading = failure({ code: 'ECONNRESET', syscall: 'read' });

async function sendInto(error: unknown) {
  vi.stubGlobal('fetch', async () => Promise.reject(error));
  const request = { method: 'POST', url: 'http://127.0.0.1:1/order', body: '{}', deadlineAtMs: 10_000 } as const;
  return sendRequest({ clock: { nowMs: () => 5_000 } }, request);
}

afterEach(() => vi.unstubAllGlobals());

describe('a request that failed', () => {
  it.each([
    ['the connection was refused', fetchFailed(refused)],
    ['no name server knew the host', fetchFailed(failure({ code: 'ENOTFOUND', syscall: 'getaddrinfo' }))],
    ['no way led to the host', fetchFailed(failure({ code: 'EHOSTUNREACH', syscall: 'connect' }))],
    ['every address refused', fetchFailed(new AggregateError([refused, refused]))],
  ])('was surely not sent when %s', async (_name, error) => {
    expect(await sendInto(error)).toMatchObject({ kind: 'not-sent', isLate: false });
  });

  it.each([
    ['the connection was reset', fetchFailed(resetWhileReading)],
    ['the way was lost while it was written', fetchFailed(failure({ code: 'EHOSTUNREACH', syscall: 'write' }))],
    ['the other side closed', fetchFailed(failure({ code: 'UND_ERR_SOCKET' }))],
    ['only one of two addresses refused', fetchFailed(new AggregateError([refused, resetWhileReading]))],
    ['several things failed and none is named', fetchFailed(new AggregateError([]))],
    ['nobody says why', new TypeError('fetch failed')],
    ['something else was thrown', 'a string'],
  ])('may have arrived when %s', async (_name, error) => {
    expect(await sendInto(error)).toMatchObject({ kind: 'lost' });
  });

  it('was not sent when no time was left for it', async () => {
    vi.stubGlobal('fetch', () => {
      throw new Error('must not be called');
    });
    const outcome = await sendRequest(
      { clock: { nowMs: () => 10_000 } },
      { method: 'GET', url: 'http://127.0.0.1:1/', deadlineAtMs: 10_000 },
    );
    expect(outcome).toEqual({ kind: 'not-sent', isLate: true });
  });
});
