import { describe, expect, it } from 'vitest';
import { apiHaltBy } from '#lib/contracts/api/api-halt.ts';
import { findCall } from '#lib/contracts/api/find-call.ts';
import { toFailedReply } from '#lib/contracts/api/reply.ts';
import { HaltRequestSchema, ListRequestSchema, sinceMs } from '#lib/contracts/api/requests.ts';
import { findRoute } from '#lib/contracts/api/routes.ts';
import { parseInput } from '#lib/contracts/parse-input.ts';
import { InvalidInputError, RateLimitedError, StoreUnavailableError } from '#lib/errors/errors.ts';

const event = (method: string, rawPath: string, more: object = {}) => ({
  requestContext: { http: { method } },
  rawPath,
  ...more,
});
const inputOf = (given: object): unknown => {
  const { call } = findCall(given);
  if ('statusCode' in call) throw new Error(call.message);
  return call.readInput();
};

describe('a route', () => {
  it.each([
    ['POST', '/', 'open', {}],
    ['POST', '/open', 'open', {}],
    ['POST', '/open/', 'open', {}],
    ['POST', '/guard', 'guard', {}],
    ['GET', '/positions', 'list', {}],
    ['GET', '/positions/p1', 'show', { positionId: 'p1' }],
    ['GET', '/positions/a%23b', 'show', { positionId: 'a#b' }],
    ['POST', '/positions/p1/exit', 'exit', { positionId: 'p1' }],
    ['GET', '/days/2026-11-30', 'day', { day: '2026-11-30' }],
    ['GET', '/status', 'status', {}],
    ['POST', '/halt', 'halt', {}],
    ['POST', '/resume', 'resume', {}],
  ])('%s %s is %s', (method, path, action, params) => {
    expect(findRoute(method, path)).toEqual({ found: 'action', action, params });
  });

  it('is unknown, or known for other methods', () => {
    expect(findRoute('GET', '/nothing')).toEqual({ found: 'nothing' });
    expect(findRoute('GET', '/positions/p1/exit/now')).toEqual({ found: 'nothing' });
    expect(findRoute('GET', '/')).toEqual({ found: 'other-methods', allow: ['POST'] });
    expect(findRoute('DELETE', '/positions/p1')).toEqual({ found: 'other-methods', allow: ['GET'] });
    // An id that is not valid percent-encoding is refused as an id, not with a failure.
    expect(findRoute('GET', '/positions/%E0%A4%A')).toMatchObject({ params: { positionId: '%E0%A4%A' } });
  });
});

describe('a call', () => {
  it('is made of path, query and body, each field once', () => {
    expect(inputOf(event('POST', '/positions/p1/exit', { body: '{"requestId":"r"}' }))).toEqual({
      positionId: 'p1',
      requestId: 'r',
    });
    expect(inputOf(event('POST', '/positions/p1/exit'))).toEqual({ positionId: 'p1' });
    expect(inputOf(event('GET', '/positions', { rawQueryString: 'mode=live&limit=5' }))).toEqual({
      mode: 'live',
      limit: '5',
    });
    const twice = [
      event('POST', '/positions/p1/exit', { body: '{"positionId":"p2"}' }),
      event('GET', '/positions', { rawQueryString: 'mode=live&mode=paper' }),
    ];
    for (const each of twice) expect(() => inputOf(each)).toThrow(InvalidInputError);
  });

  it.each([
    '{"mode":"paper","mode":"live"}',
    '{"mode":"paper","\\u006dode":"live"}',
    '{"reason":"\\"mode\\":","mode":"paper","mode" : "live"}',
  ])('with a field twice in its body is refused: %s', (body) => {
    for (const path of ['/open', '/halt'])
      expect(() => inputOf(event('POST', path, { body }))).toThrow('a field twice');
  });

  it('may have names in its texts, and is left to its schema where it is not flat', () => {
    const body = '{"reason":"a \\"mode\\": of {","by":"{\\"x\\":1}"}';
    expect(inputOf(event('POST', '/halt', { body }))).toEqual(JSON.parse(body));
    expect(inputOf(event('POST', '/halt', { body: '{"mode":{"a":1}}' }))).toEqual({ mode: { a: 1 } });
    for (const deep of ['['.repeat(15_000) + ']'.repeat(15_000), `{"mode":${'['.repeat(9_000)}${']'.repeat(9_000)}}`]) {
      const input = inputOf(event('POST', '/halt', { body: deep }));
      expect(() => parseInput(HaltRequestSchema, input, 'halt request')).toThrow(InvalidInputError);
    }
  });

  it('cannot hide fields behind the schema', () => {
    const hidden = [
      event('POST', '/halt', { body: '{"__proto__":{"mode":"paper"}}' }),
      event('POST', '/halt', { rawQueryString: '__proto__=1' }),
      event('POST', '/open', { body: '{}', rawQueryString: 'dryRun=true' }),
    ];
    for (const each of hidden) {
      expect(() => parseInput(HaltRequestSchema, inputOf(each), 'request')).toThrow(/unknown field/);
    }
  });

  it('by invoke names its action, or is the body of an open request', () => {
    expect(findCall({ action: 'exit', positionId: 'p1' })).toMatchObject({ via: 'action', call: { action: 'exit' } });
    expect(inputOf({ action: 'exit', positionId: 'p1' })).toEqual({ positionId: 'p1' });
    expect(findCall({ asset: 'BTC' })).toMatchObject({ via: 'payload', call: { action: 'open' } });
    expect(findCall({ action: 'sell' })).toMatchObject({ via: 'action', call: { statusCode: 404, code: 'NotFound' } });
  });

  it('knows who signed it', () => {
    const userArn = 'arn:aws:sts::000000000000:assumed-role/bot/session';
    const signed = { requestContext: { http: { method: 'POST' }, authorizer: { iam: { userArn } } }, rawPath: '/halt' };
    expect(findCall(signed).call).toMatchObject({ caller: userArn });
    expect(findCall(event('POST', '/halt')).call).toMatchObject({ caller: null });
  });

  it('with a body beyond every request is refused before it is read', () => {
    const long = event('POST', '/halt', { body: 'x'.repeat(40_000) });
    expect(findCall(long).call).toMatchObject({ statusCode: 413, code: 'PayloadTooLarge' });
  });
});

