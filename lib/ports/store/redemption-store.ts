import type { Mode } from '#lib/domain/position/position.ts';
import type { RedemptionIntent } from '#lib/ports/wallet/settlement.ts';

export type RedemptionAccount = { readonly mode: Mode; readonly wallet: string };

/**
 * The one redemption that a wallet may have under way, because its actions are serial (venue §5.4).
 * - `idle`: none.
 * - `posting`: the intent is saved and may have been sent. Only the invocation that saved it may act before
 *   `leaseUntilMs`.
 * - `sent`: accepted. - `unknown`: sent without a usable answer.
 */
export type WalletRedemption = {
  /** 0 before the first write. */
  readonly version: number;
  /** Newest block in which a redemption of this wallet took effect: older readings do not show it. */
  readonly settledAtBlock: bigint | null;
} & (
  | { readonly phase: 'idle' }
  | { readonly phase: 'posting'; readonly intent: RedemptionIntent; readonly leaseUntilMs: number }
  | { readonly phase: 'sent'; readonly intent: RedemptionIntent; readonly reference: string }
  | { readonly phase: 'unknown'; readonly intent: RedemptionIntent }
);

/** The durable record of each wallet's redemption. Every write is conditional. */
export type RedemptionStore = {
  /** Consistent read; `idle` of version 0 where there is none. @throws StoreUnavailableError, CorruptRowError */
  findRedemption(account: RedemptionAccount): Promise<WalletRedemption>;
  /**
   * Writes `next` if the stored version is one lower. A repeat of a write whose answer was lost is recognised.
   * @throws VersionConflictError another invocation changed it; nothing was written
   * @throws StoreUnavailableError the outcome is unknown
   */
  saveRedemption(account: RedemptionAccount, next: WalletRedemption): Promise<void>;
};

export const NO_REDEMPTION: WalletRedemption = { version: 0, settledAtBlock: null, phase: 'idle' };
