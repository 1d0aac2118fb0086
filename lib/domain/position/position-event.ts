import type { Outcome } from '#lib/domain/market/market.ts';
import type { FillTotals } from '#lib/domain/market/order.ts';
import type { RefusalCause, RefusalCode, WaitCode } from '#lib/domain/refusal/refusal.ts';
import type { OrderIntent, Trade } from './order-attempt.ts';
import type { VoidReason } from './position.ts';

/** What the venue told about one order when asked by its hash. */
export type ObservedOrder = {
  readonly orderHash: string;
  readonly working: boolean;
  readonly trades: readonly Trade[];
};

/** A fact in the life of a position. `atMs` is when we learned it. */
export type PositionEvent = { readonly atMs: number } & PositionFact;

/** The event of one type. */
export type FactOf<Type extends PositionFact['type']> = Extract<PositionEvent, { readonly type: Type }>;

export type PositionFact =
  /** The buy is written down and about to be posted. */
  | { readonly type: 'buy-intended'; readonly intent: OrderIntent; readonly leaseUntilMs: number }
  /** No buy was ever written down, so none was posted. */
  | { readonly type: 'buy-abandoned'; readonly reason: Extract<VoidReason, 'wake-up-not-set' | 'abandoned'> }
  /** A sell is written down and about to be posted at `postAtMs`. */
  | {
      readonly type: 'sell-intended';
      readonly intent: OrderIntent;
      readonly leaseUntilMs: number;
      readonly postAtMs: number;
      readonly underlyingMicros: bigint | null;
      /** The chain says that the exchange may not move the shares, and only a human can change that. */
      readonly needsApproval: boolean;
    }
  /** The venue does not see the bought shares yet: no sell is posted just to be refused again. */
  | { readonly type: 'sell-put-off'; readonly balanceMicros: bigint | null }
  /** A sell of unknown outcome is about to be posted again, unchanged. */
  | { readonly type: 'sell-reposted'; readonly orderHash: string; readonly leaseUntilMs: number }
  /** The venue took the order; `reported` is what its answer says was filled, if it says so yet. */
  | {
      readonly type: 'order-accepted';
      readonly orderHash: string;
      readonly working: boolean;
      readonly reported: FillTotals;
    }
  /** The venue refused the order for good. */
  | {
      readonly type: 'order-refused';
      readonly orderHash: string;
      readonly code: RefusalCode;
      readonly cause: RefusalCause;
      readonly text: string;
      /** How much the venue would let go, when its figures say so. */
      readonly sellableMicros: bigint | null;
      /** Shares proven to be missing from what was recorded as bought. */
      readonly shortfallMicros: bigint | null;
      /** What the cause asks for has been done: the next try need not wait for a human. */
      readonly remedied: boolean;
    }
  /** The order surely was not placed; the venue wants us to wait. */
  | {
      readonly type: 'order-not-sent';
      readonly orderHash: string;
      readonly code: WaitCode;
      readonly text: string;
      readonly retryAfterMs: number | null;
    }
  /** The order may have been placed; the answer is lost. */
  | {
      readonly type: 'order-unknown';
      readonly orderHash: string;
      readonly text: string;
      /** As of the intent, where the chain was asked before the buy was posted and answered only after it was written down. */
      readonly sharesBeforeMicros?: bigint | undefined;
    }
  /** Our order was taken off the book; what it filled before that is still to be looked up. */
  | { readonly type: 'order-cancelled'; readonly orderHash: string }
  /** Asked by hash, the venue told what it knows; of the absent ones it knows neither the order nor a trade (yet). */
  | {
      readonly type: 'orders-observed';
      readonly orders: readonly ObservedOrder[];
      readonly absentHashes: readonly string[];
    }
  /** The venue does not say what became of the buy; the chain shows so many shares of its token in the wallet. */
  | { readonly type: 'shares-observed'; readonly orderHash: string; readonly sharesMicros: bigint }
  /** The venue could not be asked; nothing is known that was not known before. */
  | { readonly type: 'look-up-failed'; readonly text: string }
  /** Somebody asked for the exit now. */
  | { readonly type: 'exit-requested' }
  /** T − 5 s: the end is written, without a read from anybody. */
  | { readonly type: 'deadline-reached' }
  /** The market has a result. */
  | { readonly type: 'market-resolved'; readonly winner: Outcome }
  /** The payout arrived. */
  | { readonly type: 'redemption-confirmed'; readonly payoutMicros: bigint; readonly transactionHash: string }
  /** Chain and record disagree beyond what a look-up can mend. */
  | { readonly type: 'record-contradicted'; readonly contradiction: string };

export const EVENT_TYPES = [
  'buy-intended',
  'buy-abandoned',
  'sell-intended',
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
  'exit-requested',
  'deadline-reached',
  'market-resolved',
  'redemption-confirmed',
  'record-contradicted',
] as const satisfies readonly PositionFact['type'][];
export type EventType = PositionFact['type'];
