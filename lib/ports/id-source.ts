/** The suite's randomness; seeded in the simulator. */
export type IdSource = {
  /** A new, unique, URL-safe id whose text sorts by time. */
  nextId(): string;
  /** An order's salt: a whole number from 0 to 2^53 − 1, because the venue reads it as a JSON number. */
  nextSalt(): string;
};
