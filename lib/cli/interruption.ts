import { constants } from 'node:os';
import type { Env } from '#lib/runtime/parse-env.ts';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
/** A terminal, npm and the launcher may each pass on the same Ctrl-C: only a later one is a second one. */
const SAME_PRESS_MS = 1_000;
const PARENT_POLL_MS = 100;
/** The npm scripts, and `npx`, that run this command in a shell. */
const NPM_EVENTS: readonly (string | undefined)[] = ['start', 'tminus', 'sim:long', 'npx'];

/**
 * Ends this process when its parent has disappeared. The launcher (require-node.mjs) passes every signal on but
 * SIGKILL, which ends this process at once as well. npm passes signals to its shell only, so this process sends itself
 * the SIGTERM that it did not receive.
 */
export function endWithParent(env: Env): { dispose(): void } {
  const parentPid = process.ppid;
  const isLauncher = Number(env.TMINUS_LAUNCHER_PID) === parentPid;
  if (!isLauncher && !NPM_EVENTS.includes(env.npm_lifecycle_event)) return { dispose: () => undefined };
  const timer = setInterval(() => {
    if (process.ppid === parentPid) return;
    clearInterval(timer);
    if (isLauncher) process.exit(128 + constants.signals.SIGKILL);
    process.kill(process.pid, 'SIGTERM');
  }, PARENT_POLL_MS).unref();
  return { dispose: () => clearInterval(timer) };
}

/** Resolves when the signal is aborted. */
export async function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  await new Promise<void>((done) => signal.addEventListener('abort', () => done(), { once: true }));
}

/** Turns Ctrl-C into an abort, so that a command can end in order. A second Ctrl-C ends the process at once. */
export function untilInterrupted(): { readonly signal: AbortSignal; dispose(): void } {
  const controller = new AbortController();
  let firstAtMs: number | null = null;
  const onSignal = (name: (typeof SIGNALS)[number]): void => {
    if (firstAtMs !== null && Date.now() - firstAtMs > SAME_PRESS_MS) process.exit(128 + constants.signals[name]);
    firstAtMs ??= Date.now();
    controller.abort();
  };
  for (const name of SIGNALS) process.on(name, onSignal);
  return {
    signal: controller.signal,
    dispose: () => {
      for (const name of SIGNALS) process.off(name, onSignal);
    },
  };
}
