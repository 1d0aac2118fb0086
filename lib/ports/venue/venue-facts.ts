/** Whether the venue is still as this release assumes. Reads public data only; safe to repeat. */
export type VenueFacts = {
  /**
   * One clause for each difference between what the venue says of this market and what is assumed; empty without any.
   * @throws UpstreamUnavailableError, UnexpectedReplyError
   */
  listDrifts(marketSlug: string, deadlineAtMs: number): Promise<readonly string[]>;
};
