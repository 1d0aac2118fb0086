import { AsyncLocalStorage } from 'node:async_hooks';
import { subscribe } from 'node:diagnostics_channel';
import { ClientRequest, IncomingMessage } from 'node:http';
import type { Log } from './log.ts';
import type { Env } from './parse-env.ts';

/** Their addresses may contain a provider's key and are not logged; the names are. */
const HOSTS = {
  CLOB_HOST: 'clob',
  GAMMA_HOST: 'gamma',
  DATA_HOST: 'data-api',
  RELAYER_HOST: 'relayer',
  BINANCE_HOST: 'binance',
  POLYGON_RPC_URL: 'polygon',
} as const;

type Host = { readonly name: string; readonly host: string; readonly path: string };
type Watch = {
  readonly hosts: readonly Host[];
  readonly log: Log;
  callCount: number;
  failedCount: number;
  sumMs: number;
  slowest: { readonly tookMs: number; readonly host: string; readonly path: string } | null;
};
type Call = { readonly watch: Watch; readonly host: string; readonly path: string; readonly startedAtMs: number };

/** Far above a usual answer (under 300 ms) and below the shortest deadline that would hide it. */
const SLOW_CALL_MS = 1_000;

const watches = new AsyncLocalStorage<Watch>();
const calls = new WeakMap<object, Call>();
let isSubscribed = false;

/**
 * Logs how long venue, node and price source took to begin their answers: a line for each call that was slow or
 * failed, and one line for each invocation that called. Reads Node's own reports, so that no client has to measure.
 */
export function createCallWatch(log: Log, env: Env): <T>(run: () => Promise<T>) => Promise<T> {
  const hosts = listHosts(env);
  if (hosts.length === 0) return (run) => run();
  if (!isSubscribed) listen();
  return async (run) => {
    const watch: Watch = { hosts, log, callCount: 0, failedCount: 0, sumMs: 0, slowest: null };
    try {
      return await watches.run(watch, run);
    } finally {
      report(watch);
    }
  };
}

function listHosts(env: Env): readonly Host[] {
  const hosts = Object.entries(HOSTS).flatMap(([variable, name]) => {
    const url = URL.parse(env[variable] ?? '');
    return url === null ? [] : [{ name, host: url.host, path: url.pathname.replace(/\/$/, '') }];
  });
  // Two of them may share a host.
  return hosts.toSorted((a, b) => b.path.length - a.path.length);
}

function listen(): void {
  isSubscribed = true;
  subscribe('http.client.request.start', (event) => begin(requestOf(event)));
  subscribe('http.client.response.finish', (event) => end(requestOf(event), statusOf(event)));
  subscribe('http.client.request.error', (event) => end(requestOf(event), null));
}

function requestOf(event: unknown): ClientRequest | undefined {
  const request = typeof event === 'object' && event !== null && 'request' in event ? event.request : undefined;
  return request instanceof ClientRequest ? request : undefined;
}

function statusOf(event: unknown): number | null {
  const response = typeof event === 'object' && event !== null && 'response' in event ? event.response : undefined;
  return response instanceof IncomingMessage ? (response.statusCode ?? null) : null;
}

function begin(request: ClientRequest | undefined): void {
  const watch = watches.getStore();
  if (request === undefined || watch === undefined) return;
  const called = request.getHeader('host');
  const known = watch.hosts.find(({ host, path }) => host === called && request.path.startsWith(path));
  if (known === undefined) return;
  const path = `${request.method} ${pathName(known, request.path)}`.trim();
  calls.set(request, { watch, host: known.name, path, startedAtMs: performance.now() });
}

/** The route's first word: what follows may be a wallet or an id, and a node's path may be its key. */
function pathName({ name, path: base }: Host, path: string): string {
  const [word = ''] = path.slice(base.length).split(/[?#]/)[0]?.split('/').filter(Boolean) ?? [];
  return name !== HOSTS.POLYGON_RPC_URL && /^[a-z][a-z-]{0,30}$/.test(word) ? `/${word}` : '';
}

/** A status of 429 or 5xx is a failure: other refusals are answers. `null` is a call without an answer. */
function end(request: ClientRequest | undefined, status: number | null): void {
  const call = request && calls.get(request);
  if (request === undefined || call === undefined) return;
  calls.delete(request);
  const { watch, host, path } = call;
  const tookMs = Math.round(performance.now() - call.startedAtMs);
  const isFailed = status === null || status === 429 || status >= 500;
  watch.callCount += 1;
  watch.sumMs += tookMs;
  if (isFailed) watch.failedCount += 1;
  if (tookMs >= (watch.slowest?.tookMs ?? 0)) watch.slowest = { tookMs, host, path };
  if (isFailed || tookMs >= SLOW_CALL_MS)
    watch.log.warn('A call was slow or failed', { host, path, tookMs, status, isFailed });
}

function report({ log, callCount, failedCount, sumMs, slowest }: Watch): void {
  if (slowest === null) return;
  const { tookMs: slowestMs, host: slowestHost, path: slowestPath } = slowest;
  log.info('Calls of this invocation', { callCount, failedCount, sumMs, slowestMs, slowestHost, slowestPath });
}
