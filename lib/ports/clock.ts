/** Time as the suite sees it; virtual in the simulator. */
export type Clock = {
  /** Unix milliseconds. */
  nowMs(): number;
  /** Resolves at `atMs`, at once when that has passed. Never early. */
  sleepUntil(atMs: number): Promise<void>;
};
