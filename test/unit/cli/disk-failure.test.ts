import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { assertWritable, toDiskFailure } from '#lib/cli/disk-failure.ts';
import { ConfigError } from '#lib/errors/errors.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tminus-disk-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function thrownBy(act: () => unknown): unknown {
  try {
    act();
  } catch (error) {
    return error;
  }
  throw new Error('nothing was thrown');
}

/** SQLite's own error of a database that may not grow, as on a full disk. */
function fullDatabase(): unknown {
  const database = new DatabaseSync(join(folder, 'pump.db'));
  try {
    database.exec('CREATE TABLE rows (value); PRAGMA max_page_count = 2;');
    return thrownBy(() => database.exec('INSERT INTO rows VALUES (zeroblob(100000))'));
  } finally {
    database.close();
  }
}

const systemError = (code: string): Error => Object.assign(new Error(`${code}: not done`), { code });

describe('a disk that fails', () => {
  it.each([
    ['SQLite', fullDatabase],
    ['the system', () => systemError('ENOSPC')],
    ['a cause', () => new ConfigError('The state file cannot be used', {}, { cause: fullDatabase() })],
  ])('is reported as full when %s says so, with the folder and what to do', (_name, fail) => {
    const failure = toDiskFailure(fail(), '/data/.tminus');
    expect(failure).toMatchObject({ exitCode: 5, code: 'disk-full' });
    expect(failure?.message).toMatch(
      /disk that holds the state directory \/data\/\.tminus is full\. Free .* start again/,
    );
  });

  it.each([
    ['SQLite', () => thrownBy(() => new DatabaseSync(folder))],
    ['the system', () => systemError('EACCES')],
    ['a read-only file system', () => systemError('EROFS')],
  ])('is reported as not writable when %s says so', (_name, fail) => {
    const failure = toDiskFailure(fail(), '/data/.tminus');
    expect(failure).toMatchObject({ exitCode: 5, code: 'state-dir-not-writable' });
    expect(failure?.message).toMatch(/cannot write to the state directory \/data\/\.tminus\. .*--state-dir/);
  });

  it('is not suspected behind another failure', () => {
    expect(toDiskFailure(new ConfigError('Another local stack runs'), folder)).toBeUndefined();
    expect(toDiskFailure('a text', folder)).toBeUndefined();
  });

  it('is found before the start: a file system that takes no files', () => {
    expect(() => assertWritable('/proc/tminus/state')).toThrow(expect.objectContaining({ exitCode: 5 }));
    expect(() => assertWritable(join(folder, 'not', 'yet', 'there'))).not.toThrow();
  });
});
