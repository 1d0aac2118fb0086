import type { AddressInfo } from 'node:net';
import { CreateQueueCommand } from '@aws-sdk/client-sqs';
import { buildApp } from 'fauxqs';
import type { AwsClients } from '#lib/runtime/aws-clients.ts';
import { createAwsClients } from '#lib/runtime/aws-clients.ts';

export type LocalSqs = {
  readonly clients: AwsClients;
  /** Makes a new queue and returns its address, as we build it: the emulator's own host does not resolve. */
  createQueue(): Promise<string>;
  stop(): Promise<void>;
};

/** SQS in this process, on the loopback only and on a free port. */
export async function startLocalSqs(): Promise<LocalSqs> {
  const app = buildApp({ logger: false });
  await app.listen({ port: 0, host: '127.0.0.1' });
  const { port } = app.server.address() as AddressInfo;
  const clients = createAwsClients({
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'local',
    AWS_SECRET_ACCESS_KEY: 'local',
    AWS_ENDPOINT_URL_SQS: `http://127.0.0.1:${port}`,
  });
  let queueCount = 0;
  return {
    clients,
    createQueue: async () => {
      queueCount += 1;
      const QueueName = `queue-${queueCount}`;
      await clients.sqs.send(new CreateQueueCommand({ QueueName }));
      return `http://127.0.0.1:${port}/000000000000/${QueueName}`;
    },
    stop: async () => {
      clients.destroy();
      await app.close();
    },
  };
}
