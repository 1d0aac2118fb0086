import { randomUUID } from 'node:crypto';
import Fastify from 'fastify';

/** The handler's answer to one event, or the error it threw. */
export type InvocationResult =
  | { readonly outcome: 'returned'; readonly value: unknown }
  | { readonly outcome: 'failed'; readonly errorType: string; readonly errorMessage: string };

/** Lambda's Runtime API for one process: hands it one event at a time and takes the answers. */
export type RuntimeApi = {
  /** `host:port`, the value of `AWS_LAMBDA_RUNTIME_API`. */
  readonly address: string;
  /** Resolves when the process asks for its first event, or with the error when it cannot load its handler. */
  readonly ready: Promise<'ready' | { readonly errorType: string; readonly errorMessage: string }>;
  invoke(
    event: unknown,
    options: { readonly functionArn: string; readonly deadlineMs: number },
  ): Promise<InvocationResult>;
  stop(): Promise<void>;
};

type Invocation = {
  readonly requestId: string;
  readonly event: unknown;
  readonly functionArn: string;
  readonly deadlineMs: number;
  readonly settle: (result: InvocationResult) => void;
};

type ErrorBody = { readonly errorType?: string; readonly errorMessage?: string };

/** Lambda's own limit of a payload. */
const BODY_BYTES_MAX = 6 * 1024 * 1024;

export async function startRuntimeApi(): Promise<RuntimeApi> {
  const ready = Promise.withResolvers<Awaited<RuntimeApi['ready']>>();
  const waiting: Invocation[] = [];
  const running = new Map<string, Invocation>();
  let takeNext: ((invocation: Invocation) => void) | undefined;
  const next = (): Promise<Invocation> => {
    const known = waiting.shift();
    return known === undefined ? new Promise((resolve) => (takeNext = resolve)) : Promise.resolve(known);
  };
  const give = (invocation: Invocation): void => {
    if (takeNext === undefined) waiting.push(invocation);
    else takeNext(invocation);
    takeNext = undefined;
  };
  const settle = (requestId: string, result: InvocationResult): void => {
    running.get(requestId)?.settle(result);
    running.delete(requestId);
  };

  const app = Fastify({ logger: false, forceCloseConnections: true, bodyLimit: BODY_BYTES_MAX });
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', { parseAs: 'string' }, (_request, body, done) => done(null, body));
  app.get('/2018-06-01/runtime/invocation/next', async (_request, reply) => {
    ready.resolve('ready');
    const invocation = await next();
    running.set(invocation.requestId, invocation);
    reply.header('lambda-runtime-aws-request-id', invocation.requestId);
    reply.header('lambda-runtime-deadline-ms', String(invocation.deadlineMs));
    reply.header('lambda-runtime-invoked-function-arn', invocation.functionArn);
    return reply.type('application/json').send(JSON.stringify(invocation.event));
  });
  app.post<{ Params: { id: string }; Body: string }>(
    '/2018-06-01/runtime/invocation/:id/response',
    (request, reply) => {
      settle(request.params.id, { outcome: 'returned', value: JSON.parse(request.body) });
      return reply.code(202).send();
    },
  );
  app.post<{ Params: { id: string }; Body: string }>('/2018-06-01/runtime/invocation/:id/error', (request, reply) => {
    settle(request.params.id, { outcome: 'failed', ...faultOf(request.body) });
    return reply.code(202).send();
  });
  app.post<{ Body: string }>('/2018-06-01/runtime/init/error', (request, reply) => {
    ready.resolve(faultOf(request.body));
    return reply.code(202).send();
  });
  const url = await app.listen({ host: '127.0.0.1', port: 0 });
  return {
    address: new URL(url).host,
    ready: ready.promise,
    invoke: (event, { functionArn, deadlineMs }) =>
      new Promise((resolve) => give({ requestId: randomUUID(), event, functionArn, deadlineMs, settle: resolve })),
    stop: () => app.close(),
  };
}

function faultOf(body: string): { readonly errorType: string; readonly errorMessage: string } {
  const { errorType = 'Error', errorMessage = 'no message' }: ErrorBody = JSON.parse(body);
  return { errorType, errorMessage };
}
