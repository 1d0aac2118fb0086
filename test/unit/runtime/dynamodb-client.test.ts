import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { GetCommand } from '@aws-sdk/lib-dynamodb';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DEFAULT_AWS_LIMITS } from '#lib/runtime/aws-settings.ts';
import { createTurns, RANKS } from '#lib/runtime/bound-requests.ts';
import { createDynamodbClient } from '#lib/runtime/dynamodb-client.ts';

const remotePorts: unknown[] = [];
const server = createServer((request, answer) => {
  remotePorts.push(request.socket.remotePort);
  request.resume().on('end', () => answer.setHeader('content-type', 'application/x-amz-json-1.0').end('{}'));
});

beforeEach(() => new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve)));
afterEach(() => {
  remotePorts.length = 0;
  server.closeAllConnections();
  return new Promise((resolve) => server.close(resolve));
});

function makeEnv() {
  const { port } = server.address() as AddressInfo;
  const keys = { AWS_REGION: 'us-east-1', AWS_ACCESS_KEY_ID: 'local', AWS_SECRET_ACCESS_KEY: 'local' };
  return { ...keys, AWS_ENDPOINT_URL_DYNAMODB: `http://127.0.0.1:${port}` };
}

const read = new GetCommand({ TableName: 'table', Key: { pk: 'a', sk: 'b' } });

describe('a client of the table beside another one', () => {
  it('goes over the connection of its neighbour, though its requests have a rank of their own', async () => {
    const [env, takeTurn] = [makeEnv(), createTurns()];
    const first = createDynamodbClient(env, DEFAULT_AWS_LIMITS, { takeTurn, ...RANKS.store });
    const second = createDynamodbClient(env, DEFAULT_AWS_LIMITS, { takeTurn, ...RANKS.intents }, first);
    await first.send(read);
    await second.send(read);
    expect(remotePorts).toHaveLength(2);
    expect(new Set(remotePorts).size).toBe(1);
    first.destroy();
  });

  it('has connections of its own when it was given none', async () => {
    const clients = [createDynamodbClient(makeEnv()), createDynamodbClient(makeEnv())];
    for (const client of clients) await client.send(read);
    expect(new Set(remotePorts).size).toBe(2);
    for (const client of clients) client.destroy();
  });
});
