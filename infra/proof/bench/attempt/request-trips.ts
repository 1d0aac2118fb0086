import { subscribe } from 'node:diagnostics_channel';
import { ClientRequest } from 'node:http';

/** Processor time that this process has spent, milliseconds: with all its threads, and its main thread alone. */
export type Spent = { readonly allMs: number; readonly mainMs: number };

/** One request of this process, from the moment it was begun to the end of its answer. */
export type Trip = {
  readonly method: string;
  readonly path: string;
  readonly startedMs: number;
  /** Of an order only: reading it costs processor time itself. */
  readonly startedSpent: Spent | null;
  endedMs: number;
};

export function spentSoFar(): Spent {
  const [all, main] = [process.cpuUsage(), process.threadCpuUsage()];
  return { allMs: (all.user + all.system) / 1_000, mainMs: (main.user + main.system) / 1_000 };
}

export const spentSince = (from: Spent, to: Spent): Spent => ({
  allMs: to.allMs - from.allMs,
  mainMs: to.mainMs - from.mainMs,
});

/** Notes every request of this process: the AWS clients' and our own. */
export function noteTrips(): { take(): readonly Trip[] } {
  let trips: Trip[] = [];
  const open = new WeakMap<ClientRequest, Trip>();
  subscribe('http.client.request.start', (message) => {
    const request = requestOf(message);
    const { method, path } = request;
    const startedSpent = isOrder({ method, path }) ? spentSoFar() : null;
    const trip = { method, path, startedMs: performance.now(), startedSpent, endedMs: Number.POSITIVE_INFINITY };
    open.set(request, trip);
    trips.push(trip);
  });
  subscribe('http.client.response.finish', (message) => {
    const trip = open.get(requestOf(message));
    if (trip !== undefined) trip.endedMs = performance.now();
  });
  return {
    take: () => {
      const taken = trips;
      trips = [];
      return taken;
    },
  };
}

function requestOf(message: unknown): ClientRequest {
  if (typeof message === 'object' && message !== null && 'request' in message) {
    if (message.request instanceof ClientRequest) return message.request;
  }
  throw new TypeError('Node told of a request in a way that this benchmark does not know');
}

const isOrder = ({ method, path }: Pick<Trip, 'method' | 'path'>): boolean => method === 'POST' && path === '/order';

export const findPost = (trips: readonly Trip[]): Trip | undefined => trips.find(isOrder);

/** How many requests had to wait for each other until the order left: the longest chain of such as begin when another has ended. */
export function tripsBeforePost(trips: readonly Trip[]): number {
  const post = findPost(trips);
  if (post === undefined) return Number.NaN;
  const before = trips.filter(({ endedMs }) => endedMs <= post.startedMs).sort((a, b) => a.endedMs - b.endedMs);
  const depths = new Map<Trip, number>();
  for (const trip of before) {
    const earlier = before.filter(({ endedMs }) => endedMs <= trip.startedMs);
    depths.set(trip, 1 + Math.max(0, ...earlier.map((each) => depths.get(each) ?? 0)));
  }
  return Math.max(0, ...depths.values());
}
