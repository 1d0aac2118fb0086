import * as z from 'zod';

/**
 * What DynamoDB would bill for a call on demand, from the call and its answer as they go over the wire. Where the wire does not tell
 * (how large a row was before it was overwritten), the new row stands for the old one: rows of one kind are of one size.
 */
export type RequestUnits = { readonly writeUnits: number; readonly readUnits: number };

const WRITE_STEP_BYTES = 1_024;
const READ_STEP_BYTES = 4_096;
/** A transaction reads or writes everything twice. */
const TRANSACTION_FACTOR = 2;

type Value = Readonly<Record<string, unknown>>;
type Row = Readonly<Record<string, Value>>;

const RowSchema: z.ZodType<Row> = z.record(z.string(), z.record(z.string(), z.unknown()));

/** Bytes of a row by DynamoDB's rules: names and values in UTF-8, numbers at two digits a byte, three bytes for each list or map. */
export function rowBytes(row: Row): number {
  return Object.entries(row).reduce((sum, [name, value]) => sum + Buffer.byteLength(name) + valueBytes(value), 0);
}

function valueBytes(value: Value): number {
  const [type, content] = Object.entries(value)[0] ?? ['NULL', true];
  if (type === 'L' && Array.isArray(content))
    return 3 + content.reduce((sum: number, each) => sum + 1 + valueBytes(each), 0);
  if (type === 'M') {
    const fields = RowSchema.parse(content);
    return 3 + Object.keys(fields).length + rowBytes(fields);
  }
  if (type === 'S') return Buffer.byteLength(String(content));
  if (type === 'N') return Math.ceil(String(content).replace(/[-.]/g, '').length / 2) + 1;
  if (type === 'B') return Math.ceil((String(content).length * 3) / 4);
  if (Array.isArray(content)) return content.reduce((sum: number, each) => sum + Buffer.byteLength(String(each)), 0);
  return 1;
}

const writeSteps = (bytes: number): number => Math.max(1, Math.ceil(bytes / WRITE_STEP_BYTES));
const readSteps = (bytes: number): number => Math.max(1, Math.ceil(bytes / READ_STEP_BYTES));

const ActionSchema = z.object({
  Put: z.object({ Item: RowSchema }).optional(),
  Update: z.object({ Key: RowSchema }).optional(),
  Delete: z.object({ Key: RowSchema }).optional(),
  ConditionCheck: z.object({ Key: RowSchema }).optional(),
});
const TransactSchema = z.object({ TransactItems: z.array(ActionSchema) });
const ReadSchema = z.object({ ConsistentRead: z.boolean().optional() });
const PutSchema = z.object({ Item: RowSchema });
const FoundSchema = z.object({ Item: RowSchema.optional(), Items: z.array(RowSchema).optional() });

/** Names of the attributes an index is sorted by; a row that lacks one of them is not in the index. */
export type IndexAttributes = readonly [string, string];

export type UnitCounter = {
  unitsOf(operation: string, body: unknown, answer: unknown): RequestUnits;
  /** Of the rows that were put so far, each as it was put last. */
  storedBytes(): number;
};

/**
 * Counts calls one after the other, because an index is written when a row's entry in it changes: once to add or remove it, twice to
 * move it. Units of an index are never those of a transaction.
 */
export function createUnitCounter(index: {
  readonly keys: IndexAttributes;
  readonly tableKeys: IndexAttributes;
}): UnitCounter {
  const entries = new Map<string, string>();
  const indexWrites = (row: Row): number => {
    const key = JSON.stringify(index.tableKeys.map((name) => row[name]));
    const entry = index.keys.every((name) => row[name] !== undefined)
      ? JSON.stringify(index.keys.map((name) => row[name]))
      : undefined;
    const before = entries.get(key);
    if (entry === undefined) entries.delete(key);
    else entries.set(key, entry);
    if (before === entry) return 0;
    return before === undefined || entry === undefined ? 1 : 2;
  };
  const stored = new Map<string, number>();
  const put = (row: Row, factor: number): number => {
    const bytes = rowBytes(row);
    stored.set(JSON.stringify(index.tableKeys.map((name) => row[name])), bytes);
    return factor * writeSteps(bytes) + indexWrites(row);
  };
  return {
    storedBytes: () => [...stored.values()].reduce((sum, bytes) => sum + bytes, 0),
    unitsOf: (operation, body, answer) => {
      switch (operation) {
        case 'TransactWriteItems': {
          const { TransactItems } = TransactSchema.parse(body);
          const units = TransactItems.map(({ Put }) =>
            // Rows that are updated, deleted or only looked at are counters and locks, below a kilobyte.
            Put === undefined ? TRANSACTION_FACTOR : put(Put.Item, TRANSACTION_FACTOR),
          );
          return { writeUnits: units.reduce((sum, each) => sum + each, 0), readUnits: 0 };
        }
        case 'PutItem':
          return { writeUnits: put(PutSchema.parse(body).Item, 1), readUnits: 0 };
        case 'UpdateItem':
        case 'DeleteItem':
          return { writeUnits: 1, readUnits: 0 };
        case 'GetItem':
        case 'Query':
        case 'Scan': {
          const { Item, Items = [] } = FoundSchema.parse(answer);
          const rows = Item === undefined ? Items : [Item];
          const steps = readSteps(rows.reduce((sum, row) => sum + rowBytes(row), 0));
          return { writeUnits: 0, readUnits: ReadSchema.parse(body).ConsistentRead === true ? steps : steps / 2 };
        }
        default:
          throw new Error(`The price of ${operation} is not known here; add it before the figures can be believed`);
      }
    },
  };
}
