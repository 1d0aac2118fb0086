import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { ApiCredentials } from './api-keys.ts';
import { registerBalanceRoutes } from './balance-routes.ts';
import { registerCancelRoutes } from './cancel-routes.ts';
import { registerLookUpRoutes } from './look-up-routes.ts';
import { registerOrderRoutes } from './order-routes.ts';
import { forCallers, type PrivateRouteDeps, sendRefusal } from './private-requests.ts';
import { checkFirstLevel } from './request-auth.ts';

/** A batch of fifteen orders takes about 10 kB. */
const BODY_BYTES_MAX = 256 * 1024;

/** The authenticated part of the CLOB. Bodies stay text: the caller's signature covers the bytes it sent. */
export function registerPrivateRoutes(app: FastifyInstance, deps: PrivateRouteDeps): void {
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

function registerAuthRoutes(app: FastifyInstance, deps: PrivateRouteDeps): void {
  type Find = (address: string, nonce: string) => ApiCredentials | undefined;
  const answer = (find: Find, notFoundText: string) => async (request: FastifyRequest, reply: FastifyReply) => {
    const signed = await checkFirstLevel(deps, request);
    if (signed === undefined) return sendRefusal(reply, { status: 401, text: 'Invalid L1 Request headers' });
    const credentials = find(signed.address, signed.nonce);
    if (credentials === undefined) return sendRefusal(reply, { status: 400, text: notFoundText });
    const { key, secret, passphrase } = credentials;
    return reply.send({ apiKey: key, secret, passphrase });
  };
  app.post('/auth/api-key', answer(deps.apiKeys.create, 'Could not create api key'));
  app.get('/auth/derive-api-key', answer(deps.apiKeys.derive, 'Could not derive api key!'));
  app.post(
    '/auth/builder-api-key',
    forCallers(deps, ({ address }, _request, reply) => reply.send(deps.apiKeys.builderKey(address))),
  );
  app.get(
    '/auth/ban-status/closed-only',
    forCallers(deps, (_caller, _request, reply) => reply.send({ closed_only: deps.settings().closedOnly })),
  );
}
