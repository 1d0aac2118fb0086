import { subscribe } from 'node:diagnostics_channel';
import { ClientRequest } from 'node:http';

/** Processor time of this process in milliseconds: of all threads, of the main thread alone, and its kernel calls. */
export type CpuTime = { readonly allMs: number; readonly mainMs: number; readonly mainKernelMs: number };

/** One HTTP request of this process, from its start to the end of its answer. */
export type TrackedRequest = {
  readonly method: string;
  readonly path: string;
  readonly startedMs: number;
  /** Of orders only, because reading it costs processor time. */
  readonly cpuAtStart: CpuTime | null;
  endedMs: number;
};

export function readCpuTime(): CpuTime {
  const [all, main] = [process.cpuUsage(), process.threadCpuUsage()];
  return {
    allMs: (all.user + all.system) / 1_000,
    mainMs: (main.user + main.system) / 1_000,
    mainKernelMs: main.system / 1_000,
  };
}

export const cpuTimeBetween = (from: CpuTime, to: CpuTime): CpuTime => ({
  allMs: to.allMs - from.allMs,
  mainMs: to.mainMs - from.mainMs,
  mainKernelMs: to.mainKernelMs - from.mainKernelMs,
});

/** Tracks every request of this process, those of the AWS clients included. */
export function trackRequests(): { take(): readonly TrackedRequest[] } {
  let tracked: TrackedRequest[] = [];
  const pending = new WeakMap<ClientRequest, TrackedRequest>();
  subscribe('http.client.request.start', (message) => {
    const request = requestOf(message);
    const { method, path } = request;
    const cpuAtStart = isOrder({ method, path }) ? readCpuTime() : null;
    const entry = { method, path, startedMs: performance.now(), cpuAtStart, endedMs: Number.POSITIVE_INFINITY };
    pending.set(request, entry);
    tracked.push(entry);
  });
  subscribe('http.client.response.finish', (message) => {
    const entry = pending.get(requestOf(message));
    if (entry !== undefined) entry.endedMs = performance.now();
  });
  return {
    take: () => {
      const taken = tracked;
      tracked = [];
      return taken;
    },
  };
}

function requestOf(message: unknown): ClientRequest {
  if (typeof message === 'object' && message !== null && 'request' in message) {
    if (message.request instanceof ClientRequest) return message.request;
  }
  throw new TypeError('Node published an HTTP request in an unknown form');
}

const isOrder = ({ method, path }: Pick<TrackedRequest, 'method' | 'path'>): boolean =>
  method === 'POST' && path === '/order';

export const findOrder = (requests: readonly TrackedRequest[]): TrackedRequest | undefined => requests.find(isOrder);

/**
 * Length of the longest chain of requests before the order, each of which starts after another has ended. NaN without
 * an order.
 */
export function countSequentialRequests(requests: readonly TrackedRequest[]): number {
  const order = findOrder(requests);
  if (order === undefined) return Number.NaN;
  const before = requests.filter(({ endedMs }) => endedMs <= order.startedMs).sort((a, b) => a.endedMs - b.endedMs);
  const depths = new Map<TrackedRequest, number>();
  for (const request of before) {
    const earlier = before.filter(({ endedMs }) => endedMs <= request.startedMs);
    depths.set(request, 1 + Math.max(0, ...earlier.map((each) => depths.get(each) ?? 0)));
  }
  return Math.max(0, ...depths.values());
}
