import { ConfigError } from '#lib/errors/errors.ts';
import { findEnvCredentials, getEnvCredentials } from './env-credentials.ts';
import type { Env } from './parse-env.ts';

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
  return {
    maxAttempts: limits.attemptCountMax,
    requestHandler: {
      connectionTimeout: limits.connectionDeadlineMs,
      requestTimeout: limits.requestDeadlineMs,
      throwOnRequestTimeout: true,
    },
    ...(env.AWS_REGION && { region: env.AWS_REGION }),
    ...(endpoint !== undefined && { endpoint }),
    // Asked for again when they run out; without keys in the environment the SDK looks where it always does.
    ...(findEnvCredentials(env) && { credentials: async () => getEnvCredentials(env) }),
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
