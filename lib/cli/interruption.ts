import { constants } from 'node:os';
import type { Env } from '#lib/runtime/parse-env.ts';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
/** A terminal, npm and the launcher may each hand on one and the same Ctrl-C: only a later one means impatience. */
const SAME_PRESS_MS = 1_000;

/** How soon the death of the launcher is noticed. */
const LAUNCHER_POLL_MS = 100;

/**
 * Ends this process with its launcher (require-node.mjs), however that died: SIGKILL cannot be handed on, and a stack that goes
 * on behind a prompt would keep the next one from starting. At once and without tidying up, as the kill was meant.
 */
export function endWithLauncher(env: Env): { dispose(): void } {
  const launcherPid = Number(env.TMINUS_LAUNCHER_PID);
  // Inherited from further up, the variable speaks of somebody else's launcher.
  if (launcherPid !== process.ppid) return { dispose: () => undefined };
  const timer = setInterval(() => {
    if (process.ppid !== launcherPid) process.exit(128 + constants.signals.SIGKILL);
  }, LAUNCHER_POLL_MS).unref();
  return { dispose: () => clearInterval(timer) };
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
