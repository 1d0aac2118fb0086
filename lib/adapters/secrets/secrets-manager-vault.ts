import { GetSecretValueCommand, type SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { ConfigError, UpstreamUnavailableError } from '#lib/errors/errors.ts';
import type { SecretVault } from '#lib/ports/secret-vault.ts';

/** Errors that a retry cannot fix: the secret is missing, or this function may not read or decrypt it. */
const LASTING_ERRORS: ReadonlySet<string> = new Set([
  'AccessDeniedException',
  'DecryptionFailure',
  'InvalidParameterException',
  'InvalidRequestException',
  'KMSAccessDeniedException',
  'ResourceNotFoundException',
  'UnrecognizedClientException',
]);

/** Reads Secrets Manager on every call; callers cache. */
export function createSecretsManagerVault(deps: { readonly client: SecretsManagerClient }): SecretVault {
  return {
    getSecret: async (name) => {
      const text = await readSecret(deps.client, name);
      if (text !== undefined && text !== '') return text;
      throw new ConfigError('A secret is empty or binary: store it as text', { secret: name });
    },
  };
}

async function readSecret(client: SecretsManagerClient, name: string): Promise<string | undefined> {
  try {
    const { SecretString } = await client.send(new GetSecretValueCommand({ SecretId: name }));
    return SecretString;
  } catch (error) {
    // The SDK's error is not passed on as a cause: it contains the answer, which may hold a secret.
    const reason = error instanceof Error ? error.name : typeof error;
    const context = { service: 'secretsmanager', secret: name, reason };
    if (LASTING_ERRORS.has(reason)) {
      throw new ConfigError(
        'A secret cannot be read: create it, give it a value, or allow this function to read it',
        context,
      );
    }
    throw new UpstreamUnavailableError('Secrets Manager did not answer', context);
  }
}
