import { isClosed, type Position } from '#lib/domain/position/position.ts';

/** A row as it was read last. */
export type KnownRow = { readonly position: Position; readonly readAtMs: number };

/** A row that is about to act is read each time, another one as often as this: a rule or a person may act on it. */
const CALM_READ_MS = 10_000;
/** An exit is prepared some seconds before it is due. */
const CLOSE_MS = 60_000;

/**
 * The ids whose rows are to be read: new ones, those that act now or soon, those that were not read for a while, and
 * those that have just left the index, which have ended.
 */
export function planReads(
  openIds: readonly string[],
  known: ReadonlyMap<string, KnownRow>,
  nowMs: number,
): readonly string[] {
  const open = new Set(openIds);
  const left = [...known].filter(([id, { position }]) => !open.has(id) && !isClosed(position)).map(([id]) => id);
  const due = openIds.filter((id) => {
    const row = known.get(id);
    return row === undefined || isBusy(row.position, nowMs) || nowMs - row.readAtMs >= CALM_READ_MS;
  });
  return [...due, ...left];
}

/** Whether a position acts now or within a minute. */
export function isBusy(position: Position, nowMs: number): boolean {
  if (position.state === 'awaiting-resolution') return false;
  return position.state !== 'holding' || position.exitDueAtMs - nowMs <= CLOSE_MS || position.exitRequest !== undefined;
}
