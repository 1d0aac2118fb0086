/** Wake-up A: a durable one-time timer, good to the minute. */
export type ExitTimer = {
  /**
   * Sets the position's timer to a time shortly before `exitDueAtMs`, or to the next time that still helps. Repeating
   * it for the same position changes nothing.
   * @throws UpstreamUnavailableError when it is not certain that the timer exists
   */
  schedule(position: {
    readonly positionId: string;
    readonly exitDueAtMs: number;
    readonly marketEndsAtMs: number;
  }): Promise<void>;
};
