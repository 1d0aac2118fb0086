import type { ToldMarket } from '#lib/domain/news/foreign-holding.ts';

/** What was told of each market of a wallet. Forgotten after some months. */
export type ToldHoldings = {
  /** Null: nothing was told. A consistent read. @throws StoreUnavailableError */
  find(walletAddress: string, conditionId: string): Promise<ToldMarket | null>;
  /** Replaces what was told. Safe to repeat. @throws StoreUnavailableError */
  save(walletAddress: string, conditionId: string, told: ToldMarket): Promise<void>;
};
