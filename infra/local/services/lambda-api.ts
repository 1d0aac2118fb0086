import { randomUUID } from 'node:crypto';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import * as z from 'zod';
import type { FunctionResult, FunctionRuntime } from '#infra/shared/function-runtime.ts';
import { localFunctionArn } from '#infra/shared/function-runtime.ts';
import type { FunctionName } from '#lib/runtime/delivery-rules.ts';
import { MAPPED_FUNCTIONS } from '../topology.ts';
import { AwsWireError } from './aws-wire-error.ts';

const NameParams = z.object({ name: z.string() });

/** Lambda's Invoke: synchronous, or asynchronous with `Event`. */
export function registerLambdaApi(
  app: FastifyInstance,
  runtime: FunctionRuntime,
  invokeAsync: FunctionRuntime['invoke'],
): void {
  app.post('/2015-03-31/functions/:name/invocations', async (request, reply) => {
    const name = findFunction(runtime, NameParams.parse(request.params).name);
    const payload = readPayload(request.body);
    reply.header('x-amz-executed-version', '$LATEST');
    if (request.headers['x-amz-invocation-type'] === 'Event') {
      void invokeAsync(name, payload);
      return reply.code(202).send('');
    }
    const result = await runtime.invoke(name, payload);
    reply.code(200).type('application/json');
    if (result.outcome === 'failed')
      return reply.header('x-amz-function-error', 'Unhandled').send(describeFailure(result));
    return reply.send(JSON.stringify(result.value ?? null));
  });
}

/** For `tminus doctor`. There is no concurrency limit here. */
export function registerLambdaReads(app: FastifyInstance, runtime: FunctionRuntime): void {
  app.get('/2015-03-31/functions/:name', (request) => {
    const name = findFunction(runtime, NameParams.parse(request.params).name);
    return { Configuration: { FunctionName: name, FunctionArn: localFunctionArn(name), State: 'Active' } };
  });
  app.get('/2015-03-31/event-source-mappings/:name', (request) => {
    const name = findFunction(runtime, NameParams.parse(request.params).name);
    if (!MAPPED_FUNCTIONS.includes(name)) {
      throw new AwsWireError('ResourceNotFoundException', 404, `There is no event source mapping ${name}`);
    }
    return { UUID: name, FunctionArn: localFunctionArn(name), State: 'Enabled' };
  });
  app.get('/2016-08-19/account-settings', () => ({}));
}

/** A function URL: any method, path and body below `path`, payload format 2.0. */
export function registerFunctionUrl(
  app: FastifyInstance,
  runtime: FunctionRuntime,
  path: string,
  name: FunctionName,
): void {
  const answer = async (request: FastifyRequest, reply: FastifyReply) => {
    const result = await runtime.invoke(name, toUrlEvent(request, path));
    if (result.outcome === 'failed')
      return reply.code(502).type('application/json').send('{"Message":"Internal Server Error"}');
    return sendUrlResult(reply, result.value);
  };
  app.all(path, answer);
  app.all(`${path}/*`, answer);
}

function findFunction(runtime: FunctionRuntime, nameOrArn: string): FunctionName {
  const name = nameOrArn.split(':function:').at(-1) ?? nameOrArn;
  if (runtime.has(name)) return name;
  throw new AwsWireError('ResourceNotFoundException', 404, `Function not found: ${nameOrArn}`);
}

function readPayload(body: unknown): unknown {
  const text = Buffer.isBuffer(body) ? body.toString('utf8') : '';
  try {
    return text === '' ? {} : JSON.parse(text);
  } catch {
    throw new AwsWireError('InvalidRequestContentException', 400, 'Could not parse request body into json.');
  }
}

function describeFailure(failure: Extract<FunctionResult, { outcome: 'failed' }>): string {
  const { errorType, errorMessage, trace } = failure;
  return JSON.stringify({ errorType, errorMessage, trace });
}

/** Other content types reach the function in base64. */
const TEXT_TYPE = /^(text\/|application\/(json|javascript|xml)\b)/;

function toUrlEvent(request: FastifyRequest, root: string) {
  const body = Buffer.isBuffer(request.body) ? request.body : undefined;
  const isText = TEXT_TYPE.test(request.headers['content-type'] ?? '');
  const [url = '', query = ''] = request.url.split('?', 2);
  // On AWS the URL is a host of its own.
  const path = url.slice(root.length) || '/';
  const nowMs = Date.now();
  return {
    version: '2.0',
    routeKey: '$default',
    rawPath: path,
    rawQueryString: query,
    headers: Object.fromEntries(Object.entries(request.headers).map(([field, value]) => [field, String(value)])),
    requestContext: {
      accountId: 'anonymous',
      apiId: 'local',
      domainName: request.hostname,
      domainPrefix: 'local',
      http: {
        method: request.method,
        path,
        protocol: 'HTTP/1.1',
        sourceIp: request.ip,
        userAgent: request.headers['user-agent'] ?? '',
      },
      requestId: randomUUID(),
      routeKey: '$default',
      stage: '$default',
      time: new Date(nowMs).toISOString(),
      timeEpoch: nowMs,
    },
    ...(body && { body: body.toString(isText ? 'utf8' : 'base64') }),
    isBase64Encoded: body !== undefined && !isText,
  };
}

const UrlResultSchema = z.object({
  statusCode: z.number().int(),
  headers: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).default({}),
  body: z.string().default(''),
});

/** A result without a status code is the JSON body of a 200. */
function sendUrlResult(reply: FastifyReply, value: unknown): FastifyReply {
  const answer = UrlResultSchema.safeParse(value);
  if (!answer.success)
    return reply
      .code(200)
      .type('application/json')
      .send(JSON.stringify(value ?? null));
  return reply
    .code(answer.data.statusCode)
    .headers({ 'content-type': 'application/json', ...answer.data.headers })
    .send(answer.data.body);
}
