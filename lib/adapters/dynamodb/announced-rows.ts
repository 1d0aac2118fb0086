import { MOVED_FROM } from './row-codec.ts';
import { ACTION_PREFIX, ALERT_PREFIX, SORT_KEY, STATE_SORT_KEY } from './table-schema.ts';

/**
 * The table changes that are announced: alerts, what operators changed, and rows of positions that changed state. The
 * stream's filter selects them, so that other rows cost no invocation.
 */
export const ANNOUNCED_ROWS = {
  sortKey: STATE_SORT_KEY,
  movedAttribute: MOVED_FROM,
  sortKeyPrefixes: [ALERT_PREFIX, ACTION_PREFIX],
} as const;

/** A stream record as Lambda's filter sees it: attributes with their DynamoDB types. */
type Change = { readonly Keys?: Image | undefined; readonly NewImage?: Image | undefined };
type Image = Readonly<Record<string, { readonly S?: string | undefined }>>;

export function isAnnounced({ Keys, NewImage }: Change): boolean {
  const sortKey = Keys?.[SORT_KEY]?.S ?? '';
  if (ANNOUNCED_ROWS.sortKeyPrefixes.some((prefix) => sortKey.startsWith(prefix))) return true;
  return sortKey === ANNOUNCED_ROWS.sortKey && NewImage?.[ANNOUNCED_ROWS.movedAttribute]?.S !== undefined;
}
