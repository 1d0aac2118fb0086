/**
 * How long an answer asks us to wait before the next request: one reader for every server. Servers differ in place,
 * name and unit, and proxies in front of them differ from the servers.
 */

type Unit = 's' | 'ms' | 'epoch-or-s';

/**
 * Retry-After is RFC 9110; X-RateLimit-Reset-After and -Reset are Discord's (seconds, and seconds since 1970; other
 * servers send seconds to go), RateLimit-Reset is the IETF draft's, Poly-RateLimit-Reset the venue's (venue §6).
 */
const HEADERS: readonly (readonly [string, Unit])[] = [
  ['retry-after', 's'],
  ['retry-after-ms', 'ms'],
  ['x-ratelimit-reset-after', 's'],
  ['x-ratelimit-reset', 'epoch-or-s'],
  ['ratelimit-reset', 'epoch-or-s'],
  ['poly-ratelimit-reset', 'epoch-or-s'],
  ['x-retry-after', 's'],
];

/** The IETF's newer draft and its older one, in one header: `"default";r=0;t=7`, `limit=10, remaining=0, reset=7`. */
const RATE_LIMIT = /(?:^|[;,\s])(?:t|reset)\s*=\s*(\d+)\b/i;

/** Names without case and separators: `retry_after` is Discord's and Cloudflare's, `backoff_seconds` Infura's. */
const FIELDS: ReadonlyMap<string, Unit> = new Map([
  ['retryafter', 's'],
  ['retryafterseconds', 's'],
  ['retryafterms', 'ms'],
  ['retryaftermillis', 'ms'],
  ['retryin', 's'],
  ['backoffseconds', 's'],
  ['resetafter', 's'],
  ['waitseconds', 's'],
]);

/** Sentences: Binance's ban (`IP banned until 1690000000000`), and what nodes write. */
const BANNED_UNTIL = /\bbanned until (\d{12,14})\b/i;
const TRY_AGAIN =
  /\b(?:retry|try again|wait)\b[^.\d]{0,30}?(\d+(?:\.\d+)?)\s*(ms|milliseconds?|s|secs?|seconds?|m|mins?|minutes?)\b/i;
const SPAN = /^\s*(\d+(?:\.\d+)?)\s*(ms|milliseconds?|s|secs?|seconds?|m|mins?|minutes?)\s*$/i;
const SENTENCE_UNIT_MS = { m: 60_000, s: 1_000 } as const;

const DAY_MS = 86_400_000;
/** Seconds since 1970 have been above this since 2001, milliseconds since 1970 above the square of it. */
const EPOCH_SECONDS_MIN = 1_000_000_000;
const EPOCH_MS_MIN = 1_000_000_000_000;
const DEPTH_MAX = 4;

export type AskedWait = {
  readonly headers: Pick<Headers, 'get'>;
  /** The body: parsed JSON, or its text. */
  readonly body: unknown;
  readonly nowMs: number;
};

/**
 * Milliseconds, above zero and at most a day; null without a usable time. The longest of several times counts, unless
 * it is another one in milliseconds: Discord's oldest API sends `Retry-After` in those (discord-api-docs#2360).
 */
export function askedWaitMs({ headers, body, nowMs }: AskedWait): number | null {
  const sentAtMs = dateMs(headers.get('date')) ?? nowMs;
  const found = [
    ...HEADERS.map(([name, unit]) => toWaitMs(headers.get(name), unit, sentAtMs)),
    toWaitMs(RATE_LIMIT.exec(headers.get('ratelimit') ?? '')?.[1], 'epoch-or-s', sentAtMs),
    ...waitsInBody(body, sentAtMs, 0),
  ].filter((waitMs) => waitMs !== null);
  const waits = found.filter((waitMs) => !found.some((other) => isSameInMillis(waitMs, other)));
  return waits.length === 0 ? null : Math.max(...waits);
}

function isSameInMillis(waitMs: number, otherMs: number): boolean {
  const ratio = waitMs / otherMs;
  return ratio > 500 && ratio < 2_000;
}

function toWaitMs(value: unknown, unit: Unit, sentAtMs: number): number | null {
  const number = typeof value === 'string' ? numberIn(value) : value;
  if (typeof number === 'number') return within(toMs(number, unit, sentAtMs));
  if (typeof value !== 'string') return null;
  const atMs = dateMs(value);
  return spanIn(value) ?? (atMs === null ? null : within(atMs - sentAtMs));
}

/** Digits alone. A proxy may have joined two headers with a comma: the first counts. */
function numberIn(text: string): number | undefined {
  const match = /^\s*(\d+(?:\.\d+)?(?:e\+?\d+)?)\s*(?:,|$)/i.exec(text);
  return match === null ? undefined : Number(match[1]);
}

/** With a unit, as in `30s` and `5 seconds`. */
function spanIn(text: string): number | null {
  const [, amount, unit = ''] = SPAN.exec(text) ?? [];
  return amount === undefined ? null : within(Number(amount) * msOf(unit));
}

function msOf(unit: string): number {
  if (/^(ms|milli)/i.test(unit)) return 1;
  return SENTENCE_UNIT_MS[/^m/i.test(unit) ? 'm' : 's'];
}

/** A number far too large for its unit is a time since 1970, or counts milliseconds. */
function toMs(value: number, unit: Unit, sentAtMs: number): number {
  if (value >= EPOCH_MS_MIN) return value - sentAtMs;
  if (value >= EPOCH_SECONDS_MIN) return value * 1_000 - sentAtMs;
  if (unit === 'ms' || value * 1_000 > DAY_MS) return value;
  return value * 1_000;
}

function within(waitMs: number): number | null {
  return Number.isFinite(waitMs) && waitMs > 0 && waitMs <= DAY_MS ? Math.ceil(waitMs) : null;
}

function dateMs(text: string | null): number | null {
  // Date.parse also reads bare numbers, as years.
  if (text === null || !/[a-z]{3}|\d{4}-\d\d-\d\dT/i.test(text)) return null;
  const atMs = Date.parse(text);
  return Number.isNaN(atMs) ? null : atMs;
}

function waitsInBody(body: unknown, sentAtMs: number, depth: number): (number | null)[] {
  if (typeof body === 'string') return [waitInSentence(body, sentAtMs)];
  if (typeof body !== 'object' || body === null || depth >= DEPTH_MAX) return [];
  return Object.entries(body).flatMap(([name, value]) => {
    const unit = FIELDS.get(name.replace(/[-_ ]/g, '').toLowerCase());
    return unit === undefined ? waitsInBody(value, sentAtMs, depth + 1) : [toWaitMs(value, unit, sentAtMs)];
  });
}

function waitInSentence(text: string, sentAtMs: number): number | null {
  const banned = BANNED_UNTIL.exec(text)?.[1];
  if (banned !== undefined) return within(Number(banned) - sentAtMs);
  const [, amount, unit = ''] = TRY_AGAIN.exec(text) ?? [];
  return amount === undefined ? null : within(Number(amount) * msOf(unit));
}
