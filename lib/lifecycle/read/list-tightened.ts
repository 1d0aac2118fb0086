import { MODES, type Mode } from '#lib/domain/position/position.ts';
import type { TightenedLimits } from '#lib/domain/position/tightened-limits.ts';
import { CorruptRowError } from '#lib/errors/errors.ts';
import type { PositionStore } from '#lib/ports/store/position-store.ts';

/** Null where the row cannot be read: nothing is opened then. */
export type TightenedMode = { readonly mode: Mode; readonly tightened: TightenedLimits | null };

/** The modes whose limits a row lowers. @throws StoreUnavailableError */
export async function listTightened(
  store: Pick<PositionStore, 'findTightened'>,
  modes: readonly Mode[] = MODES,
): Promise<readonly TightenedMode[]> {
  const all = await Promise.all(modes.map((mode) => findIn(store, mode)));
  return all.filter((each) => each !== undefined);
}

async function findIn(store: Pick<PositionStore, 'findTightened'>, mode: Mode): Promise<TightenedMode | undefined> {
  try {
    const tightened = await store.findTightened(mode);
    return tightened && { mode, tightened };
  } catch (error) {
    if (error instanceof CorruptRowError) return { mode, tightened: null };
    throw error;
  }
}
