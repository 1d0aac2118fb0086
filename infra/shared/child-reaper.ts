import { spawn } from 'node:child_process';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';

/** Between SIGTERM and SIGKILL. */
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

/** A dead process stays listed until its parent reads the exit code, and an orphan's new parent may never do so. */
function isZombie(pid: number): boolean {
  try {
    return /^\d+ \(.*\) Z /s.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}

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
    // It has ended already.
  }
}

/**
 * Ends the child of an earlier run that was killed. Another process may have the same pid now, so the command line must
 * contain `ownFile`.
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
    // No such process, or a platform without /proc, where the leftover is not killed.
    return '';
  }
}

/**
 * Kills the child when this process dies, also by SIGKILL: a guard process reads from a pipe that only this process
 * holds open. Call the returned function once the child has ended.
 */
export function guardChild(pid: number): () => void {
  const guard = spawn('/bin/sh', ['-c', 'read -r _; kill -9 "$1" 2>/dev/null', 'guard', String(pid)], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
    env: {},
  });
  // Without a shell, the next start finds the child by its pid file.
  guard.on('error', () => undefined);
  guard.stdin.on('error', () => undefined);
  guard.unref();
  return () => void guard.kill('SIGKILL');
}
