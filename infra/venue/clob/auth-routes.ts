import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { ApiCredentials } from './api-keys.ts';
import { forCallers, type PrivateDeps, sendRefusal } from './private-deps.ts';
import { checkFirstLevel } from './request-auth.ts';

/** API keys by the first level of authentication, and what the second level may ask about its account. */
export function registerAuthRoutes(app: FastifyInstance, deps: PrivateDeps): void {
  type Find = (address: string, nonce: string) => ApiCredentials | undefined;
  const answer = (find: Find, words: string) => async (request: FastifyRequest, reply: FastifyReply) => {
    const signed = await checkFirstLevel(deps, request);
    if (signed === undefined) return sendRefusal(reply, { status: 401, text: 'Invalid L1 Request headers' });
    const credentials = find(signed.address, signed.nonce);
    if (credentials === undefined) return sendRefusal(reply, { status: 400, text: words });
    const { key, secret, passphrase } = credentials;
    return reply.send({ apiKey: key, secret, passphrase });
  };
  app.post('/auth/api-key', answer(deps.apiKeys.create, 'Could not create api key'));
  app.get('/auth/derive-api-key', answer(deps.apiKeys.derive, 'Could not derive api key!'));
  app.get(
    '/auth/ban-status/closed-only',
    forCallers(deps, (_caller, _request, reply) => reply.send({ closed_only: deps.settings().closedOnly })),
  );
}
