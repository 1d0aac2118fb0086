import type { ExitQueue, WakeMessage } from '#lib/ports/exit-queue.ts';

/** The exit queue in memory, for tests of those who send. */
export function createFakeExitQueue(deps: { readonly nowMs: () => number }): ExitQueue & {
  /** Takes what has come due out of the queue. */
  receive(): readonly WakeMessage[];
} {
  let waiting: readonly { readonly message: WakeMessage; readonly atMs: number }[] = [];
  return {
    send: async (message, atMs) => {
      waiting = [...waiting, { message, atMs: Math.min(atMs, deps.nowMs() + 900_000) }];
    },
    receive: () => {
      const nowMs = deps.nowMs();
      const due = waiting.filter(({ atMs }) => atMs <= nowMs);
      waiting = waiting.filter(({ atMs }) => atMs > nowMs);
      return due.map(({ message }) => message);
    },
  };
}
