/** One approval that trading needs. */
export type WalletApproval = {
  /** What is not possible without it. */
  readonly purpose: 'sell' | 'buy' | 'sell-neg-risk' | 'buy-neg-risk';
  /** The token contract that holds the approval. */
  readonly contract: string;
  /** The contract that is approved. */
  readonly spender: string;
  readonly isGranted: boolean;
};

/** The wallet on the chain, for checks before live trading. Reads only. @throws as `Wallet` */
export type WalletInspection = {
  getChain(deadlineAtMs: number): Promise<{ readonly chainId: number; readonly blockAtMs: number }>;
  getCollateralMicros(deadlineAtMs: number): Promise<bigint>;
  listApprovals(deadlineAtMs: number): Promise<readonly WalletApproval[]>;
};
