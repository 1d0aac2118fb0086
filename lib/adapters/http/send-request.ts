import type { Clock } from '#lib/ports/clock.ts';
import { readCapped } from './read-capped.ts';

export type SendRequestDeps = { readonly clock: Pick<Clock, 'nowMs'> };

export type HttpRequest = {
  readonly method: 'GET' | 'POST' | 'DELETE';
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Unix milliseconds after which the answer is of no use. */
  readonly deadlineAtMs: number;
  readonly bytesMax?: number;
};

/**
 * What became of one request.
 * - `answered`: the whole answer is here; `text` is null when it was larger than anything we read.
 * - `not-sent`: surely not one byte of it left: no time was left, or no connection came about.
 * - `lost`: it may have arrived. The answer did not come, broke off, or came too late.
 */
export type HttpOutcome =
  | { readonly kind: 'answered'; readonly status: number; readonly headers: Headers; readonly text: string | null }
  | { readonly kind: 'not-sent'; readonly isLate: boolean; readonly cause?: unknown }
  | { readonly kind: 'lost'; readonly isLate: boolean; readonly cause: unknown };

/** Far above the largest answer we read (a book of ten thousand levels), far below what a function's memory would mind. */
const BYTES_MAX = 2_000_000;

/** The longest time a timer can hold. */
const TIMEOUT_MS_MAX = 2 ** 31 - 1;

/**
 * Sends one request, once, until its deadline, over a connection that is kept alive. Never retries and never throws: whoever
 * asks knows what a failure means and whether a second try still helps.
 */
export async function sendRequest(deps: SendRequestDeps, request: HttpRequest): Promise<HttpOutcome> {
  const timeLeftMs = Math.floor(request.deadlineAtMs - deps.clock.nowMs());
  if (timeLeftMs <= 0) return { kind: 'not-sent', isLate: true };
  const signal = AbortSignal.timeout(Math.min(timeLeftMs, TIMEOUT_MS_MAX));
  const { method, url, headers, body, bytesMax = BYTES_MAX } = request;
  try {
    const accept = { accept: 'application/json' };
    const response = await fetch(url, {
      method,
      signal,
      redirect: 'manual',
      headers: { ...accept, ...headers },
      ...(body !== undefined && { body }),
    });
    const text = await readCapped(response, bytesMax);
    return { kind: 'answered', status: response.status, headers: response.headers, text };
  } catch (cause) {
    return isConnectFailure(cause)
      ? { kind: 'not-sent', isLate: false, cause }
      : { kind: 'lost', isLate: signal.aborted, cause };
  }
}

/** What a name server or a connection attempt answers before anything can be sent. */
const CONNECT_CALLS: ReadonlySet<unknown> = new Set(['connect', 'getaddrinfo']);

/**
 * Did it fail while the connection was being made? Judged by the system call that failed, never by the error's code alone: a
 * code such as EHOSTUNREACH may also end a connection on which the request is under way. Of several addresses tried, each
 * has to have failed like that.
 */
function isConnectFailure(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (error instanceof AggregateError) return error.errors.length > 0 && error.errors.every(isConnectFailure);
  if ('syscall' in error && CONNECT_CALLS.has(error.syscall)) return true;
  return error.cause !== undefined && isConnectFailure(error.cause);
}
