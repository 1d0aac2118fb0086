import { KMSClient } from '@aws-sdk/client-kms';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { type AwsLimits, awsSettingsOf, DEFAULT_AWS_LIMITS, withoutSdkLog } from './aws-settings.ts';
import type { Env } from './parse-env.ts';

export type VaultClients = {
  readonly secretsManager: SecretsManagerClient;
  readonly kms: KMSClient;
  /** Closes the sockets of both. */
  destroy(): void;
};

/** Clients of the services that keep keys. */
export function createVaultClients(env: Env, limits: AwsLimits = DEFAULT_AWS_LIMITS): VaultClients {
  const secretsManager = createSecretsClient(env, limits);
  const kms = withoutSdkLog(new KMSClient(awsSettingsOf(env, 'KMS', limits)));
  return {
    secretsManager,
    kms,
    destroy: () => {
      secretsManager.destroy();
      kms.destroy();
    },
  };
}

/** Secrets Manager alone, for a function that reads a secret and signs nothing. */
export function createSecretsClient(env: Env, limits: AwsLimits = DEFAULT_AWS_LIMITS): SecretsManagerClient {
  return withoutSdkLog(new SecretsManagerClient(awsSettingsOf(env, 'SECRETS_MANAGER', limits)));
}
