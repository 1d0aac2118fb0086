import type { FastifyError, FastifyInstance } from 'fastify';
import { registerAuthRoutes } from './auth-routes.ts';
import { registerBalanceRoutes } from './balance-routes.ts';
import { registerCancelRoutes } from './cancel-routes.ts';
import { registerLookUpRoutes } from './look-up-routes.ts';
import { registerOrderRoutes } from './order-routes.ts';
import type { PrivateDeps } from './private-deps.ts';

/** A batch of fifteen orders is some ten kilobytes. */
const BODY_BYTES_MAX = 256 * 1024;

/** The authenticated part of the CLOB. Bodies stay text: the caller's signature is over the bytes it sent. */
export function registerPrivateRoutes(app: FastifyInstance, deps: PrivateDeps): void {
  app.removeContentTypeParser('application/json');
  app.addContentTypeParser(
    'application/json',
    { parseAs: 'string', bodyLimit: BODY_BYTES_MAX },
    (_request, body, done) => done(null, body),
  );
  app.setErrorHandler((error: FastifyError, _request, reply) =>
    reply.code(error.statusCode ?? 500).send({ error: 'Internal server error' }),
  );
  registerAuthRoutes(app, deps);
  registerOrderRoutes(app, deps);
  registerCancelRoutes(app, deps);
  registerLookUpRoutes(app, deps);
  registerBalanceRoutes(app, deps);
}
