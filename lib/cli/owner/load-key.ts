import { readFileSync, statSync } from 'node:fs';
import { createKeySigningAccount } from '#lib/adapters/signing/key-signing-account.ts';
import { createKmsSigningAccount } from '#lib/adapters/signing/kms-signing-account.ts';
import { ConfigError } from '#lib/errors/errors.ts';
import type { SecretVault } from '#lib/ports/secret-vault.ts';
import type { SigningAccount } from '#lib/ports/wallet/signing-account.ts';
import type { VaultClients } from '#lib/runtime/vault-clients.ts';

export type KeySource = {
  /** Of a file, for an owner without AWS. */
  readonly keyFile: string | undefined;
  readonly kmsKeyId: string | undefined;
  readonly secretName: string | undefined;
};

/** @throws ConfigError that shows nothing of the key */
export async function loadKey(
  { keyFile, kmsKeyId, secretName }: KeySource,
  aws: { readonly kms: VaultClients['kms']; readonly vault: SecretVault },
): Promise<SigningAccount> {
  if (keyFile !== undefined) return createKeySigningAccount(readKeyFile(keyFile));
  if (kmsKeyId !== undefined && secretName !== undefined) {
    throw new ConfigError('Set LIVE_KEY_SECRET or LIVE_KMS_KEY_ID, not both');
  }
  if (kmsKeyId !== undefined) return createKmsSigningAccount({ client: aws.kms, keyId: kmsKeyId });
  if (secretName !== undefined) return createKeySigningAccount(await aws.vault.getSecret(secretName));
  throw new ConfigError(
    'There is no key: name a live stage with --stage, set LIVE_KMS_KEY_ID or LIVE_KEY_SECRET, or give --key-file FILE',
  );
}

/** As `ssh` does, a file that others may read is refused. */
const OTHERS = 0o077;
const BYTES_MAX = 1_000;

function readKeyFile(path: string): string {
  try {
    const { mode, size } = statSync(path);
    if (process.platform !== 'win32' && (mode & OTHERS) !== 0) {
      throw new ConfigError('Others may read the key file: run `chmod 600` on it');
    }
    if (size > BYTES_MAX) throw new ConfigError('The key file is not a private key: it is too long');
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (error instanceof ConfigError) throw error;
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
    throw new ConfigError(`The key file cannot be read (${code})`);
  }
}
