/** - `claimed`: nobody has told it, tell it now. - `busy`: somebody else is telling it. - `sent`: it was told. */
export type NoticeClaim = 'claimed' | 'busy' | 'sent';

/**
 * Remembers which notices a human has been told, because queues deliver twice. Best effort by nature: whoever dies between
 * telling and `markSent` leaves a notice that is told again once its claim has lapsed. Twice is a nuisance, never is a loss.
 */
export type NoticeLedger = {
  /**
   * Asks to be the one who tells the notice, for `leaseMs`. A claim that is not marked as sent lapses after that.
   * @throws StoreUnavailableError
   */
  claim(noticeKey: string, leaseMs: number): Promise<NoticeClaim>;
  /** Writes down that the notice was told. Safe to repeat. @throws StoreUnavailableError */
  markSent(noticeKey: string): Promise<void>;
  /** Was the notice told? Consistent. @throws StoreUnavailableError */
  isSent(noticeKey: string): Promise<boolean>;
  /** Gives an unmarked claim back, so that the next delivery need not wait for its lapse. @throws StoreUnavailableError */
  release(noticeKey: string): Promise<void>;
};
