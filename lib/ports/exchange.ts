import type { FillTotals, OrderTerms } from '#lib/domain/market/order.ts';
import type { OrderIntent, Trade } from '#lib/domain/position/order-attempt.ts';
import type { PositionTerms } from '#lib/domain/position/position.ts';
import type { Refusal, WaitCode } from '#lib/domain/refusal/refusal.ts';

/**
 * The venue's answer to a posted order.
 * - `accepted`: taken. `working` while it may still fill; `reported` is what the answer says was filled so far.
 * - `duplicate`: the venue already has this very order; ask for it by hash.
 * - `refused`: considered and not placed, for good.
 * - `not-sent`: surely not placed; the same order may be posted later.
 * - `unknown`: it may have been placed. Never to be read as "failed".
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
  | { readonly outcome: 'unknown'; readonly text: string };

/**
 * What the venue knows of one order. `working` is true while more of it may be filled, and also while the venue says that
 * more was filled than it shows trades for: "no longer working, no trades" is taken for "nothing was filled".
 */
export type OrderRecord = { readonly orderHash: string; readonly working: boolean; readonly trades: readonly Trade[] };

/** What the venue believes of one token of our wallet, in micros. */
export type TokenBalance = {
  readonly balanceMicros: bigint;
  /** Is the exchange allowed to move the shares? Null when the venue does not say. */
  readonly approved: boolean | null;
};

/**
 * Our account at the venue, for one position. Each method takes the position's terms: an adapter may need mode, wallet,
 * market kind or fee rate, and must refuse a position of another mode than its own (law 7).
 */
export type Exchange = {
  /**
   * Fixes salt, timestamp and hash of an order, without telling the venue anything. Not repeatable: each call is a new
   * order. The caller saves the result before it posts it.
   */
  prepareOrder(position: PositionTerms, order: OrderTerms, attemptNumber: number): Promise<OrderIntent>;
  /**
   * Posts the order, at most once and never again by itself, and waits for the answer until `deadlineAtMs`. Posting the
   * same intent twice places at most one order: the second is a `duplicate` or a refusal. Does not throw for anything the
   * venue or the network does; whatever else it throws counts as `unknown`.
   */
  postOrder(position: PositionTerms, intent: OrderIntent, deadlineAtMs: number): Promise<OrderReply>;
  /**
   * What the venue knows under these hashes: one record per hash it knows an order or a trade of. A hash that is missing
   * from the answer is unknown there, which is not proof that it will stay so. Reads only.
   * @throws UpstreamUnavailableError, UnexpectedReplyError
   */
  listOrders(
    position: PositionTerms,
    orderHashes: readonly string[],
    deadlineAtMs: number,
  ): Promise<readonly OrderRecord[]>;
  /** The venue's view of the position's token. Reads only. @throws as `listOrders` */
  getBalance(position: PositionTerms, deadlineAtMs: number): Promise<TokenBalance>;
  /** Asks the venue to read the token's balance anew. Safe to repeat. @throws as `listOrders` */
  refreshBalance(position: PositionTerms, deadlineAtMs: number): Promise<void>;
  /** Hashes of our orders resting on the position's token. Reads only. @throws as `listOrders` */
  listRestingOrders(position: PositionTerms, deadlineAtMs: number): Promise<readonly string[]>;
  /** Cancels our orders resting on the position's token. Safe to repeat. @throws as `listOrders` */
  cancelRestingOrders(position: PositionTerms, deadlineAtMs: number): Promise<void>;
};
