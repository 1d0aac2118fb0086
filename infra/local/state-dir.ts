import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { ConfigError } from '#lib/errors/errors.ts';

/**
 * Describes a running stack for other processes, such as the command line. `env` contains addresses and dummy keys, no
 * secrets.
 */
export type StackDescription = {
  readonly pid: number;
  readonly startedAtMs: number;
  readonly env: Readonly<Record<string, string>>;
};

export type StateDir = {
  readonly tableFile: string;
  readonly emulatorPidFile: string;
  readonly queueDir: string;
  /** Timers and stream checkpoints. */
  readonly pumpFile: string;
  /** Markets added to the local venue. */
  readonly marketsFile: string;
  describe(description: StackDescription): void;
  /** Called before the described parts end. */
  removeDescription(): void;
  release(): void;
};

/** The files of a stack. `fresh` deletes no others. */
const STATE_ENTRIES = [
  'table.db',
  'table.db-wal',
  'table.db-shm',
  'queues',
  'pump.db',
  'pump.db-wal',
  'pump.db-shm',
  'markets.json',
];

export function stackFile(stateDir: string): string {
  return join(stateDir, 'stack.json');
}

/**
 * Locks the state directory for this process: two emulators on one file would both start and corrupt it. The operating
 * system holds the lock, so it ends with the process, also after a kill.
 * @throws ConfigError when another stack runs on the directory, or the directory cannot be created
 */
export function openStateDir(stateDir: string, fresh: boolean): StateDir {
  makeFolder(stateDir);
  const lock = takeLock(stateDir);
  const pidFile = join(stateDir, 'pid');
  writeFileSync(pidFile, `${process.pid}\n`);
  rmSync(stackFile(stateDir), { force: true });
  if (fresh) for (const entry of STATE_ENTRIES) rmSync(join(stateDir, entry), { recursive: true, force: true });
  return {
    tableFile: join(stateDir, 'table.db'),
    emulatorPidFile: join(stateDir, 'dynoxide.pid'),
    queueDir: join(stateDir, 'queues'),
    pumpFile: join(stateDir, 'pump.db'),
    marketsFile: join(stateDir, 'markets.json'),
    describe: (description) => {
      // Renamed into place, so that no reader sees half a file.
      const draft = `${stackFile(stateDir)}.draft`;
      writeFileSync(draft, `${JSON.stringify(description, null, 2)}\n`);
      renameSync(draft, stackFile(stateDir));
    },
    removeDescription: () => rmSync(stackFile(stateDir), { force: true }),
    release: () => {
      rmSync(pidFile, { force: true });
      lock.close();
    },
  };
}

function makeFolder(stateDir: string): void {
  try {
    makeFolders(resolve(stateDir));
    // Fails for a file at this path.
    readdirSync(stateDir);
  } catch (error) {
    throw new ConfigError(
      `The state directory ${stateDir} cannot be made: choose another one, or see what stands in its place`,
      {},
      { cause: error },
    );
  }
}

/** One at a time: `mkdirSync` with `recursive` never returns for a path below /proc. */
function makeFolders(folder: string): void {
  if (existsSync(folder)) return;
  makeFolders(dirname(folder));
  mkdirSync(folder);
}

function takeLock(stateDir: string): DatabaseSync {
  const lock = new DatabaseSync(join(stateDir, 'lock'));
  try {
    lock.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE; COMMIT;');
    return lock;
  } catch (error) {
    lock.close();
    if (!isBusy(error)) throw damagedFile(join(stateDir, 'lock'), error);
    const pid = readLockingPid(stateDir);
    throw new ConfigError(
      `Another local stack (process ${pid ?? 'unknown'}) runs on this state directory: use it, stop it${
        pid === undefined ? '' : ` with \`kill ${pid}\``
      }, or choose another directory`,
      { pid: pid ?? null },
    );
  }
}

/** An unreadable file is never deleted, because it may contain timers of open positions. */
export function damagedFile(path: string, cause: unknown): ConfigError {
  return new ConfigError(
    `The state file ${path} cannot be used: move it away to look at it later, or choose another state directory`,
    {},
    { cause },
  );
}

const SQLITE_BUSY = 5;

function isBusy(error: unknown): boolean {
  return error instanceof Error && 'errcode' in error && error.errcode === SQLITE_BUSY;
}

function readLockingPid(stateDir: string): number | undefined {
  try {
    const pid = Number.parseInt(readFileSync(join(stateDir, 'pid'), 'utf8'), 10);
    return Number.isInteger(pid) ? pid : undefined;
  } catch {
    // The other stack has not written its id yet.
    return undefined;
  }
}
