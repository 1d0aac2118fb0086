import type { Position } from '#lib/domain/position/position.ts';
import { type ListDeps, readOpen } from '#lib/lifecycle/read/list-positions.ts';
import type { PositionStore } from '#lib/ports/store/position-store.ts';

export type FindTargetDeps = { readonly store: ListDeps['store'] & Pick<PositionStore, 'find'> };

export type FoundTarget =
  | { readonly kind: 'found'; readonly position: Position }
  | { readonly kind: 'no-such-position'; readonly target: string }
  | { readonly kind: 'several-positions'; readonly target: string; readonly count: number };

/** A shorter part would name another position by a typing error. */
const PART_LENGTH_MIN = 4;

/**
 * The position of this id, or the open one whose id begins or ends like this: people type ids on a phone. Canaries are
 * the suite's own.
 * @throws StoreUnavailableError, CorruptRowError
 */
export async function findTarget(deps: FindTargetDeps, target: string): Promise<FoundTarget> {
  const exact = await deps.store.find(target);
  if (exact !== undefined && exact.origin !== 'canary') return { kind: 'found', position: exact };
  if (target.length < PART_LENGTH_MIN) return { kind: 'no-such-position', target };
  const { positions } = await readOpen(deps, {});
  const found = positions.filter(({ positionId }) => positionId.startsWith(target) || positionId.endsWith(target));
  const [position] = found;
  if (position === undefined) return { kind: 'no-such-position', target };
  return found.length === 1 ? { kind: 'found', position } : { kind: 'several-positions', target, count: found.length };
}
