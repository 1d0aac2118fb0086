/** What was compared of a wallet, and which differences were told. Forgotten after some months. */
export type ReconciliationLog = {
  /** Up to when wallet and table were compared; null: never. @throws StoreUnavailableError */
  findReconciledUntilMs(walletAddress: string): Promise<number | null>;
  /** Safe to repeat. @throws StoreUnavailableError */
  saveReconciledUntilMs(walletAddress: string, untilMs: number): Promise<void>;
  /** A consistent read. @throws StoreUnavailableError */
  isTold(walletAddress: string, key: string): Promise<boolean>;
  /** Safe to repeat. @throws StoreUnavailableError */
  markTold(walletAddress: string, key: string): Promise<void>;
};
