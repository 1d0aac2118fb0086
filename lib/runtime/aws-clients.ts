import type { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { LambdaClient } from '@aws-sdk/client-lambda';
import type { SchedulerClient } from '@aws-sdk/client-scheduler';
import { SNSClient } from '@aws-sdk/client-sns';
import type { SQSClient } from '@aws-sdk/client-sqs';
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { type AwsLimits, awsSettingsOf, DEFAULT_AWS_LIMITS, withoutSdkLog } from './aws-settings.ts';
import { FUNCTION_TIMEOUT_MS } from './delivery-rules.ts';
import {
  createDynamodbClient,
  createEventbridgeClient,
  createSchedulerClient,
  createSqsClient,
} from './function-clients.ts';
import type { Env } from './parse-env.ts';

export type AwsClients = {
  readonly dynamodb: DynamoDBDocumentClient;
  readonly sqs: SQSClient;
  readonly sns: SNSClient;
  readonly scheduler: SchedulerClient;
  readonly eventbridge: EventBridgeClient;
  readonly lambda: LambdaClient;
  /** Closes the sockets of every client made so far. */
  destroy(): void;
};

function lazy<Client extends { destroy(): void }>(made: { destroy(): void }[], make: () => Client): () => Client {
  let client: Client | undefined;
  return () => {
    if (client === undefined) {
      client = make();
      made.push(client);
    }
    return client;
  };
}

/**
 * All clients, each made on first use: for the command line, the local stack and tests. Functions use
 * `function-clients`.
 */
export function createAwsClients(env: Env, limits: AwsLimits = DEFAULT_AWS_LIMITS): AwsClients {
  const made: { destroy(): void }[] = [];
  const dynamodb = lazy(made, () => createDynamodbClient(env, limits));
  const sqs = lazy(made, () => createSqsClient(env, limits));
  const sns = lazy(made, () => withoutSdkLog(new SNSClient(awsSettingsOf(env, 'SNS', limits))));
  const scheduler = lazy(made, () => createSchedulerClient(env, limits));
  const eventbridge = lazy(made, () => createEventbridgeClient(env, limits));
  // A synchronous invocation lasts as long as its function; only `open` is invoked that way.
  const invoking = { ...limits, requestDeadlineMs: FUNCTION_TIMEOUT_MS.open };
  const lambda = lazy(made, () => withoutSdkLog(new LambdaClient(awsSettingsOf(env, 'LAMBDA', invoking))));
  return {
    get dynamodb() {
      return dynamodb();
    },
    get sqs() {
      return sqs();
    },
    get sns() {
      return sns();
    },
    get scheduler() {
      return scheduler();
    },
    get eventbridge() {
      return eventbridge();
    },
    get lambda() {
      return lambda();
    },
    destroy: () => {
      for (const client of made) client.destroy();
    },
  };
}
