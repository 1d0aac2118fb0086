import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { InvalidInputError } from '#lib/errors/errors.ts';
import type { Recording } from '#lib/venue/books/parse-recording.ts';
import { parseRecording } from '#lib/venue/books/parse-recording.ts';
import type { RecordingSource } from '#lib/venue/books/playing-venue.ts';

const EXTENSION = '.jsonl.gz';

/** A recording has about half a megabyte unpacked. */
const UNPACKED_BYTES_MAX = 64 * 1024 * 1024;

/** Parsed recordings kept in memory, a few megabytes each. */
const KEPT_COUNT_MAX = 12;

/**
 * The recordings of a folder, sorted by name. Each is parsed once here, some tens of milliseconds a file, so that
 * errors show before anything is played.
 * @throws InvalidInputError naming the folder or the file, its line and the fault
 */
export function openRecordingsFolder(folder: string): RecordingSource {
  const names = listRecordings(folder);
  for (const name of names) readRecording(join(folder, name), name);
  const kept = new Map<string, Recording>();
  return {
    names,
    get(name) {
      const known = kept.get(name);
      if (known !== undefined) return known;
      const recording = readRecording(join(folder, name), name);
      const [oldest] = kept.keys();
      if (kept.size >= KEPT_COUNT_MAX && oldest !== undefined) kept.delete(oldest);
      kept.set(name, recording);
      return recording;
    },
  };
}

function listRecordings(folder: string): readonly string[] {
  let entries: readonly string[];
  try {
    entries = readdirSync(folder);
  } catch (error) {
    throw new InvalidInputError(`The recordings folder ${folder} cannot be read`, {}, { cause: error });
  }
  const names = entries.filter((name) => name.endsWith(EXTENSION)).sort();
  if (names.length === 0)
    throw new InvalidInputError(`The recordings folder ${folder} holds no file named *${EXTENSION}`);
  return names;
}

/** @throws InvalidInputError as `openRecordingsFolder` */
export function readRecording(path: string, name: string): Recording {
  let text: string;
  try {
    text = gunzipSync(readFileSync(path), { maxOutputLength: UNPACKED_BYTES_MAX }).toString('utf8');
  } catch (error) {
    const fault = error instanceof Error ? error.message : 'unknown fault';
    throw new InvalidInputError(`Recording ${name}: not a whole gzip file (${fault})`, {}, { cause: error });
  }
  return parseRecording(name, text);
}
