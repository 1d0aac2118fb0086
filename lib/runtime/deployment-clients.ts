import { CloudFormationClient } from '@aws-sdk/client-cloudformation';
import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import { DynamoDBStreamsClient } from '@aws-sdk/client-dynamodb-streams';
import { SNSClient } from '@aws-sdk/client-sns';
import { type AwsLimits, awsSettingsOf, withoutSdkLog } from './aws-settings.ts';
import type { Env } from './parse-env.ts';

/** For finding the resources of a deployment. No function uses it. */
export function createCloudformationClient(env: Env, limits: AwsLimits): CloudFormationClient {
  return withoutSdkLog(new CloudFormationClient(awsSettingsOf(env, 'CLOUDFORMATION', limits)));
}

/** For the alarms of a deployment. Functions write their metrics into their logs. */
export function createCloudwatchClient(env: Env, limits: AwsLimits): CloudWatchClient {
  return withoutSdkLog(new CloudWatchClient(awsSettingsOf(env, 'CLOUDWATCH', limits)));
}

/** For the subscriptions of a deployment. Functions publish to the event bus, whose rules publish to the topic. */
export function createSnsClient(env: Env, limits: AwsLimits): SNSClient {
  return withoutSdkLog(new SNSClient(awsSettingsOf(env, 'SNS', limits)));
}

/** Where the two services are that are called without a client of the SDK. */
export function signedServiceUrl(env: Env, service: 'sts' | 'logs'): string {
  const own = { sts: env.AWS_ENDPOINT_URL_STS, logs: env.AWS_ENDPOINT_URL_CLOUDWATCH_LOGS }[service];
  return own || env.AWS_ENDPOINT_URL || `https://${service}.${env.AWS_REGION}.amazonaws.com/`;
}

/** For changes that `announce` gave up. Lambda reads the stream for the function. */
export function createStreamsClient(env: Env, limits: AwsLimits): DynamoDBStreamsClient {
  return withoutSdkLog(new DynamoDBStreamsClient(awsSettingsOf(env, 'DYNAMODB_STREAMS', limits)));
}
