import { PutSecretValueCommand, type SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { type StageName, stageConfigOf } from '#infra/aws/stage-config.ts';
import { accessFailure } from '#lib/adapters/deployment/access-failure.ts';
import { deriveApiCredentials } from '#lib/adapters/polymarket/account/derive-api-credentials.ts';
import { createSecretsManagerVault } from '#lib/adapters/secrets/secrets-manager-vault.ts';
import { createKeySigningAccount } from '#lib/adapters/signing/key-signing-account.ts';
import { createKmsSigningAccount } from '#lib/adapters/signing/kms-signing-account.ts';
import { systemClock } from '#lib/adapters/system/system-clock.ts';
import { assertProfileExists } from '#lib/cli/aws-profile.ts';
import { CliError, EXIT_CODES, type ExitCode } from '#lib/cli/cli-error.ts';
import { REMOTE_LIMITS } from '#lib/cli/read-stage.ts';
import type { Terminal } from '#lib/cli/terminal.ts';
import { toJson } from '#lib/cli/to-json.ts';
import { ConfigError, TminusError } from '#lib/errors/errors.ts';
import type { SigningAccount } from '#lib/ports/signing-account.ts';
import { createVaultClients, type VaultClients } from '#lib/runtime/vault-clients.ts';

export type CredentialsOptions = { readonly stage: StageName; readonly json?: boolean };

const DEADLINE_MS = 20_000;

/**
 * Says whose address the stage's key has, lets the venue derive the credentials that belong to it, and stores them where the functions
 * look. Needs the state stack and nothing else; shows no secret. Safe to repeat: the venue hands out the same ones again.
 */
export async function credentialsCommand(terminal: Terminal, options: CredentialsOptions): Promise<ExitCode> {
  const { stage, json = false } = options;
  const { live, region, hosts } = stageConfigOf(stage);
  if (live === null) {
    throw new CliError(EXIT_CODES.refused, 'not-live', `Stage ${stage} has no live trading, and so no key.`);
  }
  assertProfileExists(terminal.env);
  const env = { ...terminal.env, AWS_REGION: terminal.env.AWS_REGION || region };
  const clients = createVaultClients(env, REMOTE_LIMITS);
  try {
    const account = await loadAccount(clients, stage, live.signer).catch(orAskToLogIn);
    if (!json) terminal.out(`The key of stage ${stage} has the address ${account.address}.`);
    const clobHost = terminal.env.CLOB_HOST || hosts.CLOB_HOST;
    const deadlineAtMs = terminal.nowMs() + DEADLINE_MS;
    const credentials = await deriveApiCredentials({ clock: systemClock, clobHost, account }, deadlineAtMs);
    const secret = `tminus/${stage}/api-credentials`;
    await store(clients.secretsManager, secret, JSON.stringify(credentials));
    terminal.out(
      json
        ? toJson({ address: account.address, storedAs: secret })
        : `The venue's credentials for it are stored in the secret ${secret}.`,
    );
    return EXIT_CODES.ok;
  } finally {
    clients.destroy();
  }
}

/** By the names the state stack gives them, which stand before anything else is deployed. */
async function loadAccount(clients: VaultClients, stage: StageName, signer: 'kms' | 'secret'): Promise<SigningAccount> {
  if (signer === 'kms') {
    return createKmsSigningAccount({ client: clients.kms, keyId: `alias/tminus/${stage}/signing` });
  }
  const vault = createSecretsManagerVault({ client: clients.secretsManager });
  return createKeySigningAccount(await vault.getSecret(`tminus/${stage}/wallet-key`));
}

/** Key service and vault know no people: for a function every failure is the service's, here it is mostly a log-in. */
function orAskToLogIn(error: unknown): never {
  const reason = error instanceof TminusError ? error.context.reason : undefined;
  const access = typeof reason === 'string' ? accessFailure(reason) : undefined;
  throw access === undefined ? error : new ConfigError(access);
}

async function store(client: SecretsManagerClient, SecretId: string, SecretString: string): Promise<void> {
  try {
    await client.send(new PutSecretValueCommand({ SecretId, SecretString }));
  } catch (error) {
    // The SDK's error is not passed on: what it was about to send is a secret.
    const reason = error instanceof Error ? error.name : typeof error;
    throw new ConfigError(
      `The secret ${SecretId} could not be written (${reason}): deploy the state stack of the stage, and see that you ` +
        'may call secretsmanager:PutSecretValue',
    );
  }
}
