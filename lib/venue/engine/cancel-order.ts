import type { VenueEngine } from './venue-engine.ts';

/**
 * Cancels one resting order. False for an order that is unknown, already matched or cancelled, or held by the taker
 * delay, during which the venue cancels nothing (venue §2.6).
 */
export function cancelOrder(engine: VenueEngine, orderHash: string, atMs: number): boolean {
  engine.advanceTo(atMs);
  const order = engine.ledger.orders.get(orderHash);
  if (order === undefined || order.orderType !== 'GTC' || order.status !== 'live') return false;
  order.status = order.filledMicros > 0n ? 'done' : 'killed';
  return true;
}
