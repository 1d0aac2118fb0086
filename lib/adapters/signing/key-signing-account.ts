import { isHex } from 'viem';
import { privateKeyToAccount } from 'viem/accounts';
import { ConfigError, InvariantError } from '#lib/errors/errors.ts';
import type { SigningAccount } from '#lib/ports/signing-account.ts';

const PRIVATE_KEY = /^(?:0x)?([0-9a-fA-F]{64})$/;

/**
 * Signs with a private key that is held in memory: 32 bytes in hexadecimal, as a vault keeps it. The key stays inside this
 * function; nothing that is returned or thrown carries it.
 * @throws ConfigError when the text is not a private key
 */
export function createKeySigningAccount(secretText: string): SigningAccount {
  const account = toAccount(secretText);
  return {
    address: account.address,
    signDigest: (digest) => {
      if (!isHex(digest) || digest.length !== 66) throw new InvariantError('A digest to sign has to be 32 bytes');
      return account.sign({ hash: digest });
    },
  };
}

function toAccount(secretText: string) {
  const digits = PRIVATE_KEY.exec(secretText.trim())?.[1];
  const fault = 'The secret of the signing key is not a private key: store its 64 hexadecimal digits';
  if (digits === undefined) throw new ConfigError(fault);
  try {
    return privateKeyToAccount(`0x${digits}`);
  } catch {
    // Zero, or beyond the curve's order; the library's error might quote it.
    throw new ConfigError(fault);
  }
}
