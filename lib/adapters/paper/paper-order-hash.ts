import { createHash } from 'node:crypto';
import type { OrderIntent } from '#lib/domain/position/order-attempt.ts';

/**
 * Name of a paper order: SHA-256 over its terms, salt, time and wallet. It has the look and the use of the venue's order
 * hash (one order, one name, known before the post) but is not the EIP-712 hash, so it can never name a real order.
 */
export function paperOrderHash(wallet: string, intent: Omit<OrderIntent, 'orderHash' | 'attemptNumber'>): string {
  const canonical = JSON.stringify([
    'tminus-paper-order-1',
    wallet,
    intent.tokenId,
    intent.negRisk,
    intent.side,
    intent.orderType,
    intent.sharesMicros.toString(),
    intent.limitPriceMicros.toString(),
    intent.salt,
    intent.timestampMs,
  ]);
  return `0x${createHash('sha256').update(canonical).digest('hex')}`;
}
