import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { awsSettingsOf, DEFAULT_AWS_LIMITS, withoutSdkLog } from './aws-settings.ts';
import type { Env } from './env.ts';

/** The vault alone, for a function that reads one secret and holds no key. */
export function createSecretsClient(env: Env): SecretsManagerClient {
  return withoutSdkLog(new SecretsManagerClient(awsSettingsOf(env, 'SECRETS_MANAGER', DEFAULT_AWS_LIMITS)));
}
