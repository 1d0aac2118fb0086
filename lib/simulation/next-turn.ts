/**
 * Resolves when every promise that can go on has gone on. Asked for by code that itself goes on after a promise, Node runs
 * a tick once its queue of such code is empty; that is a tenth of what a turn of the event loop costs.
 */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => process.nextTick(resolve));
}

/** Lets the event loop turn, so that a long simulation does not shut out everything else in the process. */
export function breathe(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
