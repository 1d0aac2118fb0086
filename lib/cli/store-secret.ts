import { PutSecretValueCommand, type SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { ConfigError } from '#lib/errors/errors.ts';

/** @throws ConfigError that shows nothing of the text */
export async function storeSecret(client: SecretsManagerClient, SecretId: string, SecretString: string): Promise<void> {
  try {
    await client.send(new PutSecretValueCommand({ SecretId, SecretString }));
  } catch (error) {
    // The SDK's error may hold the secret that was to be sent, so only its name is shown.
    const reason = error instanceof Error ? error.name : typeof error;
    throw new ConfigError(
      `The secret ${SecretId} could not be written (${reason}): deploy the state stack of the stage, and see that you ` +
        'may call secretsmanager:PutSecretValue',
    );
  }
}
