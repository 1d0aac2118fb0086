import { once } from 'node:events';
import { Agent, createServer, type IncomingMessage, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import * as z from 'zod';

/** A call of a function to AWS, with its answer. */
export type AwsCall = {
  readonly service: AwsService;
  /** `GetItem`, `SendMessage` … */
  readonly operation: string;
  readonly body: unknown;
  readonly text: string;
  readonly answer: unknown;
};

/** Environment values that say where each service listens. */
const ADDRESSES = {
  dynamodb: 'AWS_ENDPOINT_URL_DYNAMODB',
  sqs: 'AWS_ENDPOINT_URL_SQS',
  eventbridge: 'AWS_ENDPOINT_URL_EVENTBRIDGE',
  scheduler: 'AWS_ENDPOINT_URL_SCHEDULER',
} as const;
export type AwsService = keyof typeof ADDRESSES;
const SERVICES: readonly AwsService[] = ['dynamodb', 'sqs', 'eventbridge', 'scheduler'];

export type CountingProxy = {
  /** The environment of a function that goes through here. */
  readonly env: Readonly<Record<string, string>>;
  stop(): Promise<void>;
};

type Env = Readonly<Record<string, string>>;

/** Stands between a function and AWS, and tells of every call that was answered: also of a refused one, which costs as much. */
export async function startCountingProxy(env: Env, onCall: (call: AwsCall) => void): Promise<CountingProxy> {
  const agent = new Agent({ keepAlive: true });
  const serve = async (service: AwsService) => {
    const target = new URL(env[ADDRESSES[service]] ?? '');
    const server = createServer(async (incoming, reply) => {
      try {
        const body = await readAll(incoming);
        const { method, url: path, headers } = incoming;
        const outgoing = request({ agent, host: target.hostname, port: target.port, method, path, headers });
        outgoing.end(body);
        const [answer]: [IncomingMessage] = await awaitAnswer(outgoing);
        const content = await readAll(answer);
        onCall(toCall(service, incoming, body.toString('utf8'), content.toString('utf8')));
        reply.writeHead(answer.statusCode ?? 502, answer.headers).end(content);
      } catch {
        incoming.destroy();
      }
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return { service, server };
  };
  const served = await Promise.all(SERVICES.map(serve));
  return {
    env: {
      ...env,
      ...Object.fromEntries(served.map(({ service, server }) => [ADDRESSES[service], urlOf(server.address())])),
    },
    stop: async () => {
      agent.destroy();
      for (const { server } of served) {
        server.closeAllConnections();
        server.close();
      }
      await Promise.all(served.map(({ server }) => once(server, 'close')));
    },
  };
}

function awaitAnswer(outgoing: ReturnType<typeof request>): Promise<[IncomingMessage]> {
  return new Promise((resolve, reject) => {
    outgoing.once('response', (answer) => resolve([answer]));
    outgoing.once('error', reject);
  });
}

function urlOf(address: AddressInfo | string | null): string {
  if (address === null || typeof address === 'string') throw new Error('The proxy has no port');
  return `http://127.0.0.1:${address.port}`;
}

async function readAll(message: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(chunk);
  return Buffer.concat(chunks);
}

function toCall(service: AwsService, { headers, method }: IncomingMessage, text: string, answer: string): AwsCall {
  const target = String(headers['x-amz-target'] ?? '');
  // The scheduler's calls are named by method and path; a function makes timers and nothing else.
  const operation =
    target === '' ? (method === 'POST' ? 'CreateSchedule' : String(method)) : target.slice(target.lastIndexOf('.') + 1);
  return { service, operation, text, body: parse(text), answer: parse(answer) };
}

const JsonSchema = z.unknown();

function parse(text: string): unknown {
  return text === '' ? {} : JsonSchema.parse(JSON.parse(text));
}
