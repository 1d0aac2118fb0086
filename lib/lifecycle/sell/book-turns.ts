/** Hands out the moments at which exits that are due together read their books. */
export type BookTurns = {
  /** The moment for one more exit that would like to read at `wishedAtMs`; never later than that. */
  takeTurnMs(wishedAtMs: number): number;
};

/**
 * What an exit costs its process from the book to the written intent, measured on the local stack. A turn too many only makes a
 * book some moments older.
 */
const TURN_MS = 6;

/**
 * Exits that are due on one second would all read at once, and each would wait for all the others' reads and writes: so each
 * further one reads a little earlier than the one before. A lone exit, and the ten of a Lambda's batch, read at their
 * time or within a tenth of a second of it.
 */
export function createBookTurns(): BookTurns {
  let earliestMs = Number.POSITIVE_INFINITY;
  let latestMs = Number.NEGATIVE_INFINITY;
  return {
    takeTurnMs: (wishedAtMs) => {
      const isCrowded = wishedAtMs >= earliestMs && wishedAtMs < latestMs + TURN_MS;
      earliestMs = isCrowded ? earliestMs - TURN_MS : wishedAtMs;
      latestMs = isCrowded ? latestMs : wishedAtMs;
      return earliestMs;
    },
  };
}
