import type { SharesByToken } from '#lib/domain/news/foreign-holding.ts';

/** The amounts that were told of each market of a wallet. Forgotten after some months. */
export type ToldHoldings = {
  /** Null: nothing was told. A consistent read. @throws StoreUnavailableError */
  find(walletAddress: string, conditionId: string): Promise<SharesByToken | null>;
  /** Replaces what was told. Safe to repeat. @throws StoreUnavailableError */
  save(walletAddress: string, conditionId: string, told: SharesByToken): Promise<void>;
};
