import { spawn } from 'node:child_process';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';

/** How long a child gets to end by itself before it is killed. */
const STOP_GRACE_MS = 2_000;
const STOP_POLL_MS = 10;

export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  return !isZombie(pid);
}

/** A dead process stays listed until its parent has asked for its exit code; an orphan's new parent may never ask. */
function isZombie(pid: number): boolean {
  try {
    return /^\d+ \(.*\) Z /s.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}

/** Ends a process and waits until it is gone. */
export async function endProcess(pid: number): Promise<void> {
  const deadlineAtMs = Date.now() + STOP_GRACE_MS;
  signal(pid, 'SIGTERM');
  while (isRunning(pid)) {
    if (Date.now() > deadlineAtMs) signal(pid, 'SIGKILL');
    await delay(STOP_POLL_MS);
  }
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // Already gone, which is what we want.
  }
}

/**
 * Ends the child that an earlier, killed run left behind. A pid may meanwhile belong to somebody else, so the process
 * is ours only if its command line names `ownFile`.
 */
export async function endLeftover(pidFile: string, ownFile: string): Promise<void> {
  const pid = readPid(pidFile);
  if (pid !== undefined && isRunning(pid) && commandLineOf(pid).includes(ownFile)) await endProcess(pid);
  rmSync(pidFile, { force: true });
}

export function rememberChild(pidFile: string, pid: number): void {
  writeFileSync(pidFile, `${pid}\n`);
}

function readPid(pidFile: string): number | undefined {
  try {
    const pid = Number.parseInt(readFileSync(pidFile, 'utf8'), 10);
    return Number.isInteger(pid) ? pid : undefined;
  } catch {
    return undefined;
  }
}

function commandLineOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    // No such process, or a platform without /proc: better a leftover than somebody else's process killed.
    return '';
  }
}

/**
 * Kills the child when this process dies, however it dies: the guard reads from a pipe that only we hold open. Call the
 * returned function once the child is gone.
 */
export function guardChild(pid: number): () => void {
  const guard = spawn('/bin/sh', ['-c', 'read -r _; kill -9 "$1" 2>/dev/null', 'guard', String(pid)], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
    env: {},
  });
  // Without a shell the pid file still finds the child at the next start.
  guard.on('error', () => undefined);
  guard.stdin.on('error', () => undefined);
  guard.unref();
  return () => void guard.kill('SIGKILL');
}
