import type { PositionTerms } from '#lib/domain/position/position.ts';
import { ConfigError } from '#lib/errors/errors.ts';

/** Reads and approvals are about one wallet: a figure of another would look like shares that are gone. @throws ConfigError */
export function assertOwnPosition({ wallet }: Pick<PositionTerms, 'wallet'>, walletAddress: string): void {
  if (wallet.toLowerCase() === walletAddress.toLowerCase()) return;
  throw new ConfigError('The position belongs to another wallet than this deployment reads on the chain', {
    wallet,
    walletAddress,
  });
}