describe('a failure', () => {
  it('says whether and when to repeat', () => {
    const busy = toFailedReply('list', new RateLimitedError('Wait', 4_200), { requestId: 'r' });
    expect(busy).toEqual({
      statusCode: 503,
      headers: { 'retry-after': '5' },
      answer: { error: { code: 'RateLimitedError', message: 'Wait', retryable: true, requestId: 'r' } },
    });
    expect(toFailedReply('list', new StoreUnavailableError('No answer'), {}).headers).toEqual({ 'retry-after': '2' });
    const wrong = toFailedReply('list', new InvalidInputError('limit: must be'), 'nonsense');
    expect([wrong.statusCode, wrong.headers]).toEqual([400, {}]);
    expect(wrong.answer).toEqual({ error: { code: 'InvalidInputError', message: 'limit: must be', retryable: false } });
  });
});

describe('a list request', () => {
  const NOW_MS = Date.UTC(2026, 10, 30, 12);
  const since = (text: string | number) => {
    const request = parseInput(ListRequestSchema, { since: text }, 'list request');
    return request.since === undefined ? null : new Date(sinceMs(request.since, NOW_MS)).toISOString();
  };

  it('begins at a day, a time or a span ago', () => {
    expect(since('2026-11-28')).toBe('2026-11-28T00:00:00.000Z');
    expect(since('2026-11-28T10:00:00+02:00')).toBe('2026-11-28T08:00:00.000Z');
    expect(since('36h')).toBe('2026-11-29T00:00:00.000Z');
    expect(since('7d')).toBe('2026-11-23T12:00:00.000Z');
  });

  it.each([
    ['since', { since: 'yesterday' }, /since: must be a day such as/],
    ['since', { since: '2026-02-31' }, /since: must be a day such as/],
    ['limit', { limit: '0' }, /limit: must be a whole number from 1 to 100/],
    ['limit', { limit: 101 }, /limit: must be a whole number from 1 to 100/],
    ['pageToken', { pageToken: '?' }, /pageToken: must be the nextPageToken/],
    ['an unknown field', { status: 'open' }, /unknown field "status"/],
  ])('names %s and what to do', (_, request, message) => {
    expect(() => parseInput(ListRequestSchema, request, 'list request')).toThrow(message);
  });
});

it('a halt needs no field, and limits the length of its reason', () => {
  expect(parseInput(HaltRequestSchema, {}, 'halt request')).toEqual({});
  expect(() => parseInput(HaltRequestSchema, { reason: 'x'.repeat(201) }, 'halt request')).toThrow(/reason/);
});

describe('a text or time of a request', () => {
  it('has no signs that change what a terminal shows', () => {
    const { reason } = HaltRequestSchema.parse({ reason: ' a\u001b[31mb\n\u202ec\u0008 ' });
    expect(reason).toBe('a [31mb c');
  });

  it('names its caller beside the name it gives itself', () => {
    expect([apiHaltBy('alice', 'arn:bot'), apiHaltBy('', 'arn:bot'), apiHaltBy(undefined, null)]).toEqual([
      'API: alice (arn:bot)',
      'API: arn:bot',
      'API: by invoke',
    ]);
  });

  it('begins no list in the future', () => {
    const nowMs = Date.UTC(2026, 10, 30, 12);
    expect(sinceMs({ atMs: nowMs + 60_000 }, nowMs)).toBe(nowMs + 60_000);
    expect(() => sinceMs({ atMs: nowMs + 90_000_000 }, nowMs)).toThrow('since: must be a time that has passed');
  });
});
