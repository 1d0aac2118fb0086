import { ConfigError } from '#lib/errors/errors.ts';
import { findEnvCredentials, getEnvCredentials } from './env-credentials.ts';
import type { Env } from './parse-env.ts';

export type AwsLimits = {
  readonly attemptCountMax: number;
  readonly connectionDeadlineMs: number;
  readonly requestDeadlineMs: number;
};

/** Three tries of three seconds fit into the 15 s timeout of `sell`. */
export const DEFAULT_AWS_LIMITS: AwsLimits = {
  attemptCountMax: 3,
  connectionDeadlineMs: 1_000,
  requestDeadlineMs: 3_000,
};

type Service =
  | 'CLOUDFORMATION'
  | 'CLOUDWATCH'
  | 'DYNAMODB'
  | 'DYNAMODB_STREAMS'
  | 'SQS'
  | 'SNS'
  | 'SCHEDULER'
  | 'EVENTBRIDGE'
  | 'LAMBDA'
  | 'SECRETS_MANAGER'
  | 'KMS';

/**
 * Settings are passed and not read from `process.env`, because several stacks may run in one process. Without
 * `throwOnRequestTimeout` the SDK only warns about a request that exceeds its deadline.
 */
export function awsSettingsOf(env: Env, service: Service, limits: AwsLimits) {
  const endpoint = endpointOf(env, service);
  return {
    maxAttempts: limits.attemptCountMax,
    requestHandler: {
      connectionTimeout: limits.connectionDeadlineMs,
      requestTimeout: limits.requestDeadlineMs,
      throwOnRequestTimeout: true,
    },
    ...(env.AWS_REGION && { region: env.AWS_REGION }),
    ...(endpoint !== undefined && { endpoint }),
    // A function, because the keys may expire. Without keys in the environment the SDK searches for them itself.
    ...(findEnvCredentials(env) && { credentials: async () => getEnvCredentials(env) }),
  };
}

/**
 * An empty value counts as missing.
 * @throws ConfigError naming the variable, which the SDK's own error does not
 */
function endpointOf(env: Env, service: Service): string | undefined {
  const name = [`AWS_ENDPOINT_URL_${service}`, 'AWS_ENDPOINT_URL'].find((each) => env[each]);
  const endpoint = name === undefined ? undefined : env[name];
  if (endpoint === undefined || /^https?:$/.test(URL.parse(endpoint)?.protocol ?? '')) return endpoint;
  throw new ConfigError(`The environment cannot be used: ${name} is wrong (it must be a web address)`);
}

/**
 * Without the SDK's log middleware, which copies every request and answer even without a logger: 5 % of an exit's time
 * (measured).
 */
export function withoutSdkLog<Client extends { readonly middlewareStack: { remove(name: string): boolean } }>(
  client: Client,
): Client {
  client.middlewareStack.remove('loggerMiddleware');
  return client;
}
