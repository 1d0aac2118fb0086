import { describe, expect, it } from 'vitest';
import { askedWaitMs } from '#lib/adapters/http/asked-wait.ts';

const NOW_MS = Date.parse('2026-10-21T07:28:00Z');
const waitOf = (headers: Record<string, string>, body: unknown = '') =>
  askedWaitMs({ headers: new Headers(headers), body, nowMs: NOW_MS });

describe('the wait that headers ask for', () => {
  it.each<readonly [string, Record<string, string>, number]>([
    ['seconds', { 'retry-after': '3' }, 3_000],
    ['a part of a second', { 'retry-after': '0.65' }, 650],
    ['seconds with their unit', { 'retry-after': '30s' }, 30_000],
    ['seconds in words', { 'retry-after': '5 seconds' }, 5_000],
    ['milliseconds with their unit', { 'retry-after': '500ms' }, 500],
    ['minutes with their unit', { 'retry-after': '1m' }, 60_000],
    ['two headers that a proxy has joined', { 'retry-after': '5, 10' }, 5_000],
    ['seconds under another name', { 'x-retry-after': '5' }, 5_000],
    ["the IETF's newer draft", { ratelimit: '"default";r=0;t=7' }, 7_000],
    ["the IETF's older draft in one header", { ratelimit: 'limit=10, remaining=0, reset=7' }, 7_000],
    ['a date', { 'retry-after': 'Wed, 21 Oct 2026 07:28:30 GMT' }, 30_000],
    [
      "a date by the server's own clock",
      { 'retry-after': 'Wed, 21 Oct 2026 09:00:30 GMT', date: 'Wed, 21 Oct 2026 09:00:00 GMT' },
      30_000,
    ],
    ['milliseconds under that name', { 'retry-after-ms': '1500' }, 1_500],
    ['milliseconds where seconds belong', { 'retry-after': '6457', 'x-ratelimit-reset-after': '6.457' }, 6_457],
    ['more seconds than a day has: milliseconds', { 'retry-after': '120000' }, 120_000],
    ['seconds to go, of Discord', { 'x-ratelimit-reset-after': '1.25' }, 1_250],
    ['seconds since 1970', { 'x-ratelimit-reset': String(NOW_MS / 1_000 + 2.5) }, 2_500],
    ['milliseconds since 1970', { 'x-ratelimit-reset': String(NOW_MS + 2_500) }, 2_500],
    ['seconds to go, of other servers', { 'x-ratelimit-reset': '7' }, 7_000],
    ['seconds since 1970 in the wrong header', { 'retry-after': String(NOW_MS / 1_000 + 9) }, 9_000],
    ["seconds to go, of the IETF's draft", { 'ratelimit-reset': '4' }, 4_000],
    ["seconds to go, of the venue's limiter", { 'poly-ratelimit-reset': '2' }, 2_000],
    ['the longer of two', { 'retry-after': '2', 'x-ratelimit-reset-after': '1.2' }, 2_000],
    ['an hour of a ban', { 'retry-after': '3600' }, 3_600_000],
  ])('%s', (_form, headers, waitMs) => {
    expect(waitOf(headers)).toBe(waitMs);
  });

  it.each<readonly [string, Record<string, string>]>([
    ['nothing', {}],
    ['a word', { 'retry-after': 'soon' }],
    ['nothing in it', { 'retry-after': ' ' }],
    ['a negative number', { 'retry-after': '-3' }],
    ['zero', { 'retry-after': '0' }],
    ['NaN', { 'retry-after': 'NaN' }],
    ['infinity', { 'retry-after': 'Infinity' }],
    ['a number beyond all times', { 'retry-after': '1e300' }],
    ['a date that has passed', { 'retry-after': 'Wed, 21 Oct 2020 07:28:00 GMT' }],
    ['a time since 1970 that has passed', { 'x-ratelimit-reset': '1600000000' }],
    ['a year from now', { 'x-ratelimit-reset': String(NOW_MS / 1_000 + 31_536_000) }],
  ])('is not known from %s', (_form, headers) => {
    expect(waitOf(headers)).toBeNull();
  });
});

describe('the wait that a body asks for', () => {
  it.each<readonly [string, unknown, number]>([
    ['Discord', { message: 'You are being rate limited.', retry_after: 0.65, global: false }, 650],
    ['the venue', { error: 'post-only mode', retry_after_seconds: 79 }, 79_000],
    ['Cloudflare', { cloudflare_error: true, error_code: 1015, retry_after: 30 }, 30_000],
    ['text for a number', { retry_after: '12' }, 12_000],
    ['text with a unit', { retry_after: '5 seconds' }, 5_000],
    ['a request to wait', 'Please wait 5 seconds before you send another order', 5_000],
    ['milliseconds', { retryAfterMs: 250 }, 250],
    ['Infura', { code: -32_005, data: { rate: { backoff_seconds: 24, allowed_rps: 13.3 } } }, 24_000],
    ['Binance', { code: -1_003, msg: `Way too much request weight used; IP banned until ${NOW_MS + 5_000}.` }, 5_000],
    ['a sentence', 'rate limit exceeded, retry in 10s', 10_000],
    ['a sentence in minutes', { error: { message: 'Too many requests. Please try again in 2 minutes' } }, 120_000],
  ])('of %s', (_server, body, waitMs) => {
    expect(waitOf({}, body)).toBe(waitMs);
  });

  it('is compared with the one in the headers: the longer counts, unless it is the same in milliseconds', () => {
    expect(waitOf({ 'retry-after': '2' }, { retry_after: 1.2 })).toBe(2_000);
    expect(waitOf({ 'retry-after': '6457' }, { retry_after: 6.457 })).toBe(6_457);
  });

  it.each([
    [{ retry_after: -5 }],
    [{ retry_after: 1e308 }],
    [{ retry_after: null }],
    [{ retry_after: [3] }],
    [{ code: 0, message: 'You are being blocked from accessing our API temporarily due to exceeding our rate limits' }],
    ['error code: 1015'],
    [null],
    [undefined],
  ])('is not known from %o', (body) => {
    expect(waitOf({}, body)).toBeNull();
  });

  it('is not searched for without end', () => {
    let nested: unknown = { retry_after: 3 };
    for (let depth = 0; depth < 100; depth += 1) nested = { nested };
    expect(waitOf({}, nested)).toBeNull();
  });
});
