import { MODES, type Mode } from '#lib/domain/position/position.ts';
import type { TightenedLimits } from '#lib/domain/position/tightened-limits.ts';
import { readTightened } from '#lib/lifecycle/buy/opening-limits.ts';
import type { PositionStore } from '#lib/ports/store/position-store.ts';

/** Null where the row cannot be read: nothing is opened then. */
export type TightenedMode = { readonly mode: Mode; readonly tightened: TightenedLimits | null };

/** The modes whose limits a row lowers. @throws StoreUnavailableError */
export async function listTightened(
  store: Pick<PositionStore, 'findTightened'>,
  modes: readonly Mode[] = MODES,
): Promise<readonly TightenedMode[]> {
  const all = await Promise.all(modes.map(async (mode) => ({ mode, tightened: await readTightened(store, mode) })));
  return all.flatMap(({ mode, tightened }) => (tightened === undefined ? [] : [{ mode, tightened }]));
}
