/**
 * Resolves when every promise that can go on has gone on. Asked for by code that itself goes on after a promise, Node runs
 * a tick once its queue of such code is empty; that is a tenth of what a turn of the event loop costs.
 */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => process.nextTick(resolve));
}

const SETTLED = Promise.resolve();

/**
 * Takes steps until one returns false, and before each further one lets every promise go on that can. The same as awaiting
 * `nextTurn` in a loop, with one promise less for each step.
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

/** Lets the event loop turn, so that a long simulation does not shut out everything else in the process. */
export function breathe(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
