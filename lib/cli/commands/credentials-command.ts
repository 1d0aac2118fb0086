import { type StageName, stageConfigOf } from '#infra/aws/stage-config.ts';
import { deriveApiCredentials } from '#lib/adapters/polymarket/account/derive-api-credentials.ts';
import { createSecretsManagerVault } from '#lib/adapters/secrets/secrets-manager-vault.ts';
import { createKeySigningAccount } from '#lib/adapters/signing/key-signing-account.ts';
import { createKmsSigningAccount } from '#lib/adapters/signing/kms-signing-account.ts';
import { systemClock } from '#lib/adapters/system/system-clock.ts';
import { CliError, EXIT_CODES, type ExitCode } from '#lib/cli/cli-error.ts';
import { storeSecret } from '#lib/cli/store-secret.ts';
import { orAskToLogIn } from '#lib/cli/suite/ask-to-log-in.ts';
import { assertProfileExists } from '#lib/cli/suite/aws-profile.ts';
import { REMOTE_LIMITS } from '#lib/cli/suite/read-stage.ts';
import type { Terminal } from '#lib/cli/terminal.ts';
import type { SigningAccount } from '#lib/ports/wallet/signing-account.ts';
import { createVaultClients, type VaultClients } from '#lib/runtime/vault-clients.ts';
import { toJson } from '#lib/words/to-json.ts';

export type CredentialsOptions = { readonly stage: StageName; readonly json?: boolean };

const DEADLINE_MS = 20_000;

/**
 * Shows the address of the stage's key, derives its API credentials at the venue, and stores them for the functions.
 * Needs only the state stack and shows no secret. Safe to repeat: the venue derives the same credentials again.
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
    await storeSecret(clients.secretsManager, secret, JSON.stringify(credentials));
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

/** By the names that the state stack gives key and secret. */
async function loadAccount(clients: VaultClients, stage: StageName, signer: 'kms' | 'secret'): Promise<SigningAccount> {
  if (signer === 'kms') {
    return createKmsSigningAccount({ client: clients.kms, keyId: `alias/tminus/${stage}/signing` });
  }
  const vault = createSecretsManagerVault({ client: clients.secretsManager });
  return createKeySigningAccount(await vault.getSecret(`tminus/${stage}/wallet-key`));
}
