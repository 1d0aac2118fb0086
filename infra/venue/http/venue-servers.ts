import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import Fastify, { type FastifyInstance } from 'fastify';
import { InvariantError } from '#lib/errors/errors.ts';
import { createLazyApp, type LazyApp } from './lazy-app.ts';

type Register = (app: FastifyInstance) => void;
type RegisterLater = (app: FastifyInstance) => Promise<void>;

/** The venue's servers on free ports of 127.0.0.1; each start gives the address. */
export type VenueServers = {
  /** Serves `register`'s routes; where `ownPaths` are given, all other paths are served by what is built later. */
  listen(
    register: Register,
    later?: { readonly ownPaths: readonly string[]; readonly register: RegisterLater },
  ): Promise<string>;
  /** Serves routes that are built when the first request comes. */
  listenLater(register: RegisterLater): Promise<string>;
  stop(): Promise<void>;
};

export function createVenueServers(): VenueServers {
  const closers: (() => Promise<unknown>)[] = [];
  const servers: Server[] = [];
  const createTracked = (handler: RequestListener): Server => {
    const server = createServer(handler);
    servers.push(server);
    return server;
  };
  const createLater = (register: RegisterLater): LazyApp => {
    const lazy = createLazyApp(async () => {
      const app = Fastify({ logger: false });
      await register(app);
      return app;
    });
    closers.push(lazy.close);
    return lazy;
  };
  return {
    listen: (register, later) => {
      const lazy = later === undefined ? null : createLater(later.register);
      const isOwn = ({ url = '' }: IncomingMessage): boolean =>
        later === undefined || later.ownPaths.some((path) => url.startsWith(path));
      const serverFactory = (handler: RequestListener): Server =>
        createTracked((request, response) => {
          if (lazy === null || isOwn(request)) handler(request, response);
          else lazy.handle(request, response);
        });
      const app = Fastify({ logger: false, serverFactory });
      closers.push(() => app.close());
      register(app);
      return app.listen({ host: '127.0.0.1', port: 0 });
    },
    listenLater: async (register) => {
      const server = createTracked(createLater(register).handle);
      await new Promise<void>((resolve, reject) => {
        server.once('error', reject);
        server.listen(0, '127.0.0.1', resolve);
      });
      const address = server.address();
      if (address === null || typeof address === 'string') throw new InvariantError('The server has no port');
      return `http://127.0.0.1:${address.port}`;
    },
    stop: async () => {
      // A client that hangs on must not keep the venue from stopping.
      for (const server of servers) server.closeAllConnections();
      await Promise.all(closers.map((close) => close()));
      await Promise.all(servers.map(closeServer));
    },
  };
}

function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => void server.close(() => resolve()));
}
