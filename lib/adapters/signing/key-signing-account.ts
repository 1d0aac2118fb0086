import { type Hex, isHex } from 'viem';
import { privateKeyToAddress, sign } from 'viem/accounts';
import { ConfigError, InvariantError } from '#lib/errors/errors.ts';
import type { SigningAccount } from '#lib/ports/wallet/signing-account.ts';

const PRIVATE_KEY = /^(?:0x)?([0-9a-fA-F]{64})$/;

/**
 * Signs with a private key in memory: 32 bytes in hexadecimal. Nothing that is returned or thrown contains the key.
 * @throws ConfigError when the text is not a private key
 */
export function createKeySigningAccount(secretText: string): SigningAccount {
  const { privateKey, address } = toKey(secretText);
  return {
    address,
    signDigest: (digest) => {
      if (!isHex(digest) || digest.length !== 66) throw new InvariantError('A digest to sign must have 32 bytes');
      return sign({ hash: digest, privateKey, to: 'hex' });
    },
  };
}

/** viem's `privateKeyToAccount` would also bring the signing of every kind of transaction, 17 kB of `sell`. */
function toKey(secretText: string): { readonly privateKey: Hex; readonly address: string } {
  const digits = PRIVATE_KEY.exec(secretText.trim())?.[1];
  const fault = 'The secret of the signing key is not a private key: store its 64 hexadecimal digits';
  if (digits === undefined) throw new ConfigError(fault);
  try {
    const privateKey: Hex = `0x${digits}`;
    return { privateKey, address: privateKeyToAddress(privateKey) };
  } catch {
    // The key is zero or beyond the curve's order. The library's error might quote it.
    throw new ConfigError(fault);
  }
}
