import type { Outcome } from '#lib/domain/market/market.ts';
import type { BookSides } from './book-sides.ts';
import type { DecimalReader } from './parse-recorded-sides.ts';
import { createDecimalReader, parseRecordedSides } from './parse-recorded-sides.ts';
import type { RecordingHeader } from './parse-recording-header.ts';
import { parseRecordingHeader } from './parse-recording-header.ts';
import { recordingFault } from './recording-fault.ts';

export type RecordedBook = {
  readonly atMs: number;
  readonly outcome: Outcome;
  readonly sides: BookSides;
  readonly tickMicros: bigint;
};

export type Recording = Omit<RecordingHeader, 'tickMicros'> & {
  readonly name: string;
  /** At least one, sorted by time, the first before the window's end. */
  readonly books: readonly RecordedBook[];
};

const CENT_MICROS = 10_000n;
const MILLI_MICROS = 1_000n;

/** Markets are listed a day ahead: a time beyond these limits is in the wrong unit. */
const BEFORE_WINDOW_MS_MAX = 26 * 3_600_000;
const AFTER_WINDOW_MS_MAX = 3_600_000;

/**
 * Reads a recording: JSON lines, a header and then snapshots sorted by time. `name` is for errors.
 * @throws InvalidInputError naming file, line and fault
 */
export function parseRecording(name: string, text: string): Recording {
  const lines = text.split('\n');
  if (lines.at(-1) === '') lines.pop();
  const [headerLine = '', ...snapshotLines] = lines;
  const { tickMicros: firstTickMicros, ...header } = parseRecordingHeader(
    parseLine({ name, lineNumber: 1 }, headerLine),
    name,
  );
  const readDecimal = createDecimalReader();
  const books: RecordedBook[] = [];
  let tickMicros = firstTickMicros;
  for (const [index, line] of snapshotLines.entries()) {
    const place = { name, lineNumber: index + 2 };
    const snapshot = parseSnapshot(place, line, readDecimal);
    checkTime(place, snapshot.atMs, books.at(-1)?.atMs, header);
    for (const { outcome, sides } of snapshot.tokens) {
      // Recordings do not name the moment at which the tick gets finer: the first finer price shows it.
      if (hasFinerPrices(sides)) tickMicros = MILLI_MICROS;
      books.push({ atMs: snapshot.atMs, outcome, sides, tickMicros });
    }
  }
  const [first] = books;
  if (first === undefined) throw recordingFault(name, 1, 'the recording holds no books');
  if (first.atMs >= header.windowEndMs) throw recordingFault(name, 2, "no book was recorded before the window's end");
  return { ...header, name, books };
}

type Place = { readonly name: string; readonly lineNumber: number };

type Snapshot = {
  readonly atMs: number;
  readonly tokens: readonly { readonly outcome: Outcome; readonly sides: BookSides }[];
};

function parseSnapshot(place: Place, line: string, readDecimal: DecimalReader): Snapshot {
  const fail = (fault: string): never => {
    throw recordingFault(place.name, place.lineNumber, fault);
  };
  const snapshot = parseLine(place, line);
  if (typeof snapshot !== 'object' || snapshot === null) return fail('the snapshot has to be an object');
  const atMs = 't' in snapshot ? snapshot.t : undefined;
  if (typeof atMs !== 'number' || !Number.isSafeInteger(atMs)) return fail('t has to be whole Unix milliseconds');
  const tokens: Snapshot['tokens'][number][] = [];
  if ('up' in snapshot) {
    tokens.push({ outcome: 'UP', sides: parseRecordedSides(snapshot.up, { ...place, key: 'up' }, readDecimal) });
  }
  if ('down' in snapshot) {
    tokens.push({ outcome: 'DOWN', sides: parseRecordedSides(snapshot.down, { ...place, key: 'down' }, readDecimal) });
  }
  return tokens.length === 0 ? fail('the snapshot carries neither "up" nor "down"') : { atMs, tokens };
}

function parseLine({ name, lineNumber }: Place, line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    const fault = line.trim() === '' ? 'the line is empty' : 'the line is not JSON (cut off?)';
    throw recordingFault(name, lineNumber, fault);
  }
}

function checkTime(
  { name, lineNumber }: Place,
  atMs: number,
  previousAtMs: number | undefined,
  { windowStartMs, windowEndMs }: Pick<Recording, 'windowStartMs' | 'windowEndMs'>,
): void {
  if (atMs < windowStartMs - BEFORE_WINDOW_MS_MAX || atMs > windowEndMs + AFTER_WINDOW_MS_MAX) {
    throw recordingFault(name, lineNumber, "t is far outside the header's window; it has to be Unix milliseconds");
  }
  if (previousAtMs !== undefined && atMs < previousAtMs) {
    throw recordingFault(name, lineNumber, 't is earlier than in the line before; snapshots have to be sorted by t');
  }
}

function hasFinerPrices({ bids, asks }: BookSides): boolean {
  const isFiner = ({ priceMicros }: BookSides['bids'][number]): boolean => priceMicros % CENT_MICROS !== 0n;
  return bids.some(isFiner) || asks.some(isFiner);
}
