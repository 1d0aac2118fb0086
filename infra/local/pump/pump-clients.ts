import { DynamoDBStreamsClient } from '@aws-sdk/client-dynamodb-streams';
import { PublishCommand, SNSClient } from '@aws-sdk/client-sns';
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { withoutSdkLog } from '#lib/runtime/aws-settings.ts';
import { type Bindable, boundRequests } from '#lib/runtime/bound-requests.ts';
import { REGION } from '../topology.ts';

/** The connections of the machinery itself, apart from those of the functions. */
export type PumpClients = {
  createPoller(): SQSClient;
  openStreams(dynamodbUrl: string): DynamoDBStreamsClient;
  sendToQueue(queueName: string, body: string): Promise<void>;
  publish(topicArn: string, message: string): Promise<void>;
  destroy(): void;
};

export function createPumpClients(queueService: { readonly url: string; queueUrl(name: string): string }): PumpClients {
  const settings = { region: REGION, credentials: { accessKeyId: 'local', secretAccessKey: 'local' } };
  const opened: { destroy(): void }[] = [];
  const keep = <Client extends Bindable & Parameters<typeof withoutSdkLog>[0] & { destroy(): void }>(
    client: Client,
  ): Client => {
    opened.push(client);
    return boundRequests(withoutSdkLog(client));
  };
  const createSqs = (): SQSClient => keep(new SQSClient({ ...settings, endpoint: queueService.url }));
  const sender = createSqs();
  const sns = keep(new SNSClient({ ...settings, endpoint: queueService.url }));
  return {
    // Each poller has its own: long polls would use up the sockets of a shared client.
    createPoller: createSqs,
    openStreams: (endpoint) => keep(new DynamoDBStreamsClient({ ...settings, endpoint })),
    sendToQueue: async (queueName, body) => {
      await sender.send(new SendMessageCommand({ QueueUrl: queueService.queueUrl(queueName), MessageBody: body }));
    },
    publish: async (topicArn, message) => {
      await sns.send(new PublishCommand({ TopicArn: topicArn, Message: message }));
    },
    destroy: () => {
      for (const client of opened) client.destroy();
    },
  };
}
