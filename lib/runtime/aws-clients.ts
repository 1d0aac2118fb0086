import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { SchedulerClient } from '@aws-sdk/client-scheduler';
import { SNSClient } from '@aws-sdk/client-sns';
import { SQSClient } from '@aws-sdk/client-sqs';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { ConfigError } from '#lib/errors/errors.ts';
import { type Bindable, boundRequests } from './bound-requests.ts';
import type { Env } from './env.ts';

export type AwsLimits = {
  readonly attemptCountMax: number;
  readonly connectionDeadlineMs: number;
  readonly requestDeadlineMs: number;
};

/** Three tries of three seconds fit into the exit's function timeout of 15 s (lib/domain/README.md, wake-ups). */
export const DEFAULT_AWS_LIMITS: AwsLimits = {
  attemptCountMax: 3,
  connectionDeadlineMs: 1_000,
  requestDeadlineMs: 3_000,
};
/** A synchronous invoke lasts as long as the function behind it, `open` at the most. */
const INVOKE_DEADLINE_MS = 30_000;

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

type Service =
  | 'CLOUDFORMATION'
  | 'DYNAMODB'
  | 'SQS'
  | 'SNS'
  | 'SCHEDULER'
  | 'EVENTBRIDGE'
  | 'LAMBDA'
  | 'SECRETS_MANAGER'
  | 'KMS';

/**
 * Settings are passed, never left to `process.env`: several stacks may live in one process. `throwOnRequestTimeout` is
 * needed, because without it the SDK only warns when a request outlives its deadline.
 */
export function awsSettingsOf(env: Env, service: Service, limits: AwsLimits) {
  const endpoint = endpointOf(env, service);
  const {
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    AWS_SESSION_TOKEN: sessionToken,
  } = env;
  return {
    maxAttempts: limits.attemptCountMax,
    requestHandler: {
      connectionTimeout: limits.connectionDeadlineMs,
      requestTimeout: limits.requestDeadlineMs,
      throwOnRequestTimeout: true,
    },
    ...(env.AWS_REGION && { region: env.AWS_REGION }),
    ...(endpoint !== undefined && { endpoint }),
    ...(accessKeyId !== undefined &&
      secretAccessKey !== undefined && {
        credentials: { accessKeyId, secretAccessKey, ...(sessionToken !== undefined && { sessionToken }) },
      }),
  };
}

/**
 * An empty value counts as missing, as everywhere in the environment.
 * @throws ConfigError the SDK's own error would not say which of the services' addresses is wrong
 */
function endpointOf(env: Env, service: Service): string | undefined {
  const name = [`AWS_ENDPOINT_URL_${service}`, 'AWS_ENDPOINT_URL'].find((each) => env[each]);
  const endpoint = name === undefined ? undefined : env[name];
  if (endpoint === undefined || /^https?:$/.test(URL.parse(endpoint)?.protocol ?? '')) return endpoint;
  throw new ConfigError(`The environment cannot be used: ${name} is wrong (it has to be a web address)`);
}

type Closable = Bindable & { destroy(): void; readonly middlewareStack: { remove(name: string): boolean } };

/**
 * The SDK's own logging has no logger here, and still copies every request and answer for it, field by field: five percent of
 * the time of an exit (measured).
 */
export function withoutSdkLog<Client extends { readonly middlewareStack: { remove(name: string): boolean } }>(
  client: Client,
): Client {
  client.middlewareStack.remove('loggerMiddleware');
  return client;
}

function lazy<Client extends Closable>(made: Closable[], make: () => Client): () => Client {
  let client: Client | undefined;
  return () => {
    if (client === undefined) {
      client = boundRequests(withoutSdkLog(make()));
      made.push(client);
    }
    return client;
  };
}

/** AWS clients, each made on first use: a function pays only for those it calls. */
export function createAwsClients(env: Env, limits: AwsLimits = DEFAULT_AWS_LIMITS): AwsClients {
  const made: Closable[] = [];
  // The SDK sends to the host of the queue's URL when the endpoint was given; an emulator's hosts need not resolve.
  const hasSqsEndpoint = Boolean(env.AWS_ENDPOINT_URL_SQS || env.AWS_ENDPOINT_URL);
  const dynamodb = lazy(made, () =>
    DynamoDBDocumentClient.from(new DynamoDBClient(awsSettingsOf(env, 'DYNAMODB', limits)), {
      marshallOptions: { removeUndefinedValues: true },
    }),
  );
  const sqs = lazy(
    made,
    () =>
      new SQSClient({ ...awsSettingsOf(env, 'SQS', limits), ...(hasSqsEndpoint && { useQueueUrlAsEndpoint: false }) }),
  );
  const sns = lazy(made, () => new SNSClient(awsSettingsOf(env, 'SNS', limits)));
  const scheduler = lazy(made, () => new SchedulerClient(awsSettingsOf(env, 'SCHEDULER', limits)));
  const eventbridge = lazy(made, () => new EventBridgeClient(awsSettingsOf(env, 'EVENTBRIDGE', limits)));
  const lambda = lazy(
    made,
    () => new LambdaClient(awsSettingsOf(env, 'LAMBDA', { ...limits, requestDeadlineMs: INVOKE_DEADLINE_MS })),
  );
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
