import type { IncomingMessage } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { AwsClients } from '#lib/runtime/aws-clients.ts';
import { createAwsClients } from '#lib/runtime/aws-clients.ts';
import { DEFAULT_AWS_LIMITS } from '#lib/runtime/aws-settings.ts';
import type { Env } from '#lib/runtime/parse-env.ts';

export type WireAnswer = {
  readonly status: number;
  readonly errorType?: string;
  readonly body?: Readonly<Record<string, unknown>>;
};
export type WireRequest = {
  readonly path: string;
  readonly target: string | undefined;
  readonly body: Record<string, unknown>;
};

/** A service of AWS on the wire: answers as the test says and remembers what it was asked. */
export async function startAwsWire(answer: (request: WireRequest) => WireAnswer | Promise<WireAnswer>): Promise<{
  /** For clients of the test's own. */
  readonly env: Env;
  readonly clients: AwsClients;
  readonly requests: readonly WireRequest[];
  stop(): Promise<void>;
}> {
  const requests: WireRequest[] = [];
  const server = createServer(async (incoming, outgoing) => {
    const request = {
      path: incoming.url ?? '',
      target: incoming.headers['x-amz-target']?.toString(),
      body: JSON.parse(await textOf(incoming)) as Record<string, unknown>,
    };
    requests.push(request);
    const { status, errorType, body = {} } = await answer(request);
    outgoing.writeHead(status, {
      'content-type': 'application/json',
      ...(errorType !== undefined && { 'x-amzn-errortype': errorType }),
    });
    outgoing.end(JSON.stringify(body));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const env = {
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'local',
    AWS_SECRET_ACCESS_KEY: 'local',
    AWS_ENDPOINT_URL: `http://127.0.0.1:${port}`,
  };
  // One try: the SDK's own pauses between tries are not what is tested.
  const clients = createAwsClients(env, { ...DEFAULT_AWS_LIMITS, attemptCountMax: 1 });
  return {
    env,
    clients,
    requests,
    stop: async () => {
      clients.destroy();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function textOf(incoming: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}
