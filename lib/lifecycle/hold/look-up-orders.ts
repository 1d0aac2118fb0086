import { deadlineAtMs, type OpenPosition, type Position } from '#lib/domain/position.ts';
import { chooseExchange, type Exchanges } from '#lib/lifecycle/choose-exchange.ts';
import { type RecordEventDeps, recordEvent } from '#lib/lifecycle/record-event.ts';
import type { Clock } from '#lib/ports/clock.ts';
import type { OrderRecord } from '#lib/ports/exchange.ts';

export type LookUpOrdersDeps = RecordEventDeps & { readonly clock: Clock; readonly exchanges: Exchanges };

/** Longest wait for the venue's answer; a look-up that fails is repeated by the next wake-up. */
const LOOK_UP_DEADLINE_MS = 3_000;

/**
 * Asks the venue what became of orders that are not final and writes down what it says: fills, settlement, or that it knows
 * nothing (yet). A read that fails is written down too, because the row has to name its next wake-up.
 */
export async function lookUpOrders(
  deps: LookUpOrdersDeps,
  position: OpenPosition,
  orderHashes: readonly string[],
): Promise<Position> {
  const exchange = chooseExchange(deps.exchanges, position.mode);
  const startedAtMs = deps.clock.nowMs();
  let orders: readonly OrderRecord[];
  try {
    orders = await exchange.listOrders(position, orderHashes, lookUpUntilMs(position, startedAtMs));
  } catch (error) {
    const text = error instanceof Error ? error.message : 'the look-up threw no error';
    return recordEvent(deps, position, { type: 'look-up-failed', atMs: deps.clock.nowMs(), text });
  }
  const found = new Set(orders.map((order) => order.orderHash));
  const absentHashes = orderHashes.filter((orderHash) => !found.has(orderHash));
  const atMs = deps.clock.nowMs();
  return recordEvent(
    deps,
    position,
    { type: 'orders-observed', atMs, orders, absentHashes },
    { tookMs: atMs - startedAtMs },
  );
}

/** The end is written on time, whether the venue answers or not. */
function lookUpUntilMs(position: OpenPosition, nowMs: number): number {
  const untilMs = nowMs + LOOK_UP_DEADLINE_MS;
  return position.state === 'awaiting-resolution' ? untilMs : Math.min(untilMs, deadlineAtMs(position));
}
