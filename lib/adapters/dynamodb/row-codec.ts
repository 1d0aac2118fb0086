import * as z from 'zod/mini';
import { CorruptRowError, InvariantError } from '#lib/errors/errors.ts';
import { DUE_INDEX, EXPIRY_ATTRIBUTE, PARTITION_KEY, type RowKey, SORT_KEY } from './table-schema.ts';

/** Names the write that made a row: how a write whose answer was lost is recognised as our own. */
export const CHANGE_ID = 'changeId';
/** Figures derived from the row's fills, for people who read the table; never read back. */
export const FIGURES = 'figures';

/** Names the state a step has left, in the row as that step leaves it; a step within a state leaves none. The stream is filtered by it. */
export const MOVED_FROM = 'movedFrom';

/** What the table needs and the domain does not know. */
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

/** A row as the document client and the stream give it: plain values, not yet believed. */
export type RawRow = Readonly<Record<string, unknown>>;

/**
 * Reads a row through its schema.
 * @throws CorruptRowError with the row's key and the fields that are wrong; never their values
 */
export function decodeRow<Schema extends z.ZodMiniType>(schema: Schema, row: RawRow): z.output<Schema> {
  const content = Object.fromEntries(Object.entries(row).filter(([name]) => !STORAGE_ATTRIBUTES.has(name)));
  const result = schema.safeParse(content);
  if (result.success) return result.data;
  throw new CorruptRowError(
    'A stored row is not what its schema says; compare it with its timeline and mend it by hand',
    {
      key: `${String(row[PARTITION_KEY])} / ${String(row[SORT_KEY])}`,
      fields: faultyFields(result.error),
    },
  );
}

/**
 * A row that speaks of something else than its key would have the next step written over a row it does not belong to.
 * @throws CorruptRowError
 */
export function assertStoredUnder(row: RawRow, key: RowKey, fields: string): void {
  if (row[PARTITION_KEY] === key.pk && row[SORT_KEY] === key.sk) return;
  throw new CorruptRowError('A stored row lies under a key that is not its own; compare it with its timeline', {
    key: `${String(row[PARTITION_KEY])} / ${String(row[SORT_KEY])}`,
    fields,
  });
}

/**
 * The stored form of a value.
 * @throws InvariantError when the value would not be readable again: a bug, found before it is written
 */
export function encodeRow<Schema extends z.ZodMiniType>(
  schema: Schema,
  value: z.output<Schema>,
  key: RowKey,
): z.input<Schema> {
  const result = z.safeEncode(schema, value);
  if (result.success) return result.data;
  throw new InvariantError('A row to be written is not what its schema says', {
    key: `${key.pk} / ${key.sk}`,
    fields: faultyFields(result.error),
  });
}

const FIELD_COUNT_MAX = 10;
/** An attribute that nobody knows may bear any name: its beginning is enough to find it. */
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
