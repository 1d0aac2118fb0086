import { ConfigError } from '#lib/errors/errors.ts';
import type { Env } from './parse-env.ts';

export type EnvCredentials = {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
  /** The SDK reads them again five minutes before; without it they are used for the life of the process. */
  readonly expiration?: Date;
};

/** AWS keys from the environment. Lambda's keys are valid as long as the execution environment lives. */
export function findEnvCredentials(env: Env): EnvCredentials | undefined {
  const {
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    AWS_SESSION_TOKEN: sessionToken,
    AWS_CREDENTIAL_EXPIRATION: expiresAt,
  } = env;
  if (!accessKeyId || !secretAccessKey) return undefined;
  return {
    accessKeyId,
    secretAccessKey,
    ...(sessionToken && { sessionToken }),
    ...(expiresAt && { expiration: new Date(expiresAt) }),
  };
}

/** @throws ConfigError */
export function getEnvCredentials(env: Env): EnvCredentials {
  const credentials = findEnvCredentials(env);
  if (credentials !== undefined) return credentials;
  throw new ConfigError(
    'The environment cannot be used: AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are missing. Lambda sets both; outside of Lambda, set them.',
  );
}
