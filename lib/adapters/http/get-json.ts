import { RateLimitedError, UnexpectedReplyError, UpstreamUnavailableError } from '#lib/errors/errors.ts';
import type { Clock } from '#lib/ports/clock.ts';
import { readCapped } from './read-capped.ts';

export type GetJsonDeps = { readonly clock: Pick<Clock, 'nowMs'> };

export type GetJsonRequest = {
  readonly url: string;
  /** Who is asked for what, for the errors: "Gamma market". No ids, no host. */
  readonly what: string;
  /** Unix milliseconds after which the answer is of no use. */
  readonly deadlineAtMs: number;
  readonly bytesMax?: number;
};

/** Any answer of status 200 to 299 or 400 to 499 that is JSON; the caller decides what a refusal means. */
export type JsonReply = { readonly status: number; readonly body: unknown };

/** Far above the largest answer we read (a book of ten thousand levels), far below what a function's memory would mind. */
const BYTES_MAX = 2_000_000;

/** The longest time a timer can hold. */
const TIMEOUT_MS_MAX = 2 ** 31 - 1;

/** What a server that says "too many requests" without a time is given. */
const RETRY_AFTER_MS_DEFAULT = 1_000;
const RETRY_AFTER_MS_MAX = 300_000;

/**
 * One GET, once, until its deadline. Never retries: whoever asks knows whether a second try still helps.
 * @throws UpstreamUnavailableError not reached, not in time, broken off, or status 408, 425 or 5xx
 * @throws RateLimitedError status 429, with the time the server asked for
 * @throws UnexpectedReplyError not JSON, too large, or a redirect
 */
export async function getJson(deps: GetJsonDeps, request: GetJsonRequest): Promise<JsonReply> {
  const { what } = request;
  const timeLeftMs = Math.floor(request.deadlineAtMs - deps.clock.nowMs());
  if (timeLeftMs <= 0) throw new UpstreamUnavailableError(`No time was left to ask for ${what}`);
  const signal = AbortSignal.timeout(Math.min(timeLeftMs, TIMEOUT_MS_MAX));
  const { response, text } = await exchange(request, signal);
  const context = { status: response.status };
  if (response.status === 429) {
    throw new RateLimitedError(`Too many requests for ${what}`, retryAfterMs(response.headers), context);
  }
  if (response.status >= 500 || response.status === 408 || response.status === 425) {
    throw new UpstreamUnavailableError(`The server of ${what} is not available`, { ...context, start: startOf(text) });
  }
  if (response.status < 200 || (response.status >= 300 && response.status < 400)) {
    throw new UnexpectedReplyError(`The server of ${what} redirects, which it does not document`, context);
  }
  return { status: response.status, body: parseBody(text, what, response.status) };
}

async function exchange(
  { url, what, bytesMax = BYTES_MAX }: GetJsonRequest,
  signal: AbortSignal,
): Promise<{ readonly response: Response; readonly text: string | null }> {
  let response: Response;
  let text: string | null;
  try {
    response = await fetch(url, { signal, redirect: 'manual', headers: { accept: 'application/json' } });
    text = await readCapped(response, bytesMax);
  } catch (cause) {
    const how = signal.aborted ? 'did not answer in time' : 'was not reached or broke off';
    throw new UpstreamUnavailableError(`The server of ${what} ${how}`, {}, { cause });
  }
  return { response, text };
}

function parseBody(text: string | null, what: string, status: number): unknown {
  if (text === null) throw new UnexpectedReplyError(`The answer for ${what} is too large`, { status });
  try {
    return JSON.parse(text);
  } catch {
    throw new UnexpectedReplyError(`The answer for ${what} is not JSON`, { status, start: startOf(text) });
  }
}

/** The beginning of an answer tells a proxy's page from a venue's error; more of it has no place in a log. */
function startOf(text: string | null): string {
  return (text ?? '').slice(0, 200);
}

/** `Retry-After` in seconds, the only form that is seen here. */
function retryAfterMs(headers: Headers): number {
  const seconds = Number(headers.get('retry-after') ?? '');
  if (!Number.isFinite(seconds) || seconds <= 0) return RETRY_AFTER_MS_DEFAULT;
  return Math.min(Math.ceil(seconds * 1_000), RETRY_AFTER_MS_MAX);
}
