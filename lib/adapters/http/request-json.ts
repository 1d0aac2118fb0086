import { RateLimitedError, UnexpectedReplyError, UpstreamUnavailableError } from '#lib/errors/errors.ts';
import { retryAfterMs } from './retry-after.ts';
import { type HttpOutcome, type HttpRequest, type SendRequestDeps, sendRequest } from './send-request.ts';

export type JsonRequest = HttpRequest & {
  /** Who is asked for what, for the errors: "Gamma market". No ids, no host. */
  readonly what: string;
  /** Takes what is secret out of an answer before any of it gets into an error. */
  readonly redact?: (text: string) => string;
  /** Where the venue documents an answer without a body: it is read as null. */
  readonly mayBeEmpty?: boolean;
  /** Where a 404 says enough by itself: whatever its body, it is read as null. */
  readonly mayBeAbsent?: boolean;
};

/** Any answer of status 200 to 299 or 400 to 499 that is JSON; the caller decides what a refusal means. */
export type JsonReply = { readonly status: number; readonly body: unknown };

/** What a server that says "too many requests" without a time is given. */
const RETRY_AFTER_MS_DEFAULT = 1_000;

/** A server may send a reader on to another path of its own, or to its encrypted side. */
const REDIRECT_COUNT_MAX = 3;

/**
 * One request, once, until its deadline. Never retries. A GET is sent on where the same server redirects to; anything else that
 * is redirected may have been acted upon, and another server was not chosen by whoever set the address.
 * @throws UpstreamUnavailableError not reached, not in time, broken off, or status 408, 425 or 5xx
 * @throws RateLimitedError status 429, with the time the server asked for
 * @throws UnexpectedReplyError not JSON, too large, or any other redirect
 */
export async function requestJson(deps: SendRequestDeps, request: JsonRequest): Promise<JsonReply> {
  const { what, redact = asItIs } = request;
  const { status, headers, text } = answerOf(await sendOn(deps, request), what);
  const context = { status };
  if (status === 429) {
    throw new RateLimitedError(
      `Too many requests for ${what}`,
      retryAfterMs(headers) ?? RETRY_AFTER_MS_DEFAULT,
      context,
    );
  }
  const start = startOf(redact(text ?? ''));
  if (status >= 500 || status === 408 || status === 425) {
    throw new UpstreamUnavailableError(`The server of ${what} is not available`, { ...context, start });
  }
  if (status < 200 || (status >= 300 && status < 400)) {
    throw new UnexpectedReplyError(`The server of ${what} redirects, which it does not document`, context);
  }
  if (text === null) throw new UnexpectedReplyError(`The answer for ${what} is too large`, context);
  if (request.mayBeAbsent === true && status === 404) return { status, body: null };
  if (request.mayBeEmpty === true && text.trim() === '') return { status, body: null };
  return { status, body: parseBody(text, { message: `The answer for ${what} is not JSON`, status, start }) };
}

async function sendOn(deps: SendRequestDeps, request: HttpRequest): Promise<HttpOutcome> {
  let { url } = request;
  let outcome = await sendRequest(deps, request);
  for (let count = 0; request.method === 'GET' && count < REDIRECT_COUNT_MAX; count += 1) {
    const next = redirectOf(outcome, url);
    if (next === undefined) break;
    url = next;
    outcome = await sendRequest(deps, { ...request, url });
  }
  return outcome;
}

/** Undefined for no redirect, or one that is not followed. */
function redirectOf(outcome: HttpOutcome, url: string): string | undefined {
  if (outcome.kind !== 'answered' || outcome.status < 300 || outcome.status >= 400) return undefined;
  const location = outcome.headers.get('location');
  if (location === null || !URL.canParse(location, url)) return undefined;
  const [from, to] = [new URL(url), new URL(location, url)];
  const isEncrypted = from.protocol === 'http:' && to.protocol === 'https:' && from.hostname === to.hostname;
  return from.origin === to.origin || isEncrypted ? to.href : undefined;
}

function answerOf(outcome: HttpOutcome, what: string): Extract<HttpOutcome, { kind: 'answered' }> {
  if (outcome.kind === 'answered') return outcome;
  if (outcome.kind === 'not-sent' && outcome.isLate) {
    throw new UpstreamUnavailableError(`No time was left to ask for ${what}`);
  }
  const how = outcome.isLate ? 'did not answer in time' : 'was not reached or broke off';
  throw new UpstreamUnavailableError(`The server of ${what} ${how}`, {}, { cause: outcome.cause });
}

function parseBody(text: string, fault: { message: string; status: number; start: string }): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new UnexpectedReplyError(fault.message, { status: fault.status, start: fault.start });
  }
}

function asItIs(text: string): string {
  return text;
}

/** The beginning of an answer tells a proxy's page from a venue's error; more of it has no place in a log. */
function startOf(text: string): string {
  return text.slice(0, 200);
}
