/** Sender of a wake-up. `by-hand` makes the exit due now; the others ask for the step that is due. */
export const WAKE_SOURCES = ['timer', 'delay', 'retry', 'sweep', 'by-hand'] as const;
export type WakeSource = (typeof WAKE_SOURCES)[number];

export type WakeMessage = {
  readonly positionId: string;
  readonly wakeUpId: string;
  readonly source: WakeSource;
  /** The time a timer was set to, in its own message only: the timer's lateness is measured against it. */
  readonly plannedAtMs?: number;
  /** Of the first look at the price: those that it plans end by then. Absent: it plans none. */
  readonly lookUntilMs?: number;
  /** For the queue of positions whose market is over: a slow chain must not hold up a sell. Absent: the exit queue. */
  readonly to?: 'settle';
  /** With `by-hand`: only a part is sold, or nothing below a floor. Its id makes a repeated message harmless. */
  readonly exit?: {
    readonly requestId: string;
    readonly sharesMicros?: bigint;
    readonly minPriceMicros?: bigint;
  };
};

/** Wake-up B and every retry. Delivers at least once, possibly late, twice or out of order. */
export type ExitQueue = {
  /**
   * Delivers the message at or soon after `atMs`, at most 900 s ahead: a later time is cut to that, and the receiver
   * sends the message again.
   * @throws UpstreamUnavailableError when it is not certain that the message was accepted
   */
  send(message: WakeMessage, atMs: number): Promise<void>;
};
