import type { Asset } from './up-down-markets.ts';

/**
 * The two outcomes of a market. In up/down markets these are their names; in any other, `UP` stands for the first
 * outcome in the venue's list and `DOWN` for the second, and `outcomeNames` says what they are called.
 */
export const OUTCOMES = ['UP', 'DOWN'] as const;
export type Outcome = (typeof OUTCOMES)[number];

export const OTHER_OUTCOME = { UP: 'DOWN', DOWN: 'UP' } as const satisfies Record<Outcome, Outcome>;

/**
 * Protocol versions whose orders we sign. They differ in exchange, share ledger, ids and approvals (venue §1.3); one
 * market has one version for its whole life.
 */
export const MARKET_VERSIONS = ['v1', 'v2'] as const;
export type MarketVersion = (typeof MARKET_VERSIONS)[number];

/** Times are Unix milliseconds. */
export type Market = {
  readonly slug: string;
  readonly conditionId: string;
  /** Null for any market that is not an up/down window. Its exit time has to be given. */
  readonly asset: Asset | null;
  readonly version: MarketVersion;
  readonly startsAtMs: number;
  /** T, the end of the window. Nothing can be sold after it. */
  readonly endsAtMs: number;
  readonly tokenIds: Readonly<Record<Outcome, string>>;
  /** As the venue writes them: `Up` and `Down`, `Yes` and `No`, two teams. */
  readonly outcomeNames: Readonly<Record<Outcome, string>>;
  readonly negRisk: boolean;
  readonly acceptingOrders: boolean;
  readonly closed: boolean;
  readonly tickMicros: bigint;
  /** Smallest order that may rest on the book. */
  readonly minOrderSharesMicros: bigint;
  /**
   * How long a marketable order is held before it is matched. Absent where the venue does not say: `TAKER_DELAY_MS`.
   */
  readonly takerDelayMs?: number | undefined;
  /** Taker fee rate in millionths: 0.07 is 70_000. */
  readonly feeRateMicros: bigint;
};

export const UP_DOWN_NAMES = { UP: 'Up', DOWN: 'Down' } as const satisfies Record<Outcome, string>;

/** The outcome with this name, in upper or lower case; undefined when the market has no such outcome. */
export function findOutcome({ outcomeNames }: Pick<Market, 'outcomeNames'>, name: string): Outcome | undefined {
  return OUTCOMES.find((outcome) => isSameName(outcomeNames[outcome], name));
}

export function isSameName(one: string, other: string): boolean {
  return one.trim().toLowerCase() === other.trim().toLowerCase();
}

export type BookLevel = { readonly priceMicros: bigint; readonly sharesMicros: bigint };

/**
 * Resting orders of one token, best price first on both sides. `atMs` is the book's own time. It may be old, crossed or
 * without real prices: see `findBookFlaw`.
 */
export type OrderBook = {
  readonly tokenId: string;
  readonly bids: readonly BookLevel[];
  readonly asks: readonly BookLevel[];
  readonly tickMicros: bigint;
  readonly atMs: number;
};
