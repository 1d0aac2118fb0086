import { SETTLING_MS } from '#lib/domain/news/foreign-holding.ts';
import { isClosed, type PositionTerms } from '#lib/domain/position/position.ts';
import type { Clock } from '#lib/ports/clock.ts';
import type { PositionStore } from '#lib/ports/store/position-store.ts';
import { readClosed } from '../read/list-positions.ts';

export type RecentlyEndedDeps = {
  readonly clock: Pick<Clock, 'nowMs'>;
  readonly store: Pick<PositionStore, 'listClosed' | 'findMany'>;
};

/** A node this far behind is out of order: `watch` says so after two minutes. */
const NODE_BEHIND_MS_MAX = 600_000;

/**
 * Blocks from this time on show the wallet without what the market's last position sold. Undefined where none has ended
 * in the last minutes. A paper wallet shows a sale at once.
 * @throws StoreUnavailableError
 */
export async function findCountsFromMs(
  { store, clock }: RecentlyEndedDeps,
  { mode, wallet, conditionId }: Pick<PositionTerms, 'mode' | 'wallet' | 'conditionId'>,
): Promise<number | undefined> {
  if (mode === 'paper') return undefined;
  const nowMs = clock.nowMs();
  const { positions } = await readClosed({ store }, { mode, wallet, sinceMs: nowMs - NODE_BEHIND_MS_MAX, nowMs });
  const endedMs = positions
    .filter(isClosed)
    .filter((each) => each.conditionId === conditionId)
    .map(({ closedAtMs }) => closedAtMs);
  return endedMs.length === 0 ? undefined : Math.max(...endedMs) + SETTLING_MS;
}
