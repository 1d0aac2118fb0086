/** One approval that trading needs. */
export type NeededApproval = {
  /** What is not possible without it. */
  readonly purpose: 'sell' | 'buy' | 'sell-neg-risk' | 'buy-neg-risk';
  /** The token contract that holds the approval. */
  readonly contract: string;
  /** The contract that is approved. */
  readonly spender: string;
};

export type WalletApproval = NeededApproval & { readonly isGranted: boolean };

/** The wallet on the chain, for checks before live trading. Reads only. @throws as `Wallet` */
export type WalletInspection = {
  readonly walletAddress: string;
  /** What `listApprovals` reads, known without reading. */
  readonly neededApprovals: readonly NeededApproval[];
  getChain(deadlineAtMs: number): Promise<{ readonly chainId: number; readonly blockAtMs: number }>;
  getCollateralMicros(deadlineAtMs: number): Promise<bigint>;
  listApprovals(deadlineAtMs: number): Promise<readonly WalletApproval[]>;
};
