import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { isRunning } from '#infra/shared/child-reaper.ts';
import { InvalidInputError } from '#lib/errors/errors.ts';
import { type RunState, type RunTerms, resumeState, startState } from './run-state.ts';

export type StateFile = {
  /** What was done before. */
  readonly state: RunState;
  /** False without a file. */
  readonly isKept: boolean;
  save(state: RunState): void;
  /** Once the report is out: the next run starts from the beginning. */
  remove(): void;
  /** Lets another process use the file. */
  close(): void;
};

/**
 * The state of a run, in a file that this process alone uses; without a file nothing is kept.
 * @throws InvalidInputError for a file that cannot be used, is of another run, or is in use
 */
export function openState(file: string | undefined, terms: RunTerms, chunkLives: number): StateFile {
  if (file === undefined) {
    const nothing = (): void => undefined;
    return { state: startState(terms, chunkLives), isKept: false, save: nothing, remove: nothing, close: nothing };
  }
  const text = readText(file);
  const known = text === null ? null : resumeState(text, file, terms);
  const lock = `${file}.lock`;
  takeLock(file, lock);
  return {
    state: known ?? startState(terms, chunkLives),
    isKept: true,
    save: (state) => {
      // As a whole or not at all: a kill leaves the state before.
      writeFileSync(`${file}.new`, JSON.stringify(state), { flush: true });
      renameSync(`${file}.new`, file);
    },
    remove: () => rmSync(file, { force: true }),
    close: () => rmSync(lock, { force: true }),
  };
}

function readText(file: string): string | null {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return null;
    throw new InvalidInputError(`The state file "${file}" cannot be read. Name a file with --state.`);
  }
}

/** Holds the process id. That of a process which was killed is taken over. */
function takeLock(file: string, lock: string): void {
  try {
    mkdirSync(dirname(file), { recursive: true });
    const holder = readHolder(lock);
    if (holder !== null && holder !== process.pid && isRunning(holder)) {
      throw new InvalidInputError(
        `The state file "${file}" is in use by process ${holder}. Wait for it, or name another file with --state.`,
      );
    }
    rmSync(lock, { force: true });
    writeFileSync(lock, String(process.pid), { flag: 'wx' });
  } catch (error) {
    if (error instanceof InvalidInputError) throw error;
    throw new InvalidInputError(`The state file "${file}" cannot be written. Name another file with --state.`);
  }
}

function readHolder(lock: string): number | null {
  try {
    return Number(readFileSync(lock, 'utf8')) || null;
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return null;
    throw error;
  }
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
