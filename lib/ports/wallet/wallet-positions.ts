/**
 * What the venue's index knows of any wallet. It finds which tokens a wallet has held and what they were bought for. It
 * lags behind the chain, rounds sizes and is cached: amounts always come from the chain.
 */
export type WalletPositions = {
  /**
   * Every token that the wallet holds by the index, losers and archived ones included; complete, or an error.
   * @throws UpstreamUnavailableError (429 and 5xx too), UnexpectedReplyError
   */
  listHoldings(walletAddress: string, deadlineAtMs: number): Promise<IndexedHoldings>;
  /** What the wallet did in that time, newest first; complete, or an error. @throws as `listHoldings` */
  listActivity(query: ActivityQuery, deadlineAtMs: number): Promise<IndexedActivities>;
  /**
   * Resolutions by condition id as given, of both lengths. A condition that the index does not know is left out.
   * @throws as `listHoldings`
   */
  findResolutions(
    conditionIds: readonly string[],
    deadlineAtMs: number,
  ): Promise<ReadonlyMap<string, IndexedResolution>>;
};

export type ActivityQuery = {
  readonly walletAddress: string;
  /** Unix milliseconds; the index counts seconds. */
  readonly sinceMs: number;
  /** Default: all markets. */
  readonly conditionId?: string;
  /** Default: all types. */
  readonly type?: KnownActivityType;
};

export type IndexedHoldings = {
  readonly holdings: readonly IndexedHolding[];
  /** Rows without a usable token or condition: what they stand for is unknown, and worth telling. */
  readonly unreadableCount: number;
  /** What such a row says of itself, as far as it does: the market's slug, or an id. */
  readonly unreadableNames?: readonly string[];
};

export type IndexedHolding = {
  readonly tokenId: string;
  /** Lower case; of version 2 with 31 bytes, as markets name it. */
  readonly conditionId: string;
  readonly marketSlug: string | null;
  /** Null where the index does not know it. */
  readonly outcomeIndex: 0 | 1 | null;
  readonly oppositeTokenId: string | null;
  readonly negRisk: boolean;
  /** Rounded to four decimals and late. */
  readonly sharesMicros: bigint;
  /** The market is resolved: won or lost. */
  readonly isRedeemable: boolean;
  readonly marketEndsAtMs: number | null;
};

export const ACTIVITY_TYPES = [
  'TRADE',
  'SPLIT',
  'MERGE',
  'REDEEM',
  'CONVERSION',
  'MIGRATION',
  'DEPOSIT',
  'WITHDRAWAL',
] as const;
export type KnownActivityType = (typeof ACTIVITY_TYPES)[number];

export type IndexedActivities = {
  readonly activities: readonly IndexedActivity[];
  readonly unreadableCount: number;
};

/** Equal rows can be two events: the index names no log. */
export type IndexedActivity = {
  readonly atMs: number;
  /** Rewards, rebates and types that are newer than this program are `OTHER`. */
  readonly type: KnownActivityType | 'OTHER';
  readonly transactionHash: string;
  /** Null for what concerns cash alone. */
  readonly conditionId: string | null;
  /** Null also for older redemptions, which have one row for both outcomes. */
  readonly tokenId: string | null;
  readonly side: 'BUY' | 'SELL' | null;
  readonly sharesMicros: bigint;
  /** Of a trade with its fee. */
  readonly cashMicros: bigint;
};

export type IndexedResolution = {
  /** Of a share of each outcome, in their order; null unless resolved. */
  readonly payoutsMicros: readonly bigint[] | null;
  readonly resolvedAtMs: number | null;
};
