/** One right that trading needs a contract to have over the wallet. */
export type WalletApproval = {
  /** What cannot be done without it. */
  readonly purpose: 'sell' | 'buy' | 'sell-neg-risk' | 'buy-neg-risk';
  /** The token contract whose owner gives the right. */
  readonly contract: string;
  /** The contract that gets it. */
  readonly spender: string;
  readonly isGranted: boolean;
};

/** The wallet as the chain shows it, for people and before the money. Reads only. @throws as `Wallet` */
export type WalletInspection = {
  getChain(deadlineAtMs: number): Promise<{ readonly chainId: number; readonly blockAtMs: number }>;
  getCollateralMicros(deadlineAtMs: number): Promise<bigint>;
  listApprovals(deadlineAtMs: number): Promise<readonly WalletApproval[]>;
};
