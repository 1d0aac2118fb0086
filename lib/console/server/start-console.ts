import Fastify, { type FastifyInstance, type FastifyReply } from 'fastify';
import { InvalidInputError, TminusError } from '#lib/errors/errors.ts';
import { API_PREFIX, judgeRequest } from './judge-request.ts';
import { readPageFiles } from './page-files.ts';
import { shownText } from './shown-text.ts';

/** Adds the routes of one page below `/api/`; the guard stands before all of them. */
export type AddRoutes = (app: FastifyInstance) => void;

export type ConsoleOptions = {
  /** 0 for any free one. */
  readonly port: number;
  /** Opens everything below `/api/`. */
  readonly token: string;
  readonly routes: readonly AddRoutes[];
};

/** Styles of the page beside index.html, which links to them. */
const STYLES = ['console.css', 'now/now.css', 'position/position.css', 'history/history.css', 'act/act.css'];

/**
 * Nothing is loaded from elsewhere, and nothing that stands in a text runs. `data:` is for the icons of the CSS base.
 */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

const HEADERS = {
  'content-security-policy': POLICY,
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cache-control': 'no-store',
  'cross-origin-resource-policy': 'same-origin',
  'cross-origin-opener-policy': 'same-origin',
} as const;

/** The longest request has a few amounts and a reason. */
const BODY_BYTES_MAX = 16_384;

/**
 * Serves the page and its API on 127.0.0.1. `stop` ends open streams, too.
 * @throws when the port is taken
 */
export async function startConsole({
  port,
  token,
  routes,
}: ConsoleOptions): Promise<{ readonly url: string; stop(): Promise<void> }> {
  const app = Fastify({ logger: false, forceCloseConnections: true, bodyLimit: BODY_BYTES_MAX });
  guardRequests(app, token);
  addErrors(app);
  addShownText(app);
  for (const [path, { contentType, body }] of readPageFiles(STYLES)) {
    app.get(path, (_request, reply) => reply.type(contentType).send(body));
  }
  for (const addRoutes of routes) addRoutes(app);
  const url = await app.listen({ host: '127.0.0.1', port });
  return { url, stop: () => app.close() };
}

function guardRequests(app: FastifyInstance, token: string): void {
  app.addHook('onRequest', async (request, reply) => {
    reply.headers(HEADERS);
    const { host, origin, authorization, 'sec-fetch-site': fetchSite } = request.headers;
    // The route that will answer: the router decodes `/%61pi/` and takes a whole address for its path.
    const path = request.routeOptions.url ?? request.url;
    const refusal = judgeRequest(
      {
        ...{ path, port: request.raw.socket.localPort, host, origin, authorization },
        fetchSite: Array.isArray(fetchSite) ? fetchSite.join() : fetchSite,
      },
      token,
    );
    if (refusal !== null) return sendError(reply, refusal.status, refusal.code, refusal.message);
  });
}

function addShownText(app: FastifyInstance): void {
  app.addHook('onSend', async ({ routeOptions }, _reply, payload) => {
    const isOfFile = routeOptions.url !== undefined && !routeOptions.url.startsWith(API_PREFIX);
    return typeof payload === 'string' && !isOfFile ? shownText(payload) : payload;
  });
}

export function sendError(reply: FastifyReply, status: number, code: string, message: string): FastifyReply {
  return reply.status(status).send({ error: { code, message } });
}

function addErrors(app: FastifyInstance): void {
  app.setNotFoundHandler((request, reply) =>
    sendError(reply, 404, 'not-found', `The console has nothing at ${request.url.slice(0, 100)}.`),
  );
  app.setErrorHandler((error, _request, reply) => {
    // The suite's own errors hold no secret. Texts of other errors are not shown.
    if (error instanceof InvalidInputError) return sendError(reply, 400, 'invalid-input', error.message);
    if (error instanceof TminusError) return sendError(reply, 502, error.name, error.message);
    const status = statusOf(error);
    if (status >= 500) return sendError(reply, 500, 'internal', 'The console failed to answer.');
    return sendError(reply, status, 'bad-request', 'The console does not take this request.');
  });
}

/** Fastify's own errors tell what is wrong with a request. */
function statusOf(error: unknown): number {
  const status = error instanceof Error && 'statusCode' in error ? error.statusCode : undefined;
  return typeof status === 'number' ? status : 500;
}
