let turn: Promise<void> | undefined;

/**
 * Resolves when every promise that can go on has gone on. Worlds that wait at the same time share one turn of Node's event
 * loop, which is what makes thousands of lives a second possible: a turn costs more than a simulated step.
 */
export function nextTurn(): Promise<void> {
  turn ??= new Promise((resolve) => {
    setImmediate(() => {
      turn = undefined;
      resolve();
    });
  });
  return turn;
}
