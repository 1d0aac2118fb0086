import { ONE_MICROS } from '#lib/domain/market/money.ts';
import type { OrderTerms } from '#lib/domain/market/order.ts';
import { FINEST_TICK_MICROS, SHARES_STEP_MICROS } from '#lib/domain/market/venue-rules.ts';
import type { PositionTerms } from '#lib/domain/position/position.ts';
import { InvariantError } from '#lib/errors/errors.ts';

/**
 * Every exchange checks this before it signs or fills an order (law 6).
 * @throws InvariantError when the order is not for the token of its position
 */
export function assertOwnToken(position: PositionTerms, order: OrderTerms): void {
  const isSameMarket = order.negRisk === position.negRisk && order.marketVersion === position.marketVersion;
  if (order.tokenId === position.tokenId && isSameMarket) return;
  throw new InvariantError('An order names another token than its position', { positionId: position.positionId });
}

/**
 * The book's own tick is checked at the post; here only what no book accepts.
 * @throws InvariantError for a size or price off the venue's finest steps: a bug of the planner
 */
export function assertOrderTerms({ sharesMicros, limitPriceMicros }: OrderTerms): void {
  const context = { sharesMicros: sharesMicros.toString(), limitPriceMicros: limitPriceMicros.toString() };
  if (sharesMicros <= 0n || sharesMicros % SHARES_STEP_MICROS !== 0n) {
    throw new InvariantError('An order must be for a positive multiple of 0.01 share', context);
  }
  const isPrice = limitPriceMicros > 0n && limitPriceMicros < ONE_MICROS;
  if (!isPrice || limitPriceMicros % FINEST_TICK_MICROS !== 0n) {
    throw new InvariantError('A limit price must lie between 0 and 1 on a step of 0.0001', context);
  }
}
