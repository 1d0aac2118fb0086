import { isClosed } from '#lib/domain/position/position.ts';
import { CorruptRowError, StoreUnavailableError } from '#lib/errors/errors.ts';
import type { PositionStore } from '#lib/ports/position-store.ts';

/** As many open positions as one look takes in; the limits of a stage allow a fraction of that. */
const OPEN_COUNT_MAX = 500;

/**
 * How long the oldest order has been without an answer that anybody knows; 0 without one. Loads every open position, which is
 * as many reads as there are open positions; rows that cannot be read are the sweep's business.
 * @throws StoreUnavailableError when the table cannot even be asked which positions are open
 */
export async function oldestUnknownOrderAgeMs(
  deps: { readonly store: Pick<PositionStore, 'listDue' | 'find'> },
  nowMs: number,
): Promise<number> {
  const ids = await deps.store.listDue(Number.MAX_SAFE_INTEGER, OPEN_COUNT_MAX);
  const ages = await Promise.all(ids.map((positionId) => unknownOrderAgeMs(deps, positionId, nowMs)));
  return ages.reduce((oldest, age) => Math.max(oldest, age), 0);
}

async function unknownOrderAgeMs(
  deps: { readonly store: Pick<PositionStore, 'find'> },
  positionId: string,
  nowMs: number,
): Promise<number> {
  try {
    const position = await deps.store.find(positionId);
    if (position === undefined || isClosed(position)) return 0;
    const unknown = position.attempts.filter(({ phase }) => phase === 'unknown');
    // From when it was written down: later doubts about the same order do not make it younger.
    return unknown.reduce((oldest, { intent }) => Math.max(oldest, nowMs - intent.timestampMs), 0);
  } catch (error) {
    if (error instanceof CorruptRowError || error instanceof StoreUnavailableError) return 0;
    throw error;
  }
}
