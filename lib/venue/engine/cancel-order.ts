import type { VenueEngine } from './venue-engine.ts';

/**
 * Takes one resting order off the book. False when there is nothing to take: unknown, already matched or cancelled, or
 * still held by the taker delay, during which the venue cancels nothing (venue §2.6).
 */
export function cancelOrder(engine: VenueEngine, orderHash: string, atMs: number): boolean {
  engine.advanceTo(atMs);
  const order = engine.ledger.orders.get(orderHash);
  if (order === undefined || order.orderType !== 'GTC' || order.status !== 'live') return false;
  order.status = order.filledMicros > 0n ? 'done' : 'killed';
  return true;
}
