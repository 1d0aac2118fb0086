import type { TokenPayout } from '#lib/domain/market/payout.ts';

/** Everything is read at one finalised block. */
export type ConditionReading = {
  readonly blockNumber: bigint;
  /** The block's own time, Unix milliseconds. */
  readonly blockAtMs: number;
  /** Null while the market is not resolved at this block. */
  readonly payout: TokenPayout | null;
  /** Shares of the position's token in the wallet. */
  readonly sharesMicros: bigint;
  /** Shares of the market's other outcome. */
  readonly otherSharesMicros: bigint;
};

/** Micros of shares, of the position's token and of the other one. */
export type SharesOfBoth = { readonly own: bigint; readonly other: bigint };

/**
 * Collateral that one finalised transaction minted to the wallet for a condition, whichever account sent the
 * transaction.
 */
export type Payout = {
  /** What was paid for: shares of a resolved market, or pairs of both outcomes at a dollar each. */
  readonly kind: 'redemption' | 'merge';
  readonly transactionHash: string;
  readonly cashMicros: bigint;
  /** Shares that it took from the wallet, of the position's token and of the other one; undefined: not known. */
  readonly takenMicros?: SharesOfBoth;
  readonly blockNumber: bigint;
  /**
   * What the signing key paid in gas for this condition, in wei: the transaction's fee divided among its conditions.
   * Null when another account paid (relayer, auto-redeem).
   */
  readonly gasWei: bigint | null;
};

/** What is known about the end of a position whose market is over. */
export type SettlementProgress = {
  /** What a share pays; null until the chain shows it. */
  readonly payout: TokenPayout | null;
  /** Newest block that was read. An answer from an older one comes from a node that lags behind. */
  readonly seenBlock: bigint | null;
  /** Newest block at which the wallet held all recorded shares: their payout is in a later one. */
  readonly heldAtBlock: bigint | null;
  /** Since when the shares have been missing without a payout. */
  readonly missingSinceMs: number | null;
  /**
   * When the result was read, or a redemption sent: the pauses grow with the time since. Null: since the market's end.
   */
  readonly progressAtMs: number | null;
  readonly redemptionFailureCount: number;
  /** No redemption is sent before. */
  readonly redeemAgainAtMs: number | null;
  /** The redemption was refused for good: none is sent again, and a payout is still looked for. */
  readonly isRefusedForGood: boolean;
  readonly isLateReported: boolean;
  /** Merges that failed. They are given up soon: redeeming the pairs pays the same. */
  readonly mergeFailureCount: number;
  /** No merge is sent before. */
  readonly mergeAgainAtMs: number | null;
  /** Since when a payout has been seen, while shares of confirmed trades that pay as well are not in the wallet yet. */
  readonly partPaidSinceMs?: number | undefined;
};

export const SETTLEMENT_WAITS = [
  'unresolved',
  'unreadable',
  'node-behind',
  'result-changed',
  'open-orders',
  'payout-not-seen',
  'paid-in-part',
  'redemption-under-way',
  'redemption-paused',
  'not-configured',
] as const;
/**
 * Why a settlement step left the position as it is.
 * - `unresolved`: the chain was read and shows no result.
 * - `unreadable`: no usable answer.
 * - `node-behind`: an answer from a block before one that was read already, or a block that is not seconds old.
 * - `result-changed`: not the result that was read before. A result is written once, so one of the answers is wrong.
 * - `open-orders`: an order is not settled yet, and the chain does not agree with the record as it stands.
 * - `payout-not-seen`: the shares are gone and no payout is seen yet.
 * - `paid-in-part`: a payout arrived before some shares that pay as well; these are not in the wallet yet.
 * - `redemption-under-way`: of this wallet.
 * - `redemption-paused`: after a failure.
 * - `not-configured`: this deployment has no settlement for the position's mode.
 */
export type SettlementWait = (typeof SETTLEMENT_WAITS)[number];

export const NOTHING_SETTLED: SettlementProgress = {
  payout: null,
  seenBlock: null,
  heldAtBlock: null,
  missingSinceMs: null,
  progressAtMs: null,
  redemptionFailureCount: 0,
  redeemAgainAtMs: null,
  isRefusedForGood: false,
  isLateReported: false,
  mergeFailureCount: 0,
  mergeAgainAtMs: null,
};

/** After this many failures, or one that is final, the pairs are left to redemption: judgement. */
export const MERGE_FAILURES_MAX = 5;

/** After this many failures the operator is told; retries go on for days. */
const FAILURES_UNTIL_PAGE = 3;

export function isRedemptionFailing({ redemptionFailureCount, isRefusedForGood }: SettlementProgress): boolean {
  return isRefusedForGood || redemptionFailureCount >= FAILURES_UNTIL_PAGE;
}
