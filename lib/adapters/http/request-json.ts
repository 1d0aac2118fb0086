import { UnexpectedReplyError, UpstreamUnavailableError } from '#lib/errors/errors.ts';
import { askedWaitMs } from './asked-wait.ts';
import { type HttpOutcome, type HttpRequest, type SendRequestDeps, sendRequest } from './send-request.ts';

export type JsonRequest = HttpRequest & {
  /** What is asked for, as error messages name it: "the Gamma market". No ids, no host. */
  readonly what: string;
  /** Removes secrets from an answer before a part of it goes into an error. */
  readonly redact?: (text: string) => string;
  /** An empty body is read as null. */
  readonly mayBeEmpty?: boolean;
  /** A 404 is read as null, whatever its body. */
  readonly mayBeAbsent?: boolean;
};

/**
 * A JSON answer with status 200–299 or 400–499, other than 408, 418, 425 and 429. The caller decides what a 4xx means.
 */
export type JsonReply = { readonly status: number; readonly body: unknown };

const REDIRECT_COUNT_MAX = 3;
/** Enough of an answer to tell a proxy's page from a venue's error. */
const START_LENGTH_MAX = 200;

export function getJson(deps: SendRequestDeps, request: Omit<JsonRequest, 'method' | 'body'>): Promise<JsonReply> {
  return requestJson(deps, { ...request, method: 'GET' });
}

/** Path and query on a configured host, which may end in a slash or have a path of its own. */
export function joinUrl(host: string, path: string, query: Readonly<Record<string, string>> = {}): string {
  const search = new URLSearchParams(query).toString();
  return `${host.replace(/\/+$/, '')}${path}${search === '' ? '' : `?${search}`}`;
}

/**
 * Sends one request until its deadline, never again, and turns every failure into an error of the ports. Only a GET
 * follows redirects, and only to the same server: the server may have acted on another request, and the operator chose
 * the host.
 * @throws UpstreamUnavailableError no connection, no complete answer in time, or status 408, 418, 425, 429 or 5xx; see
 * `waitOf`
 * @throws UnexpectedReplyError not JSON, too large, or any other redirect
 */
export async function requestJson(deps: SendRequestDeps, request: JsonRequest): Promise<JsonReply> {
  const { what, redact = (text) => text } = request;
  const { status, headers, text } = answerOf(await sendOn(deps, request), what);
  const start = redact(text ?? '').slice(0, START_LENGTH_MAX);
  // Binance answers 418 to an address that went on after its 429.
  const isLimited = status === 429 || status === 418;
  if (isLimited || status >= 500 || status === 408 || status === 425) {
    const how = isLimited ? 'limits our requests' : 'is not available';
    const retryAfterMs = askedWaitMs({ headers, body: tryParseJson(text ?? ''), nowMs: deps.clock.nowMs() });
    throw new UpstreamUnavailableError(`The server of ${what} ${how}`, { status, start, retryAfterMs });
  }
  if (status < 200 || (status >= 300 && status < 400)) {
    throw new UnexpectedReplyError(`The server of ${what} redirects, which is not documented`, { status });
  }
  if (text === null) throw new UnexpectedReplyError(`The answer for ${what} is too large`, { status });
  if (request.mayBeAbsent === true && status === 404) return { status, body: null };
  if (request.mayBeEmpty === true && text.trim() === '') return { status, body: null };
  try {
    return { status, body: JSON.parse(text) };
  } catch {
    throw new UnexpectedReplyError(`The answer for ${what} is not JSON`, { status, start });
  }
}

/** The JSON, or the text itself: sentences may name a wait, too. */
function tryParseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/**
 * How long the server behind an error of `requestJson` asks to be left alone, in milliseconds; null without such words.
 */
export function waitOf(error: unknown): number | null {
  if (!(error instanceof UpstreamUnavailableError)) return null;
  const { retryAfterMs } = error.context;
  return typeof retryAfterMs === 'number' ? retryAfterMs : null;
}

/** The HTTP status of the answer behind an error of `requestJson`; null when none arrived. */
export function statusOf(error: unknown): number | null {
  if (!(error instanceof UpstreamUnavailableError || error instanceof UnexpectedReplyError)) return null;
  const { status } = error.context;
  return typeof status === 'number' ? status : null;
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

/** The address of a redirect within the same server, or to its encrypted side; undefined otherwise. */
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
