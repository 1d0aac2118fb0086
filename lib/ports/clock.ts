/** Time as the suite sees it; virtual in the simulator. */
export type Clock = {
  /** Unix milliseconds. */
  nowMs(): number;
  /**
   * Resolves at `atMs`, at once when that has passed. Never early; `exact`, the default, is to the millisecond as far as the
   * machine can, `rough` some milliseconds late and without the processor time that this takes.
   */
  sleepUntil(atMs: number, precision?: 'exact' | 'rough'): Promise<void>;
};
