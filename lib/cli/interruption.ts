import { constants } from 'node:os';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
/** A terminal, npm and the launcher may each hand on one and the same Ctrl-C: only a later one means impatience. */
const SAME_PRESS_MS = 1_000;

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
