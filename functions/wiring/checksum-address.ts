import { getAddress, isAddress } from 'viem';
import { ConfigError } from '#lib/errors/errors.ts';

/**
 * Rows and locks are found by the checksummed address. A wrong digit would send the money elsewhere: an address in
 * mixed case must match its checksum.
 * @throws ConfigError
 */
export function toChecksumAddress(address: string): string {
  const isOneCase = address === address.toLowerCase() || address.slice(2) === address.slice(2).toUpperCase();
  if (isOneCase || isAddress(address, { strict: true })) return getAddress(address);
  throw new ConfigError('The environment cannot be used: LIVE_WALLET_ADDRESS is wrong (its checksum does not fit)');
}
