import * as z from 'zod/mini';
import { CorruptRowError, InvariantError } from '#lib/errors/errors.ts';
import { DUE_INDEX, EXPIRY_ATTRIBUTE, PARTITION_KEY, type RowKey, SORT_KEY } from './table-schema.ts';

/** Id of the write that made a row, by which a write is recognised as ours after a lost answer. */
export const CHANGE_ID = 'changeId';
/** Figures derived from the row's fills, for people who read the table. Never read back. */
export const FIGURES = 'figures';

/** The state before the step, only on rows whose step changed it. The stream's filter uses it. */
export const MOVED_FROM = 'movedFrom';

const STORAGE_ATTRIBUTES: ReadonlySet<string> = new Set([
  PARTITION_KEY,
  SORT_KEY,
  DUE_INDEX.partitionAttribute,
  DUE_INDEX.sortAttribute,
  CHANGE_ID,
  FIGURES,
  MOVED_FROM,
  EXPIRY_ATTRIBUTE,
]);

export type RawRow = Readonly<Record<string, unknown>>;

/** @throws CorruptRowError with the row's key and the names of the wrong fields, without their values */
export function decodeRow<Schema extends z.ZodMiniType>(schema: Schema, row: RawRow): z.output<Schema> {
  const content = Object.fromEntries(Object.entries(row).filter(([name]) => !STORAGE_ATTRIBUTES.has(name)));
  const result = schema.safeParse(content);
  if (result.success) return result.data;
  throw new CorruptRowError('A stored row breaks its schema; compare it with its timeline and correct it by hand', {
    key: `${String(row[PARTITION_KEY])} / ${String(row[SORT_KEY])}`,
    fields: faultyFields(result.error),
  });
}

/**
 * A row whose content names another key would overwrite a foreign row in the next step.
 * @throws CorruptRowError
 */
export function assertStoredUnder(row: RawRow, key: RowKey, fields: string): void {
  if (row[PARTITION_KEY] === key.pk && row[SORT_KEY] === key.sk) return;
  throw new CorruptRowError('A stored row names another key than its own; compare it with its timeline', {
    key: `${String(row[PARTITION_KEY])} / ${String(row[SORT_KEY])}`,
    fields,
  });
}

/** @throws InvariantError when the row could not be read again: a bug, found before the write */
export function encodeRow<Schema extends z.ZodMiniType>(
  schema: Schema,
  value: z.output<Schema>,
  key: RowKey,
): z.input<Schema> {
  const result = z.safeEncode(schema, value);
  if (result.success) return result.data;
  throw new InvariantError('A row to be written breaks its schema', {
    key: `${key.pk} / ${key.sk}`,
    fields: faultyFields(result.error),
  });
}

const FIELD_COUNT_MAX = 10;
/** The name of an unknown attribute may be of any length; its beginning identifies it. */
const NAME_LENGTH_MAX = 40;

function faultyFields(error: z.core.$ZodError): string {
  const fields = error.issues.flatMap((issue) => {
    const names = issue.code === 'unrecognized_keys' ? issue.keys : [undefined];
    return names.map((name) => [...issue.path, ...(name === undefined ? [] : [name])].map(nameOf).join('.'));
  });
  return [...new Set(fields)].slice(0, FIELD_COUNT_MAX).join(', ');
}

function nameOf(part: PropertyKey): string {
  const name = String(part);
  if (name === '') return '""';
  return name.length <= NAME_LENGTH_MAX ? name : `${name.slice(0, NAME_LENGTH_MAX)}…`.toWellFormed();
}
