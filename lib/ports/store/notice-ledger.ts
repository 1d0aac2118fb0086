/**
 * - `claimed`: the caller delivers it now.
 * - `busy`: another invocation is delivering it.
 * - `sent`: it was delivered.
 */
export type NoticeClaim = 'claimed' | 'busy' | 'sent';

/**
 * Remembers which notices were delivered, because queues deliver twice. A crash between delivery and `markSent` leaves
 * a notice that is delivered again after its claim has expired.
 */
export type NoticeLedger = {
  /**
   * Claims the notice for `leaseMs`. A claim that is not marked as sent expires after that.
   * @throws StoreUnavailableError
   */
  claim(noticeKey: string, leaseMs: number): Promise<NoticeClaim>;
  /** Marks the notice as delivered. Safe to repeat. @throws StoreUnavailableError */
  markSent(noticeKey: string): Promise<void>;
  /** Whether the notice was delivered; a consistent read. @throws StoreUnavailableError */
  isSent(noticeKey: string): Promise<boolean>;
  /** Releases an unmarked claim, so that the next delivery need not wait. @throws StoreUnavailableError */
  release(noticeKey: string): Promise<void>;
};
