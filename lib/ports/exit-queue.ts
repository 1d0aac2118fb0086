/** Who asks for the next step. `by-hand` moves the exit forward; all others ask for what is due. */
export const WAKE_SOURCES = ['timer', 'delay', 'retry', 'sweep', 'by-hand'] as const;
export type WakeSource = (typeof WAKE_SOURCES)[number];

export type WakeMessage = {
  readonly positionId: string;
  readonly wakeUpId: string;
  readonly source: WakeSource;
  /** What a timer was set to, in its own message and no other: by it the timer's lateness is measured. */
  readonly plannedAtMs?: number;
};

/** Wake-up B and every retry: a queue that delivers at least once, possibly late, twice or out of order. */
export type ExitQueue = {
  /**
   * Delivers the message at or soon after `atMs`. At most 900 s ahead: a later time is cut to that, and the receiver sends
   * it on.
   * @throws UpstreamUnavailableError when it is not certain that the message was taken
   */
  send(message: WakeMessage, atMs: number): Promise<void>;
};
