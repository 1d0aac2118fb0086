import * as z from 'zod/mini';
import { jsonOrUndefined } from '#lib/contracts/parse-input.ts';
import { InvalidInputError } from '#lib/errors/errors.ts';

/** A saved history: rows of the Data API, with what was read beside them where this program saved it. */
export type HistoryFile = {
  readonly rows: readonly unknown[];
  /** The answer names a further page, which is not in the file. */
  readonly isCut: boolean;
  /** Null where the file does not say. */
  readonly wallet: string | null;
  readonly isTradesOnly: boolean | null;
  /** What a share of each outcome paid, in millionths, by condition. */
  readonly payouts: ReadonlyMap<string, readonly [bigint, bigint]>;
  /** By `<token>@<time in ms>`. */
  readonly prices: ReadonlyMap<string, SavedPrice>;
};

export type SavedPrice = z.output<typeof SavedPriceSchema>;

const MicrosSchema = z.pipe(
  z.string().check(z.regex(/^\d{1,15}$/)),
  z.transform((text) => BigInt(text)),
);
const SavedPriceSchema = z.nullable(
  z.object({ priceMicros: MicrosSchema, observedAtMs: z.int(), resolutionMs: z.int() }),
);

/** The lists of the Data API under the names that scripts give them, and our own form. */
const LIST_NAMES = ['data', 'rows', 'trades', 'activity', 'history'] as const;

const FileSchema = z.looseObject({
  wallet: z.nullish(z.string().check(z.regex(/^0x[0-9a-f]{40}$/i))),
  isTradesOnly: z.nullish(z.boolean()),
  isCut: z.nullish(z.boolean()),
  pagination: z.nullish(z.looseObject({ has_more: z.nullish(z.boolean()), next_cursor: z.nullish(z.string()) })),
  payouts: z.nullish(z.record(z.string(), z.tuple([MicrosSchema, MicrosSchema]))),
  prices: z.nullish(z.record(z.string(), SavedPriceSchema)),
});

/** @throws InvalidInputError that names the file and the place */
export function parseHistoryFile(name: string, text: string): HistoryFile {
  const json = parseText(name, text);
  if (Array.isArray(json)) return { ...NOTHING, rows: json };
  const list = listOf(json);
  if (list === undefined) throw fault(name, `it has to be a list of trades, or an object with one as "data"`);
  const parsed = FileSchema.safeParse(json);
  if (!parsed.success) {
    throw fault(name, `${parsed.error.issues[0]?.path.join('.') ?? 'a field'} is not as this program writes it`);
  }
  const { wallet, isTradesOnly, isCut, pagination, payouts, prices } = parsed.data;
  const hasMore = pagination?.has_more === true || (pagination?.next_cursor ?? '') !== '';
  return {
    rows: list,
    isCut: isCut === true || hasMore,
    wallet: wallet?.toLowerCase() ?? null,
    isTradesOnly: isTradesOnly ?? null,
    payouts: new Map(Object.entries(payouts ?? {})),
    prices: new Map(Object.entries(prices ?? {})),
  };
}

const NOTHING: HistoryFile = {
  ...{ rows: [], isCut: false, wallet: null, isTradesOnly: null },
  ...{ payouts: new Map(), prices: new Map() },
};

/** The empty list of a wallet without trades may be null. */
function listOf(json: unknown): readonly unknown[] | undefined {
  if (typeof json !== 'object' || json === null) return undefined;
  for (const listName of LIST_NAMES) {
    const list: unknown = Reflect.get(json, listName);
    if (Array.isArray(list)) return list;
    if (list === null) return [];
  }
  return undefined;
}

function parseText(name: string, text: string): unknown {
  const trimmed = text.replace(/^\uFEFF/, '').trim();
  if (trimmed === '') throw fault(name, 'it is empty');
  try {
    return JSON.parse(trimmed);
  } catch {
    const lines = trimmed.split(/\r?\n/);
    // One row on each line, as some scripts save them.
    if (lines.length > 1 && isObject(lines[0] ?? ''))
      return lines.flatMap((line, index) => parseLine(name, line, index));
    throw fault(name, placeOf(trimmed));
  }
}

function isObject(line: string): boolean {
  return typeof jsonOrUndefined(line) === 'object';
}

function parseLine(name: string, line: string, index: number): unknown {
  const row = jsonOrUndefined(line);
  if (row === undefined) throw fault(name, `line ${index + 1} is not JSON (cut off?)`);
  return row;
}

/** The parser's own text would quote the file, and often names no place: the longest part that may still go on does. */
function placeOf(text: string): string {
  let [low, high] = [0, text.length];
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (mayGoOn(text.slice(0, middle))) low = middle;
    else high = middle - 1;
  }
  const before = text.slice(0, low).split('\n');
  const where = `line ${before.length}, column ${(before.at(-1)?.length ?? 0) + 1}`;
  return low === text.length ? `it breaks off at ${where}` : `it is not JSON at ${where}`;
}

function mayGoOn(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch (error) {
    const message = error instanceof Error ? error.message : '';
    const [, position] = /at position (\d+)/.exec(message) ?? [];
    return /Unexpected end|Unterminated/.test(message) || Number(position ?? -1) >= text.length;
  }
}

function fault(name: string, what: string): InvalidInputError {
  return new InvalidInputError(
    `${name} cannot be read as a wallet's history: ${what}. Save an answer of the Data API, or use --save.`,
  );
}
