const SETTLED = Promise.resolve();

/**
 * Takes steps until one returns false. Before each step every promise that can settle has settled: Node runs a tick
 * requested in a promise's reaction after all such reactions, at a tenth of the cost of a turn of the event loop.
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
