import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import Fastify, { type FastifyInstance } from 'fastify';
import type { LazyApp } from './lazy-app.ts';
import { createLazyApp } from './lazy-app.ts';

/** The venue's servers on free ports of 127.0.0.1. */
export type VenueServers = {
  /** Starts one and returns its address. `later` is built when a request comes that is not for `register`'s paths. */
  listen(parts: ServerParts): Promise<string>;
  stop(): Promise<void>;
};

export type ServerParts = {
  register(app: FastifyInstance): void;
  /** Requests for anything but these beginnings go to the application that is built later. */
  readonly ownPaths?: readonly string[];
  readonly later?: (app: FastifyInstance) => Promise<void>;
};

export function createVenueServers(): VenueServers {
  const apps: FastifyInstance[] = [];
  const lazyApps: LazyApp[] = [];
  const servers: Server[] = [];
  const listen: VenueServers['listen'] = ({ register, ownPaths, later }) => {
    const buildLater = async (): Promise<FastifyInstance> => {
      const app = Fastify({ logger: false });
      await later?.(app);
      return app;
    };
    const lazy = later === undefined ? null : createLazyApp(buildLater);
    if (lazy !== null) lazyApps.push(lazy);
    const isOwn = ({ url = '' }: IncomingMessage): boolean => ownPaths?.some((path) => url.startsWith(path)) ?? true;
    const serverFactory = (handler: RequestListener): Server => {
      const server = createServer((request, response) => {
        if (lazy === null || isOwn(request)) handler(request, response);
        else lazy.handle(request, response);
      });
      servers.push(server);
      return server;
    };
    const app = Fastify({ logger: false, serverFactory });
    apps.push(app);
    register(app);
    return app.listen({ host: '127.0.0.1', port: 0 });
  };
  const stop = async (): Promise<void> => {
    // A client that hangs on must not keep the venue from stopping.
    for (const server of servers) server.closeAllConnections();
    await Promise.all([...apps, ...lazyApps].map((app) => app.close()));
  };
  return { listen, stop };
}
