/** Randomness as the suite sees it; seeded in the simulator. */
export type IdSource = {
  /** A new, unique, URL-safe id whose text sorts by time. */
  nextId(): string;
  /** A whole number from 0 to 2^53 − 1, as an order's salt: the venue reads it as a JSON number. */
  nextSalt(): string;
};
