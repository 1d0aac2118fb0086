import type { FastifyInstance, FastifyReply } from 'fastify';
import type { HttpFault } from '#infra/shared/local-venue.ts';

export type HttpFaults = { set(fault: HttpFault): void; clear(): void; install(app: FastifyInstance): void };

export function createHttpFaults(): HttpFaults {
  let active: { readonly fault: HttpFault; countLeft: number }[] = [];
  const take = (path: string): HttpFault | undefined => {
    const found = active.find(({ fault, countLeft }) => countLeft > 0 && path.startsWith(fault.path));
    if (found === undefined) return undefined;
    found.countLeft -= 1;
    return found.fault;
  };
  return {
    set: (fault) => {
      active = [{ fault, countLeft: fault.count ?? Number.POSITIVE_INFINITY }, ...active];
    },
    clear: () => {
      active = [];
    },
    install: (app) => {
      app.addHook('onRequest', async (request, reply) => {
        const fault = take(request.url);
        if (fault !== undefined) await sendFault(fault, reply);
      });
    },
  };
}

async function sendFault(fault: HttpFault, reply: FastifyReply): Promise<void> {
  switch (fault.kind) {
    case 'html':
      await reply.type('text/html').send('<!doctype html><title>Just a moment...</title><p>Checking your browser</p>');
      return;
    case 'garbage':
      await reply.type('application/json').send('\u0000{]not json');
      return;
    case 'empty':
      await reply.type('application/json').send('');
      return;
    case 'half-body':
      reply.hijack();
      reply.raw.writeHead(200, { 'content-type': 'application/json', 'content-length': '1000' });
      reply.raw.write('{"market":"0x12', () => reply.raw.destroy());
      return;
    case 'hang':
      // The connection ends when the client gives up or the server stops.
      reply.hijack();
      return;
    case 'status': {
      const status = fault.status ?? 503;
      if (status === 429) reply.header('retry-after', '1');
      await reply.code(status).send({ error: status === 429 ? 'Too Many Requests' : 'Internal server error' });
      return;
    }
  }
}
