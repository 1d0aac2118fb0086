import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { SchedulerClient } from '@aws-sdk/client-scheduler';
import { SQSClient } from '@aws-sdk/client-sqs';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { type AwsLimits, awsSettingsOf, DEFAULT_AWS_LIMITS, withoutSdkLog } from './aws-settings.ts';
import type { Env } from './parse-env.ts';

/** The table's client, with plain JavaScript values. */
export function createDynamodbClient(env: Env, limits: AwsLimits = DEFAULT_AWS_LIMITS): DynamoDBDocumentClient {
  const wire = new DynamoDBClient(awsSettingsOf(env, 'DYNAMODB', limits));
  const plain = DynamoDBDocumentClient.from(wire, { marshallOptions: { removeUndefinedValues: true } });
  const client = withoutSdkLog(plain);
  // The document client's own `destroy` does nothing, and nothing else holds the client below it.
  client.destroy = () => wire.destroy();
  return client;
}

export function createSqsClient(env: Env, limits: AwsLimits = DEFAULT_AWS_LIMITS): SQSClient {
  // The SDK would send to the host of the queue's URL, which need not resolve for an emulator.
  const hasEndpoint = Boolean(env.AWS_ENDPOINT_URL_SQS || env.AWS_ENDPOINT_URL);
  const settings = awsSettingsOf(env, 'SQS', limits);
  return withoutSdkLog(new SQSClient({ ...settings, ...(hasEndpoint && { useQueueUrlAsEndpoint: false }) }));
}

export function createSchedulerClient(env: Env, limits: AwsLimits = DEFAULT_AWS_LIMITS): SchedulerClient {
  return withoutSdkLog(new SchedulerClient(awsSettingsOf(env, 'SCHEDULER', limits)));
}

export function createEventbridgeClient(env: Env, limits: AwsLimits = DEFAULT_AWS_LIMITS): EventBridgeClient {
  return withoutSdkLog(new EventBridgeClient(awsSettingsOf(env, 'EVENTBRIDGE', limits)));
}
