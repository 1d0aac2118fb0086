import type { VenueEngine } from './venue-engine.ts';

/** Cancels one resting order; false for any other. Nothing is cancelled during the taker delay (venue §2.6). */
export function cancelOrder(engine: VenueEngine, orderHash: string, atMs: number): boolean {
  engine.advanceTo(atMs);
  const order = engine.ledger.orders.get(orderHash);
  if (order === undefined || order.orderType !== 'GTC' || order.status !== 'live') return false;
  order.status = order.filledMicros > 0n ? 'done' : 'killed';
  return true;
}
