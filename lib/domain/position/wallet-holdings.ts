/** What the chain shows of a position's wallet. Its shares are final. */
export type WalletHoldings = {
  readonly sharesMicros: bigint;
  /** Shares of the market's other outcome. */
  readonly otherSharesMicros: bigint;
  /** Whether the exchange of the position's market may move the shares. Null when that part of the read failed. */
  readonly approved: boolean | null;
};
