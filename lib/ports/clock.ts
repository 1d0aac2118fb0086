/** The suite's time; virtual in the simulator. */
export type Clock = {
  /** Unix milliseconds. */
  nowMs(): number;
  /**
   * Resolves at `atMs`, or at once when that has passed; never early. `exact`, the default, is good to the millisecond
   * where the machine allows it. `rough` may be some milliseconds late and costs less processor time.
   */
  sleepUntil(atMs: number, precision?: 'exact' | 'rough'): Promise<void>;
};
