/** Wake-up A: a durable one-time timer outside our code, good to the minute. */
export type ExitTimer = {
  /**
   * Makes the position's timer fire a little before `exitDueAtMs`, or at the next moment that still helps. Repeating it
   * for the same position changes nothing.
   * @throws UpstreamUnavailableError when it is not certain that the timer exists
   */
  schedule(position: {
    readonly positionId: string;
    readonly exitDueAtMs: number;
    readonly marketEndsAtMs: number;
  }): Promise<void>;
};
