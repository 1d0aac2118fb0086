import type { ExitingPosition } from '#lib/domain/position/position.ts';
import type { RefusalReads } from '#lib/domain/refusal/diagnose-refusal.ts';
import type { Clock } from '#lib/ports/clock.ts';
import type { Exchange } from '#lib/ports/exchange.ts';
import type { PositionStore } from '#lib/ports/position-store.ts';
import type { Wallet } from '#lib/ports/wallet.ts';

export type ReadAfterRefusalDeps = {
  readonly clock: Clock;
  readonly exchange: Exchange;
  readonly wallet: Wallet | undefined;
  readonly store: Pick<PositionStore, 'listAttempts'>;
};

/** The reads run side by side; whatever has not answered by then is left out of the diagnosis. */
const READS_DEADLINE_MS = 1_500;
const CHAIN_DEADLINE_MS = 1_000;

/** Collects what splits `not enough balance / allowance` into its causes. Best effort: never throws. `lastMs`: no read goes on after it. */
export async function readAfterRefusal(
  deps: ReadAfterRefusalDeps,
  position: ExitingPosition,
  lastMs: number,
): Promise<RefusalReads> {
  const { exchange, wallet } = deps;
  const nowMs = deps.clock.nowMs();
  const deadlineAtMs = Math.min(nowMs + READS_DEADLINE_MS, lastMs);
  const chainDeadlineAtMs = Math.min(nowMs + CHAIN_DEADLINE_MS, lastMs);
  const [balance, resting, orders, holdings] = await Promise.all([
    exchange.getBalance(position, deadlineAtMs).catch(() => null),
    exchange.listRestingOrders(position, deadlineAtMs).catch(() => null),
    listAllOrders(deps, position, deadlineAtMs).catch(() => null),
    wallet?.getHoldings(position, chainDeadlineAtMs).catch(() => null),
  ]);
  return {
    balanceMicros: balance?.balanceMicros ?? null,
    approved: balance?.approved ?? null,
    restingOrderCount: resting?.length ?? null,
    orders,
    chainBalanceMicros: holdings?.sharesMicros ?? null,
    otherTokenBalanceMicros: holdings?.otherSharesMicros ?? null,
    chainApproved: holdings?.approved ?? null,
  };
}

/** Every order this position ever wrote down: one that was refused, or given up, may have been filled after all. */
async function listAllOrders(deps: ReadAfterRefusalDeps, position: ExitingPosition, deadlineAtMs: number) {
  const attempts = await deps.store.listAttempts(position.positionId);
  const orderHashes = attempts.map((attempt) => attempt.intent.orderHash);
  return deps.exchange.listOrders(position, orderHashes, deadlineAtMs);
}
