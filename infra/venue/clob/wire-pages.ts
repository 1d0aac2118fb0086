/** Cursor of the first page: "0" in base64. */
export const FIRST_CURSOR = 'MA==';
/** Cursor after the last page: "-1" in base64. */
export const END_CURSOR = 'LTE=';

export type Page<Item> = {
  readonly limit: number;
  readonly count: number;
  readonly next_cursor: string;
  readonly data: readonly Item[];
};

/** A cursor is an offset in base64. Undefined for an invalid one. */
export function pageOf<Item>(items: readonly Item[], cursor: string, pageSize: number): Page<Item> | undefined {
  const offset = Number(Buffer.from(cursor || FIRST_CURSOR, 'base64').toString('latin1'));
  if (!Number.isSafeInteger(offset) || offset < 0) return undefined;
  const data = items.slice(offset, offset + pageSize);
  const nextOffset = offset + data.length;
  const isLast = nextOffset >= items.length;
  const next_cursor = isLast ? END_CURSOR : Buffer.from(String(nextOffset), 'latin1').toString('base64');
  return { limit: pageSize, count: data.length, next_cursor, data };
}
