import { DynamoDBStreamsClient } from '@aws-sdk/client-dynamodb-streams';
import { PublishCommand, SNSClient } from '@aws-sdk/client-sns';
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { withoutSdkLog } from '#lib/runtime/aws-settings.ts';
import { REGION } from '../topology.ts';
import { createTurns } from './bound-requests.ts';

/** Attributes of a message, all of them texts. */
export type MessageTexts = Readonly<Record<string, string>>;

/** AWS clients of the event pump, separate from those of the functions. */
export type PumpClients = {
  createPoller(): SQSClient;
  openStreams(dynamodbUrl: string): DynamoDBStreamsClient;
  sendToQueue(queueName: string, body: string, attributes?: MessageTexts): Promise<void>;
  publish(topicArn: string, message: string): Promise<void>;
  destroy(): void;
};

export function createPumpClients(queueService: { readonly url: string; queueUrl(name: string): string }): PumpClients {
  const settings = { region: REGION, credentials: { accessKeyId: 'local', secretAccessKey: 'local' } };
  const opened: { destroy(): void }[] = [];
  const takeTurn = createTurns();
  const keep = <Client extends Parameters<typeof withoutSdkLog>[0] & { destroy(): void }>(client: Client): Client => {
    opened.push(client);
    return withoutSdkLog(client);
  };
  const createSqs = (): SQSClient => keep(new SQSClient({ ...settings, endpoint: queueService.url }));
  const sender = createSqs();
  const sns = keep(new SNSClient({ ...settings, endpoint: queueService.url }));
  return {
    // One client each: long polls would occupy all sockets of a shared client.
    createPoller: createSqs,
    openStreams: (endpoint) => keep(new DynamoDBStreamsClient({ ...settings, endpoint })),
    sendToQueue: async (queueName, body, attributes = {}) => {
      const MessageAttributes = Object.fromEntries(
        Object.entries(attributes).map(([name, StringValue]) => [name, { DataType: 'String', StringValue }]),
      );
      const message = new SendMessageCommand({
        QueueUrl: queueService.queueUrl(queueName),
        MessageBody: body,
        MessageAttributes,
      });
      await takeTurn(() => sender.send(message));
    },
    publish: async (topicArn, message) => {
      await takeTurn(() => sns.send(new PublishCommand({ TopicArn: topicArn, Message: message })));
    },
    destroy: () => {
      for (const client of opened) client.destroy();
    },
  };
}
