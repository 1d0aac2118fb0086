import { request as openHttp } from 'node:http';
import { request as openHttps } from 'node:https';
import type { Clock } from '#lib/ports/clock.ts';
import { decodeBody } from './decode-body.ts';

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
  | {
      readonly kind: 'answered';
      readonly status: number;
      readonly headers: Pick<Headers, 'get'>;
      readonly text: string | null;
    }
  | { readonly kind: 'not-sent'; readonly isLate: boolean; readonly cause?: unknown }
  | { readonly kind: 'lost'; readonly isLate: boolean; readonly cause: unknown };

/** Far above the largest answer we read (a book of ten thousand levels), far below what a function's memory would mind. */
const BYTES_MAX = 2_000_000;

/** The longest time a timer can hold. */
const TIMEOUT_MS_MAX = 2 ** 31 - 1;

/** A firewall before a server may turn away requests that name nobody; answers are short, and packing them only costs time. */
const OUR_HEADERS = { accept: 'application/json', 'accept-encoding': 'identity', 'user-agent': 'tminus' };

/**
 * Sends one request, once, until its deadline, over a connection that is kept alive. Never retries and never throws: whoever
 * asks knows what a failure means and whether a second try still helps.
 *
 * By Node's own client and not by `fetch`, which takes twice the processor time for the same request, and fifteen milliseconds
 * more for the first one of a process (measured).
 */
export async function sendRequest(deps: SendRequestDeps, request: HttpRequest): Promise<HttpOutcome> {
  const timeLeftMs = Math.floor(request.deadlineAtMs - deps.clock.nowMs());
  if (timeLeftMs <= 0) return { kind: 'not-sent', isLate: true };
  try {
    return await exchange(request, Math.min(timeLeftMs, TIMEOUT_MS_MAX));
  } catch (cause) {
    return isConnectFailure(cause)
      ? { kind: 'not-sent', isLate: false, cause }
      : { kind: 'lost', isLate: false, cause };
  }
}

/** Rejects with whatever ended the request before its answer was complete, its time excepted. */
function exchange(request: HttpRequest, timeoutMs: number): Promise<HttpOutcome> {
  const { method, url, headers, body, bytesMax = BYTES_MAX } = request;
  return new Promise((resolve, reject) => {
    // Until something has ended the request, its time is the last word: not every broken connection is an error to the client.
    const fail = (cause: unknown): void => {
      clearTimeout(timer);
      reject(cause);
    };
    const sent = (/^https:/i.test(url) ? openHttps : openHttp)(url, {
      method,
      headers: {
        ...OUR_HEADERS,
        ...headers,
        ...(body !== undefined && { 'content-length': Buffer.byteLength(body) }),
      },
    });
    const timer = setTimeout(() => {
      resolve({ kind: 'lost', isLate: true, cause: new Error('No complete answer in time') });
      sent.destroy();
    }, timeoutMs);
    sent.on('error', fail);
    sent.on('response', (response) => {
      const chunks: Buffer[] = [];
      let byteCount = 0;
      const answer = (text: string | null): void => {
        clearTimeout(timer);
        const said = { get: (name: string) => toText(response.headers[name]) };
        resolve({ kind: 'answered', status: response.statusCode ?? 0, headers: said, text });
      };
      response.on('error', fail);
      response.on('end', () => {
        try {
          const bytes = decodeBody(Buffer.concat(chunks), response.headers['content-encoding'], bytesMax);
          answer(bytes === null ? null : new TextDecoder().decode(bytes));
        } catch (error) {
          fail(error);
        }
      });
      response.on('data', (chunk: Buffer) => {
        byteCount += chunk.byteLength;
        chunks.push(chunk);
        if (byteCount <= bytesMax) return;
        answer(null);
        sent.destroy();
      });
    });
    sent.end(body);
  });
}

function toText(header: string | string[] | undefined): string | null {
  return header === undefined ? null : String(header);
}

/** What a name server or a connection attempt answers before anything can be sent. */
const CONNECT_CALLS: ReadonlySet<unknown> = new Set(['connect', 'getaddrinfo']);

/**
 * Did it fail while the connection was being made? Judged by the system call that failed, never by the error's code alone: a
 * code such as EHOSTUNREACH may also end a connection on which the request is under way. Of several addresses tried, each
 * has to have failed like that.
 */
export function isConnectFailure(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (error instanceof AggregateError) return error.errors.length > 0 && error.errors.every(isConnectFailure);
  if ('syscall' in error && CONNECT_CALLS.has(error.syscall)) return true;
  return error.cause !== undefined && isConnectFailure(error.cause);
}
