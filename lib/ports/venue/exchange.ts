import type { FillTotals, OrderTerms } from '#lib/domain/market/order.ts';
import type { OrderIntent, Trade } from '#lib/domain/position/order-attempt.ts';
import type { PositionTerms } from '#lib/domain/position/position.ts';
import type { Refusal, WaitCode } from '#lib/domain/refusal/refusal.ts';

/**
 * The venue's answer to a posted order.
 * - `accepted`: `working` while it may still fill; `reported` is what was filled so far by the answer.
 * - `duplicate`: the venue already has this order; look it up by its hash.
 * - `refused`: not placed, finally.
 * - `not-sent`: certainly not placed; the same order may be posted later.
 * - `unknown`: it may have been placed. Never treat it as failed.
 */
export type OrderReply =
  | { readonly outcome: 'accepted'; readonly working: boolean; readonly reported: FillTotals }
  | { readonly outcome: 'duplicate' }
  | ({ readonly outcome: 'refused' } & Refusal)
  | {
      readonly outcome: 'not-sent';
      readonly code: WaitCode;
      readonly text: string;
      readonly retryAfterMs: number | null;
    }
  | {
      readonly outcome: 'unknown';
      readonly text: string;
      /**
       * The venue answered and did not say whether it was placed. Absent: no answer, and the request may arrive later.
       */
      readonly isAnswered?: true;
    };

/**
 * An order as the venue shows it. `working` is true while more may be filled, and also while the venue reports more
 * filled than it shows trades for: an order that is not working and has no trades counts as not filled.
 */
export type OrderRecord = { readonly orderHash: string; readonly working: boolean; readonly trades: readonly Trade[] };

/** The venue's view of one token of the wallet, in micros. */
export type TokenBalance = {
  readonly balanceMicros: bigint;
  /** Whether the exchange may move the shares; null when the venue does not return it. */
  readonly approved: boolean | null;
};

/**
 * The account at the venue, for one position. Each method takes the position's terms: an adapter may need mode, wallet,
 * market kind or fee rate, and must refuse a position of another mode (law 7).
 */
export type Exchange = {
  /**
   * Fixes salt, timestamp and hash of an order, without a request to the venue. Not repeatable: each call makes a new
   * order. The caller saves the result before it posts it.
   * @throws UpstreamUnavailableError when key or credentials are unavailable
   */
  prepareOrder(position: PositionTerms, order: OrderTerms, attemptNumber: number): Promise<OrderIntent>;
  /**
   * Posts the order once, without a retry, and waits for the answer until `deadlineAtMs`. Posting the same intent twice
   * places at most one order: the second is a `duplicate` or a refusal. Does not throw for failures of venue or
   * network; any other error counts as `unknown`.
   */
  postOrder(position: PositionTerms, intent: OrderIntent, deadlineAtMs: number): Promise<OrderReply>;
  /**
   * One record for each hash of which the venue knows an order or a trade. A missing hash is unknown to the venue now,
   * and may become known later. Reads only.
   * @throws UpstreamUnavailableError, UnexpectedReplyError
   */
  listOrders(
    position: PositionTerms,
    orderHashes: readonly string[],
    deadlineAtMs: number,
  ): Promise<readonly OrderRecord[]>;
  /** The venue's view of the position's token. Reads only. @throws as `listOrders` */
  getBalance(position: PositionTerms, deadlineAtMs: number): Promise<TokenBalance>;
  /** Makes the venue refresh its cached balance of the token. Safe to repeat. @throws as `listOrders` */
  refreshBalance(position: PositionTerms, deadlineAtMs: number): Promise<void>;
  /** Hashes of the account's orders that rest on the position's token. Reads only. @throws as `listOrders` */
  listRestingOrders(position: PositionTerms, deadlineAtMs: number): Promise<readonly string[]>;
  /** Cancels the account's orders that rest on the position's token. Safe to repeat. @throws as `listOrders` */
  cancelRestingOrders(position: PositionTerms, deadlineAtMs: number): Promise<void>;
};
