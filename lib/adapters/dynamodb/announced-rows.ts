import { ALERT_PREFIX, STATE_SORT_KEY } from './table-schema.ts';

/**
 * Which changes of the table mean something to the world, by the sort keys of their rows. Whoever hands the stream on filters by
 * it, so that the other rows of a step (its attempts, its timeline) cost no invocation.
 */
export const ANNOUNCED_ROWS = { sortKey: STATE_SORT_KEY, sortKeyPrefix: ALERT_PREFIX } as const;

export function isAnnounced(sortKey: string): boolean {
  return sortKey === ANNOUNCED_ROWS.sortKey || sortKey.startsWith(ANNOUNCED_ROWS.sortKeyPrefix);
}
