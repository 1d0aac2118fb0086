import type { OrderIntent } from '#lib/domain/position/order-attempt.ts';
import { UP_TOKEN_ID, WINDOW_STARTS_AT_MS } from './a-market.ts';

/** The default buy, and the default sell; `orderHashOf(n)` is the hash of the n-th attempt. */
export const BUY_ORDER_HASH = orderHashOf(1);
export const SELL_ORDER_HASH = orderHashOf(2);

export const HEDGE_ORDER_HASH = orderHashOf(3);

export function orderHashOf(attemptNumber: number): string {
  return `0x${attemptNumber.toString(16).padStart(64, '0')}`;
}

/** A sell of 36 shares at 0.58 or better, the second attempt; `{ side: 'BUY' }` is the buy at 0.65, the first. */
export function anIntent(overrides: Partial<OrderIntent> = {}): OrderIntent {
  const isBuy = overrides.side === 'BUY';
  const attemptNumber = overrides.attemptNumber ?? (isBuy ? 1 : 2);
  return {
    side: 'SELL',
    orderType: 'FAK',
    tokenId: UP_TOKEN_ID,
    negRisk: false,
    marketVersion: 'v1',
    sharesMicros: 36_000_000n,
    limitPriceMicros: isBuy ? 650_000n : 580_000n,
    attemptNumber,
    salt: String(1_000_000 + attemptNumber),
    timestampMs: WINDOW_STARTS_AT_MS + (isBuy ? 30_000 : 180_000),
    orderHash: orderHashOf(attemptNumber),
    ...overrides,
  };
}
