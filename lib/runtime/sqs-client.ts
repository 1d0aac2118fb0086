import { SQSClient } from '@aws-sdk/client-sqs';
import { type AwsLimits, awsSettingsOf, DEFAULT_AWS_LIMITS, withoutSdkLog } from './aws-settings.ts';
import type { Env } from './env.ts';

export function createSqsClient(env: Env, limits: AwsLimits = DEFAULT_AWS_LIMITS): SQSClient {
  // The SDK sends to the host of the queue's URL when the endpoint was given; an emulator's hosts need not resolve.
  const hasEndpoint = Boolean(env.AWS_ENDPOINT_URL_SQS || env.AWS_ENDPOINT_URL);
  const settings = awsSettingsOf(env, 'SQS', limits);
  return withoutSdkLog(new SQSClient({ ...settings, ...(hasEndpoint && { useQueueUrlAsEndpoint: false }) }));
}
