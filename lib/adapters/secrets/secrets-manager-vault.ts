import { GetSecretValueCommand, type SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { ConfigError, UpstreamUnavailableError } from '#lib/errors/errors.ts';
import type { SecretVault } from '#lib/ports/secret-vault.ts';

/** What no repetition mends: the secret is not there, not ours to read, or cannot be decrypted by us. */
const LASTING_ERRORS: ReadonlySet<string> = new Set([
  'AccessDeniedException',
  'DecryptionFailure',
  'InvalidParameterException',
  'InvalidRequestException',
  'KMSAccessDeniedException',
  'ResourceNotFoundException',
  'UnrecognizedClientException',
]);

/** Secrets Manager. Every call asks anew: whoever keeps a secret says for how long. */
export function createSecretsManagerVault(deps: { readonly client: SecretsManagerClient }): SecretVault {
  return {
    getSecret: async (name) => {
      const text = await readSecret(deps.client, name);
      if (text !== undefined && text !== '') return text;
      throw new ConfigError('A secret is empty or holds bytes: store it as text', { secret: name });
    },
  };
}

async function readSecret(client: SecretsManagerClient, name: string): Promise<string | undefined> {
  try {
    const { SecretString } = await client.send(new GetSecretValueCommand({ SecretId: name }));
    return SecretString;
  } catch (error) {
    // The SDK's error is not passed on as a cause: it carries the answer, which is where a secret would be.
    const reason = error instanceof Error ? error.name : typeof error;
    const context = { service: 'secretsmanager', secret: name, reason };
    if (LASTING_ERRORS.has(reason)) {
      throw new ConfigError('A secret cannot be read: create it, or allow this function to read it', context);
    }
    throw new UpstreamUnavailableError('The vault did not answer', context);
  }
}
