import type { Desk } from '#infra/venue/trading/venue-desks.ts';
import type { VenueOrder } from '#lib/venue/engine/venue-ledger.ts';
import type { PrivateDeps } from './private-deps.ts';
import type { Caller } from './request-auth.ts';

export type OwnOrder = { readonly desk: Desk; readonly order: VenueOrder };

/** Every order of the caller's wallets that the venue ever took. */
export function ordersOf({ desks, accounts, nowMs }: PrivateDeps, caller: Caller): readonly OwnOrder[] {
  const wallets = new Set(accounts.listOfOwner(caller.address).map(({ wallet }) => wallet));
  return desks.all().flatMap((desk) => {
    desk.engine.advanceTo(nowMs());
    const orders = [...desk.engine.ledger.orders.values()].filter(({ wallet }) => wallets.has(wallet));
    return orders.map((order) => ({ desk, order }));
  });
}
