import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ListQueuesCommand } from '@aws-sdk/client-sqs';
import { describe, expect, it } from 'vitest';
import { createAwsClients } from '#lib/runtime/aws-clients.ts';
import { DEFAULT_AWS_LIMITS } from '#lib/runtime/aws-settings.ts';

const ENV = {
  AWS_REGION: 'us-east-1',
  AWS_ACCESS_KEY_ID: 'local',
  AWS_SECRET_ACCESS_KEY: 'local',
  AWS_ENDPOINT_URL_SQS: 'http://127.0.0.1:4001',
  AWS_ENDPOINT_URL_SCHEDULER: 'http://127.0.0.1:4002',
};

describe('createAwsClients', () => {
  it('makes a client on first use and keeps it', () => {
    const clients = createAwsClients(ENV);
    expect(clients.sqs).toBe(clients.sqs);
    expect(clients.dynamodb).toBe(clients.dynamodb);
    clients.destroy();
  });

  it('takes each endpoint from its own environment, so that stacks can run side by side', async () => {
    const one = createAwsClients(ENV);
    const other = createAwsClients({ ...ENV, AWS_ENDPOINT_URL_SCHEDULER: 'http://127.0.0.1:5002' });
    expect((await one.scheduler.config.endpoint?.())?.port).toBe(4002);
    expect((await other.scheduler.config.endpoint?.())?.port).toBe(5002);
    expect((await one.sqs.config.endpoint?.())?.port).toBe(4001);
    expect(one.sqs.config.useQueueUrlAsEndpoint).toBe(false);
    expect(await one.scheduler.config.region()).toBe('us-east-1');
    one.destroy();
    other.destroy();
  });

  it('uses the address of the queue when there is no endpoint', () => {
    const { AWS_ENDPOINT_URL_SQS: _none, ...env } = ENV;
    const clients = createAwsClients(env);
    expect(clients.sqs.config.useQueueUrlAsEndpoint).not.toBe(false);
    expect(clients.eventbridge.config.endpoint).toBeUndefined();
    clients.destroy();
  });

  it('gives up on a service that never answers', async () => {
    const server = createServer(() => {});
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const limits = { ...DEFAULT_AWS_LIMITS, requestDeadlineMs: 50 };
    const clients = createAwsClients({ ...ENV, AWS_ENDPOINT_URL_SQS: `http://127.0.0.1:${port}` }, limits);
    await expect(clients.sqs.send(new ListQueuesCommand({}))).rejects.toMatchObject({
      name: 'TimeoutError',
      $metadata: { attempts: 3 },
    });
    clients.destroy();
    server.closeAllConnections();
    server.close();
  });
});
