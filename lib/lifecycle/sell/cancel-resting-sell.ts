import { deadlineAtMs, isClosed, type OpenPosition, type Position } from '#lib/domain/position/position.ts';
import { chooseExchange } from '#lib/lifecycle/choose-exchange.ts';
import { type LookUpOrdersDeps, lookUpOrders } from '#lib/lifecycle/hold/look-up-orders.ts';
import { recordEvent } from '#lib/lifecycle/record-event.ts';

export type CancelRestingSellDeps = LookUpOrdersDeps;

const CANCEL_DEADLINE_MS = 2_000;

/**
 * Takes our order off the book, a sell that rests or one that should be over, writes that down, and asks what it had filled: only
 * then may another order be signed (law 3). A cancellation that fails is tried again by the next wake-up, and what became of the
 * order is asked all the same; dying after it loses nothing, it is safe to repeat.
 */
export async function cancelRestingSell(
  deps: CancelRestingSellDeps,
  position: OpenPosition,
  { orderHash, orderHashes }: { readonly orderHash: string; readonly orderHashes: readonly string[] },
): Promise<Position> {
  const startedAtMs = deps.clock.nowMs();
  const untilMs = Math.min(startedAtMs + CANCEL_DEADLINE_MS, deadlineAtMs(position));
  try {
    await chooseExchange(deps.exchanges, position.mode).cancelRestingOrders(position, untilMs);
  } catch {
    return lookUpOrders(deps, position, orderHashes);
  }
  const atMs = deps.clock.nowMs();
  const evidence = { tookMs: atMs - startedAtMs };
  const after = await recordEvent(deps, position, { type: 'order-cancelled', atMs, orderHash }, evidence);
  return isClosed(after) ? after : lookUpOrders(deps, after, orderHashes);
}
