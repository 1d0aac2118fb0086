const SETTLED = Promise.resolve();

/**
 * Takes steps until one returns false. Before the first and before each further one, every promise that can settle has
 * settled: when asked from a promise's reaction, Node runs a tick only after its queue of such reactions is empty. That
 * costs a tenth of a turn of the event loop.
 */
export function takeSteps(step: () => boolean): Promise<void> {
  return new Promise((resolve, reject) => {
    const takeStep = (): void => {
      try {
        if (step()) void SETTLED.then(waitForTurn);
        else resolve();
      } catch (error) {
        reject(error);
      }
    };
    const waitForTurn = (): void => process.nextTick(takeStep);
    void SETTLED.then(waitForTurn);
  });
}

/** Lets the event loop turn, so that a long simulation does not block the rest of the process. */
export function yieldToEventLoop(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
