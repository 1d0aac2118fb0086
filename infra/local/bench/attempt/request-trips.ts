import { subscribe } from 'node:diagnostics_channel';
import * as z from 'zod';

/** One request of this process, from the moment it was begun to the end of its answer. */
export type Trip = {
  readonly method: string;
  readonly path: string;
  readonly startedMs: number;
  readonly startedCpuMs: number;
  endedMs: number;
};

const HttpMessageSchema = z.object({ request: z.object({ method: z.string(), path: z.string() }) });
const objectOf = (message: unknown): object =>
  typeof message === 'object' && message !== null && 'request' in message && typeof message.request === 'object'
    ? (message.request ?? {})
    : {};

export function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000;
}

/** Notes every request of this process: the AWS clients' (node:http) and those of `fetch`. */
export function noteTrips(): { take(): readonly Trip[] } {
  let trips: Trip[] = [];
  const open = new WeakMap<object, Trip>();
  const begin = (message: unknown): void => {
    const { method, path } = HttpMessageSchema.parse(message).request;
    const trip = {
      method,
      path,
      startedMs: performance.now(),
      startedCpuMs: cpuMs(),
      endedMs: Number.POSITIVE_INFINITY,
    };
    open.set(objectOf(message), trip);
    trips.push(trip);
  };
  const end = (message: unknown): void => {
    const trip = open.get(objectOf(message));
    if (trip !== undefined) trip.endedMs = performance.now();
  };
  subscribe('http.client.request.start', begin);
  subscribe('http.client.response.finish', end);
  subscribe('undici:request:create', begin);
  subscribe('undici:request:trailers', end);
  return {
    take: () => {
      const taken = trips;
      trips = [];
      return taken;
    },
  };
}

export const findPost = (trips: readonly Trip[]): Trip | undefined =>
  trips.find(({ method, path }) => method === 'POST' && path === '/order');

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
