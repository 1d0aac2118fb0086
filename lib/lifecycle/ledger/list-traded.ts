import type { Mode, Position } from '#lib/domain/position/position.ts';
import { countsTowardsLimits, utcDay } from '#lib/domain/position/risk-limits.ts';
import type { PositionStore, PositionsRead } from '#lib/ports/store/position-store.ts';

export type ListTradedDeps = { readonly store: Pick<PositionStore, 'listClosed' | 'listDue' | 'findMany'> };

const DAY_MS = 86_400_000;
/** The last time that a calendar holds: every open position is due before. */
const ALL_TIME_MS = 8_640_000_000_000_000;

/**
 * Every position that may have moved something since a time: those that closed since, by the days' lists, and those
 * still open, by the index. Never reads the whole table.
 * @throws StoreUnavailableError
 */
export async function listTraded(
  { store }: ListTradedDeps,
  mode: Mode,
  fromMs: number,
  nowMs: number,
): Promise<PositionsRead> {
  // Open ones first: one that closes meanwhile is then in both lists, and otherwise could be in neither.
  const ids = [...(await store.listDue(ALL_TIME_MS))];
  // A position's end is booked by our clock, and the chain has its own.
  for (let atMs = fromMs - DAY_MS; utcDay(atMs) <= utcDay(nowMs); atMs += DAY_MS) {
    let pageToken: string | undefined;
    do {
      const page = await store.listClosed(utcDay(atMs), { pageToken });
      ids.push(...page.positionIds);
      pageToken = page.nextPageToken;
    } while (pageToken !== undefined);
  }
  const { positions, corruptIds } = await store.findMany([...new Set(ids)]);
  return { positions: positions.filter((position) => isOf(position, mode)), corruptIds };
}

function isOf(position: Position, mode: Mode): boolean {
  return position.mode === mode && countsTowardsLimits(position);
}
