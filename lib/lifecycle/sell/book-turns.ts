/** Hands out the moments at which exits that are due together read their books. */
export type BookTurns = {
  /** The moment for one more exit that would like to read at `wishedAtMs` and asks at `nowMs`; never later than its wish. */
  takeTurnMs(wishedAtMs: number, nowMs: number): number;
};

/**
 * What an exit costs its process from the book to the written intent, by what its row did: the rows of a crowd come in one by one,
 * as quickly as the process can take them, and four such steps follow (book, ledger, intent and their answers).
 */
const STEPS_PER_EXIT = 4;
/** Bounds of that measure: a quick processor of our own, and one that is shared. A turn too long makes a book some moments older. */
const TURN_MS_MIN = 4;
const TURN_MS_MAX = 10;

/**
 * Exits that are due on one second would all read at once, and each would wait for all the others' reads and writes: so each
 * further one reads a little earlier than the one before. A lone exit, and the ten of a Lambda's batch, read at their
 * time or within a tenth of a second of it.
 */
export function createBookTurns(): BookTurns {
  let earliestMs = Number.POSITIVE_INFINITY;
  let latestMs = Number.NEGATIVE_INFINITY;
  let begun = { atMs: 0, count: 0 };
  return {
    takeTurnMs: (wishedAtMs, nowMs) => {
      const isCrowded = wishedAtMs >= earliestMs && wishedAtMs < latestMs + TURN_MS_MAX;
      begun = isCrowded ? { ...begun, count: begun.count + 1 } : { atMs: nowMs, count: 0 };
      const stepMs = begun.count === 0 ? 0 : (nowMs - begun.atMs) / begun.count;
      const turnMs = Math.min(TURN_MS_MAX, Math.max(TURN_MS_MIN, STEPS_PER_EXIT * stepMs));
      earliestMs = isCrowded ? earliestMs - turnMs : wishedAtMs;
      latestMs = isCrowded ? latestMs : wishedAtMs;
      return Math.floor(earliestMs);
    },
  };
}
