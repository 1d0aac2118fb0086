import { request as openHttp } from 'node:http';
import { request as openHttps } from 'node:https';
import { brotliDecompressSync, gunzipSync, inflateRawSync, inflateSync } from 'node:zlib';
import type { Clock } from '#lib/ports/clock.ts';

export type SendRequestDeps = { readonly clock: Pick<Clock, 'nowMs'> };

export type HttpRequest = {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly deadlineAtMs: number;
  readonly bytesMax?: number;
};

/**
 * The outcome of one request.
 * - `answered`: the whole answer arrived; `text` is null when it is larger than `bytesMax`.
 * - `not-sent`: no byte left this machine: no time was left, or no connection was made.
 * - `lost`: the request may have arrived, but no complete answer did; `status` when at least its headers came.
 */
export type HttpOutcome =
  | {
      readonly kind: 'answered';
      readonly status: number;
      readonly headers: Pick<Headers, 'get'>;
      readonly text: string | null;
    }
  | { readonly kind: 'not-sent'; readonly isLate: boolean; readonly cause?: unknown }
  | { readonly kind: 'lost'; readonly isLate: boolean; readonly status: number | null; readonly cause: unknown };

/** Far above the largest expected answer (a book of ten thousand levels) and far below a function's memory. */
const BYTES_MAX = 2_000_000;

const TIMEOUT_MS_MAX = 2 ** 31 - 1;

/** Some firewalls reject requests without a user agent. Answers are short, so compression only costs time. */
const DEFAULT_HEADERS = { accept: 'application/json', 'accept-encoding': 'identity', 'user-agent': 'tminus' };

/**
 * Sends one request over a kept-alive connection and waits for the answer until the deadline. Never retries, never
 * throws and follows no redirect: the caller decides what a failure means.
 *
 * Node's own client, because `fetch` takes twice the processor time per request and 15 ms more for the first one
 * (measured).
 */
export async function sendRequest(deps: SendRequestDeps, request: HttpRequest): Promise<HttpOutcome> {
  const timeLeftMs = Math.floor(request.deadlineAtMs - deps.clock.nowMs());
  if (timeLeftMs <= 0) return { kind: 'not-sent', isLate: true };
  try {
    return await exchange(request, Math.min(timeLeftMs, TIMEOUT_MS_MAX));
  } catch (cause) {
    return { kind: 'lost', isLate: false, status: null, cause };
  }
}

/** Rejects only when the request cannot be made at all, such as with an invalid header. */
function exchange(request: HttpRequest, timeoutMs: number): Promise<HttpOutcome> {
  const { method, url, headers, body, bytesMax = BYTES_MAX } = request;
  return new Promise((resolve) => {
    let status: number | null = null;
    const end = (outcome: HttpOutcome): void => {
      clearTimeout(timer);
      resolve(outcome);
    };
    const fail = (cause: unknown): void =>
      end(
        isConnectFailure(cause)
          ? { kind: 'not-sent', isLate: false, cause }
          : { kind: 'lost', isLate: false, status, cause },
      );
    const sent = (/^https:/i.test(url) ? openHttps : openHttp)(url, {
      method,
      headers: {
        ...DEFAULT_HEADERS,
        ...headers,
        ...(body !== undefined && { 'content-length': Buffer.byteLength(body) }),
      },
    });
    // The client does not report every broken connection as an error; the timer ends those.
    const timer = setTimeout(() => {
      end({ kind: 'lost', isLate: true, status, cause: new Error('No complete answer in time') });
      sent.destroy();
    }, timeoutMs);
    sent.on('error', fail);
    sent.on('response', (response) => {
      const chunks: Buffer[] = [];
      let byteCount = 0;
      const answerStatus = response.statusCode ?? 0;
      status = answerStatus;
      const answer = (text: string | null): void => {
        const get = (name: string): string | null => toText(response.headers[name]);
        end({ kind: 'answered', status: answerStatus, headers: { get }, text });
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

/** System calls that fail before anything is sent. */
const CONNECT_CALLS: ReadonlySet<unknown> = new Set(['connect', 'getaddrinfo']);

/**
 * Whether the request failed while the connection was being made. Decided by the failed system call, not by the error's
 * code: a code such as EHOSTUNREACH may also end an open connection. If several addresses were tried, each must have
 * failed like that.
 */
export function isConnectFailure(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (error instanceof AggregateError) return error.errors.length > 0 && error.errors.every(isConnectFailure);
  if ('syscall' in error && CONNECT_CALLS.has(error.syscall)) return true;
  return error.cause !== undefined && isConnectFailure(error.cause);
}

/** First byte of a zlib stream. `deflate` is one by the standard; some servers send the raw format. */
const ZLIB_START = 0x78;

/**
 * The decompressed body: some servers compress although they were asked not to. Null when it is larger than `bytesMax`.
 * @throws when the bytes are not in the named encoding
 */
function decodeBody(packed: Buffer, encoding: string | undefined, bytesMax: number): Buffer | null {
  try {
    return unpack(packed, encoding?.trim().toLowerCase() ?? '', bytesMax);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ERR_BUFFER_TOO_LARGE') return null;
    throw error;
  }
}

function unpack(packed: Buffer, encoding: string, maxOutputLength: number): Buffer {
  // An answer without a body may still name an encoding.
  if (packed.byteLength === 0) return packed;
  switch (encoding) {
    case 'gzip':
    case 'x-gzip':
      return gunzipSync(packed, { maxOutputLength });
    case 'deflate':
      return (packed[0] === ZLIB_START ? inflateSync : inflateRawSync)(packed, { maxOutputLength });
    case 'br':
      return brotliDecompressSync(packed, { maxOutputLength });
    default:
      return packed;
  }
}
