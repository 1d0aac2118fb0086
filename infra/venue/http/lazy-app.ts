import type { IncomingMessage, ServerResponse } from 'node:http';
import type { FastifyInstance } from 'fastify';

/** An application that is loaded and built when its first request comes. */
export type LazyApp = { handle(request: IncomingMessage, response: ServerResponse): void; close(): Promise<void> };

/**
 * The suite starts often and trades on paper mostly: what paper never asks for costs nothing until somebody does. Requests
 * that come while the application is being built wait for it.
 */
export function createLazyApp(build: () => Promise<FastifyInstance>): LazyApp {
  let building: Promise<FastifyInstance> | undefined;
  const buildReady = async (): Promise<FastifyInstance> => {
    const app = await build();
    await app.ready();
    return app;
  };
  return {
    handle: (request, response) => {
      building ??= buildReady();
      building.then(
        (app) => app.routing(request, response),
        () => response.writeHead(500).end(),
      );
    },
    close: async () => {
      await (await building)?.close();
    },
  };
}
