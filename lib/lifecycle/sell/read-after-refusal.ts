import type { RefusalReads } from '#lib/domain/diagnose-refusal.ts';
import type { ExitingPosition } from '#lib/domain/position.ts';
import type { Clock } from '#lib/ports/clock.ts';
import type { Exchange } from '#lib/ports/exchange.ts';
import type { PositionStore } from '#lib/ports/position-store.ts';

export type ReadAfterRefusalDeps = {
  readonly clock: Clock;
  readonly exchange: Exchange;
  readonly store: Pick<PositionStore, 'listAttempts'>;
};

/** The reads run side by side; whatever has not answered by then is left out of the diagnosis. */
const READS_DEADLINE_MS = 1_500;

/** Collects what splits `not enough balance / allowance` into its causes. Best effort: never throws. `lastMs`: no read goes on after it. */
export async function readAfterRefusal(
  deps: ReadAfterRefusalDeps,
  position: ExitingPosition,
  lastMs: number,
): Promise<RefusalReads> {
  const { exchange } = deps;
  const deadlineAtMs = Math.min(deps.clock.nowMs() + READS_DEADLINE_MS, lastMs);
  const [balance, resting, orders] = await Promise.all([
    exchange.getBalance(position, deadlineAtMs).catch(() => null),
    exchange.listRestingOrders(position, deadlineAtMs).catch(() => null),
    listAllOrders(deps, position, deadlineAtMs).catch(() => null),
  ]);
  return {
    balanceMicros: balance?.balanceMicros ?? null,
    approved: balance?.approved ?? null,
    restingOrderCount: resting?.length ?? null,
    orders,
    // Chain reads come with live trading; paper has no chain.
    chainBalanceMicros: null,
    otherTokenBalanceMicros: null,
  };
}

/** Every order this position ever wrote down: one that was refused, or given up, may have been filled after all. */
async function listAllOrders(deps: ReadAfterRefusalDeps, position: ExitingPosition, deadlineAtMs: number) {
  const attempts = await deps.store.listAttempts(position.positionId);
  const orderHashes = attempts.map((attempt) => attempt.intent.orderHash);
  return deps.exchange.listOrders(position, orderHashes, deadlineAtMs);
}
