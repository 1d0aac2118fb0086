import { MOVED_FROM } from './row-codec.ts';
import { ALERT_PREFIX, SORT_KEY, STATE_SORT_KEY } from './table-schema.ts';

/**
 * Which changes of the table mean something to the world: alerts, and rows of positions that a step has moved to another state. Whoever
 * hands the stream on filters by it, so that all other rows and steps cost no invocation.
 */
export const ANNOUNCED_ROWS = {
  sortKey: STATE_SORT_KEY,
  movedAttribute: MOVED_FROM,
  sortKeyPrefix: ALERT_PREFIX,
} as const;

/** As Lambda's filter reads it: attributes with the letter of their type. */
type Change = { readonly Keys?: Image | undefined; readonly NewImage?: Image | undefined };
type Image = Readonly<Record<string, { readonly S?: string | undefined }>>;

export function isAnnounced({ Keys, NewImage }: Change): boolean {
  const sortKey = Keys?.[SORT_KEY]?.S ?? '';
  if (sortKey.startsWith(ANNOUNCED_ROWS.sortKeyPrefix)) return true;
  return sortKey === ANNOUNCED_ROWS.sortKey && NewImage?.[ANNOUNCED_ROWS.movedAttribute]?.S !== undefined;
}
