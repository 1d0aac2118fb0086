import { once } from 'node:events';
import { Agent, createServer, type IncomingMessage, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text as readAll } from 'node:stream/consumers';

/** A function's call to AWS, with its answer. */
export type AwsCall = {
  readonly service: AwsService;
  /** `GetItem`, `SendMessage` … */
  readonly operation: string;
  /** JSON. */
  readonly body: string;
  readonly answer: string;
};

/** Environment variables with the services' addresses. */
const ADDRESSES = {
  dynamodb: 'AWS_ENDPOINT_URL_DYNAMODB',
  sqs: 'AWS_ENDPOINT_URL_SQS',
  eventbridge: 'AWS_ENDPOINT_URL_EVENTBRIDGE',
  scheduler: 'AWS_ENDPOINT_URL_SCHEDULER',
} as const;
export type AwsService = keyof typeof ADDRESSES;
const SERVICES: readonly AwsService[] = ['dynamodb', 'sqs', 'eventbridge', 'scheduler'];

export type CountingProxy = {
  /** The environment of a function whose calls are counted. */
  readonly env: Readonly<Record<string, string>>;
  stop(): Promise<void>;
};

type Env = Readonly<Record<string, string>>;

/**
 * Forwards a function's calls to AWS and reports each answered one, rejected calls included, which are billed as well.
 * It asks DynamoDB for the consumed capacity of each call.
 */
export async function startCountingProxy(env: Env, onCall: (call: AwsCall) => void): Promise<CountingProxy> {
  const agent = new Agent({ keepAlive: true });
  const serve = async (service: AwsService) => {
    const target = new URL(env[ADDRESSES[service]] ?? '');
    const server = createServer(async (incoming, reply) => {
      try {
        const received = await readAll(incoming);
        const body = service === 'dynamodb' ? withConsumedCapacity(received) : received;
        const { method, url: path } = incoming;
        const headers = { ...incoming.headers, 'content-length': Buffer.byteLength(body) };
        const outgoing = request({ agent, host: target.hostname, port: target.port, method, path, headers });
        outgoing.end(body);
        const answer = await responseOf(outgoing);
        const content = await readAll(answer);
        onCall({ service, operation: operationOf(incoming), body, answer: content });
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

function responseOf(outgoing: ReturnType<typeof request>): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    outgoing.once('response', resolve);
    outgoing.once('error', reject);
  });
}

function withConsumedCapacity(body: string): string {
  return JSON.stringify({ ...JSON.parse(body), ReturnConsumedCapacity: 'TOTAL' });
}

function urlOf(address: AddressInfo | string | null): string {
  if (address === null || typeof address === 'string') throw new Error('The proxy has no port');
  return `http://127.0.0.1:${address.port}`;
}

/** The Scheduler names a call by method and path. Functions only create timers. */
function operationOf({ headers, method }: IncomingMessage): string {
  const target = headers['x-amz-target'];
  if (typeof target === 'string') return target.slice(target.lastIndexOf('.') + 1);
  return method === 'POST' ? 'CreateSchedule' : String(method);
}
