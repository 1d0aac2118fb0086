import { accessSync, constants, existsSync, statfsSync } from 'node:fs';
import { dirname } from 'node:path';
import { CliError, EXIT_CODES } from './cli-error.ts';

/** Tables, queues and log of one story take about 4 MB. */
const FREE_BYTES_MIN = 16_000_000;

const FULL: readonly unknown[] = ['ENOSPC', 'EDQUOT'];
const NOT_WRITABLE: readonly unknown[] = ['EACCES', 'EPERM', 'EROFS'];
/** Primary result codes, https://www.sqlite.org/rescode.html: PERM, READONLY and CANTOPEN; FULL. */
const SQLITE_NOT_WRITABLE: readonly unknown[] = [3, 8, 14];
const SQLITE_FULL = 13;

/** Checks an absolute path before the stack starts. @throws CliError 5 when the stack could not write its state */
export function assertWritable(stateDir: string): void {
  let folder = stateDir;
  while (!existsSync(folder)) folder = dirname(folder);
  try {
    accessSync(folder, constants.W_OK);
    const { bavail, bsize } = statfsSync(folder);
    if (bavail * bsize < FREE_BYTES_MIN) throw diskFull(stateDir);
  } catch (error) {
    throw toDiskFailure(error, stateDir) ?? error;
  }
}

/** The failure as one of disk or folder, with what to do; undefined when it is another one. */
export function toDiskFailure(error: unknown, stateDir: string): CliError | undefined {
  if (error instanceof CliError) return error;
  if (!(error instanceof Error)) return undefined;
  const code = 'code' in error ? error.code : undefined;
  const errcode = 'errcode' in error && typeof error.errcode === 'number' ? error.errcode & 0xff : undefined;
  if (FULL.includes(code) || errcode === SQLITE_FULL) return diskFull(stateDir, error);
  if (NOT_WRITABLE.includes(code) || SQLITE_NOT_WRITABLE.includes(errcode)) {
    return new CliError(
      EXIT_CODES.notRunning,
      'state-dir-not-writable',
      `T-minus cannot write to the state directory ${stateDir}. Make it and its files writable for this user, or choose another with --state-dir.`,
      { cause: error },
    );
  }
  return toDiskFailure(error.cause, stateDir);
}

function diskFull(stateDir: string, cause?: unknown): CliError {
  return new CliError(
    EXIT_CODES.notRunning,
    'disk-full',
    `The disk that holds the state directory ${stateDir} is full. Free ${FREE_BYTES_MIN / 1_000_000} MB or more and start again: open positions continue.`,
    { cause },
  );
}
