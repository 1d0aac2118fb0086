import type { Outcome } from '#lib/domain/market/market.ts';
import type { FillTotals } from '#lib/domain/market/order.ts';
import type { TokenPayout } from '#lib/domain/market/payout.ts';
import type { RefusalCause, RefusalCode, WaitCode } from '#lib/domain/refusal/refusal.ts';
import type { FiringRule } from './exit-policy.ts';
import type { FoundShares, LeftRecord } from './guarded-shares.ts';
import type { OrderIntent, Trade } from './order-attempt.ts';
import type { VoidReason } from './position.ts';
import type { SettlementWait, SharesOfBoth } from './settlement-progress.ts';

export type ObservedOrder = {
  readonly orderHash: string;
  readonly working: boolean;
  readonly trades: readonly Trade[];
};

/** A finalised block, and whether the wallet held all recorded shares at it. */
export type BlockRead = { readonly blockNumber: bigint; readonly holdsAll: boolean };

/** A fact about a position. `atMs` is when we learned it. */
export type PositionEvent = { readonly atMs: number } & PositionFact;

export type FactOf<Type extends PositionFact['type']> = Extract<PositionEvent, { readonly type: Type }>;

export type PositionFact =
  | { readonly type: 'buy-intended'; readonly intent: OrderIntent; readonly leaseUntilMs: number }
  | { readonly type: 'buy-abandoned'; readonly reason: Extract<VoidReason, 'wake-up-not-set' | 'abandoned'> }
  | {
      readonly type: 'sell-intended';
      readonly intent: OrderIntent;
      readonly leaseUntilMs: number;
      readonly postAtMs: number;
      readonly underlyingMicros: bigint | null;
      /** Best bid of the book just read. Null without a bid, or when the book does not show today's prices. */
      readonly bidMicros: bigint | null;
      /** On chain the exchange may not move the shares, and only the operator can approve it. */
      readonly needsApproval: boolean;
    }
  /** Sells are blocked: the other outcome is bought, so that the pairs can be merged. */
  | {
      readonly type: 'hedge-intended';
      readonly intent: OrderIntent;
      readonly leaseUntilMs: number;
      /** The most that it may cost, fees included. */
      readonly costMicrosMax: bigint;
    }
  /** The venue does not see the bought shares yet, so no sell is posted. */
  | {
      readonly type: 'sell-put-off';
      readonly balanceMicros: bigint | null;
      /** Nor while the best bid is below the floor of a request; then this is that bid. */
      readonly bidMicros?: bigint | undefined;
    }
  | { readonly type: 'sell-reposted'; readonly orderHash: string; readonly leaseUntilMs: number }
  /** `reported` is what the venue's answer says was filled. */
  | {
      readonly type: 'order-accepted';
      readonly orderHash: string;
      readonly working: boolean;
      readonly reported: FillTotals;
      /** As in `OrderIntent`, when the chain answered only after the buy was saved and no fills are reported. */
      readonly sharesBeforeMicros?: bigint | undefined;
    }
  | {
      readonly type: 'order-refused';
      readonly orderHash: string;
      readonly code: RefusalCode;
      readonly cause: RefusalCause;
      readonly text: string;
      /** How many shares the venue would accept, if its figures say so. */
      readonly sellableMicros: bigint | null;
      /** Recorded shares that proved to be missing. */
      readonly shortfallMicros: bigint | null;
      /** The remedy of the cause has been applied, so the next attempt need not wait for the operator. */
      readonly remedied: boolean;
    }
  /** The order was certainly not placed. It may be posted later. */
  | {
      readonly type: 'order-not-sent';
      readonly orderHash: string;
      readonly code: WaitCode;
      readonly text: string;
      readonly retryAfterMs: number | null;
    }
  | {
      readonly type: 'order-unknown';
      readonly orderHash: string;
      readonly text: string;
      /**
       * The venue answered (500, "context canceled"), so this post is no longer under way. Absent: the answer is lost.
       */
      readonly isAnswered?: true | undefined;
      /** That answer was a refusal in words that do not prove that nothing was placed. */
      readonly isRefused?: true | undefined;
      /** As in `OrderIntent`, when the chain answered only after the buy was saved. */
      readonly sharesBeforeMicros?: bigint | undefined;
    }
  | { readonly type: 'order-cancelled'; readonly orderHash: string }
  /** A look-up by hash. For `absentHashes` the venue shows neither an order nor a trade (yet). */
  | {
      readonly type: 'orders-observed';
      readonly orders: readonly ObservedOrder[];
      readonly absentHashes: readonly string[];
      /**
       * The token's shares in the wallet, read beside a look-up of a buy. Null: no answer. Absent: not asked, or no
       * chain.
       */
      readonly chainSharesMicros?: bigint | null | undefined;
    }
  /** The venue shows nothing of the buy. The chain shows this many shares of its token in the wallet. */
  | { readonly type: 'shares-observed'; readonly orderHash: string; readonly sharesMicros: bigint }
  | { readonly type: 'look-up-failed'; readonly text: string }
  /** The wallet holds shares that no buy of this position explains. The figures are cumulative. */
  | { readonly type: 'shares-found'; readonly found: FoundShares }
  /**
   * Transactions of other programs took shares of this position. Each counts once. `found`: all shares found by the
   * block of the reading, with those that came in between. Absent in events of older releases.
   */
  | ({ readonly type: 'shares-left'; readonly found?: FoundShares | undefined } & LeftRecord)
  /** No shares of a guarded position have arrived, by this finalised block. Null: no usable answer. */
  | { readonly type: 'nothing-found'; readonly blockNumber: bigint | null }
  /** Without any of the optional fields everything is sold, as at an exit by the clock. */
  | {
      readonly type: 'exit-requested';
      /** Absent in a message of the queue, whose repetition changes nothing. */
      readonly requestId?: string | undefined;
      /** Sell so many of the shares now, and hold the rest until the exit. */
      readonly sharesMicros?: bigint | undefined;
      /** Sell nothing below it for this request. */
      readonly minPriceMicros?: bigint | undefined;
    }
  /** Two looks agreed that all shares left would sell at or beyond the level. The exit is due now. */
  | {
      readonly type: 'rule-fired';
      readonly rule: FiringRule;
      readonly priceMicros: bigint;
      readonly levelMicros: bigint;
    }
  /** The highest price seen, for a trailing stop. */
  | { readonly type: 'high-raised'; readonly priceMicros: bigint }
  /** By hand: the exit by the clock is left out at any price. Rules that fire before it stay. */
  | { readonly type: 'hold-requested' }
  /** The due exit is held: at or above its rule's price all shares would sell. Null: the price is not known, once. */
  | { readonly type: 'exit-held'; readonly priceMicros: bigint | null; readonly proceedsMicros: bigint | null }
  | { readonly type: 'deadline-reached' }
  /** A settlement step that changed nothing yet. `read` is null without a usable answer. */
  | {
      readonly type: 'settlement-waited';
      readonly reason: SettlementWait;
      readonly text: string | null;
      readonly read: BlockRead | null;
    }
  /** The chain shows for the first time what the shares pay. */
  | {
      readonly type: 'market-resolved';
      readonly payout: TokenPayout;
      readonly read: BlockRead;
      /** Whom the venue's public data names; null when they name none. Only compared: the chain pays. */
      readonly venueWinner: Outcome | null;
    }
  /** A later block shows the same result, and the shares pay nothing. */
  | { readonly type: 'loss-confirmed'; readonly read: BlockRead }
  /** `reference` is null when the answer was lost. With `isMerge` it merges pairs, and redeems nothing. */
  | {
      readonly type: 'redemption-sent';
      readonly reference: string | null;
      readonly text: string | null;
      readonly isMerge?: true | undefined;
    }
  | {
      readonly type: 'redemption-failed';
      readonly isMerge?: true | undefined;
      readonly text: string;
      readonly isFinal: boolean;
      /** False when it was only put off: wallet busy, rate limit, quota. */
      readonly isCounted: boolean;
      readonly retryAfterMs: number | null;
    }
  | {
      readonly type: 'redemption-confirmed';
      readonly payoutMicros: bigint;
      readonly transactionHash: string;
      readonly gasWei: bigint | null;
      /** As in `RedeemedPosition`. */
      readonly unredeemed?: SharesOfBoth | undefined;
    }
  /** Cash was minted for pairs of both outcomes. */
  | {
      readonly type: 'merge-confirmed';
      readonly cashMicros: bigint;
      readonly transactionHash: string;
      readonly gasWei: bigint | null;
      readonly read: BlockRead;
    }
  /** Chain and record disagree in a way that no look-up can resolve. */
  | { readonly type: 'record-contradicted'; readonly contradiction: string };

export const EVENT_TYPES = [
  'buy-intended',
  'buy-abandoned',
  'sell-intended',
  'hedge-intended',
  'sell-reposted',
  'sell-put-off',
  'order-accepted',
  'order-refused',
  'order-not-sent',
  'order-unknown',
  'order-cancelled',
  'orders-observed',
  'shares-observed',
  'look-up-failed',
  'shares-found',
  'shares-left',
  'nothing-found',
  'exit-requested',
  'rule-fired',
  'high-raised',
  'hold-requested',
  'exit-held',
  'deadline-reached',
  'settlement-waited',
  'market-resolved',
  'loss-confirmed',
  'redemption-sent',
  'redemption-failed',
  'redemption-confirmed',
  'merge-confirmed',
  'record-contradicted',
] as const satisfies readonly PositionFact['type'][];
export type EventType = PositionFact['type'];
