import type { FillTotals, OrderSide, OrderTerms } from '#lib/domain/market/order.ts';
import type { RefusalCause, RefusalCode, WaitCode } from '#lib/domain/refusal/refusal.ts';

/**
 * An order written down before it is posted. `salt`, `timestampMs` and the terms fix `orderHash`, the name under which the
 * venue knows the order; the signature is not part of it and is never stored.
 */
export type OrderIntent = OrderTerms & {
  /** 1 for the buy, 2 and up for the sells. */
  readonly attemptNumber: number;
  readonly salt: string;
  readonly timestampMs: number;
  readonly orderHash: string;
  /** Of a buy: shares of the token that the chain showed in the wallet before it was posted. Absent where nobody knows. */
  readonly sharesBeforeMicros?: bigint | undefined;
};

/**
 * `provisional`: matched, not yet final on chain. `confirmed` and `failed` are terminal; a failed trade moved nothing
 * (venue §2.6: only CONFIRMED and FAILED end a trade's life).
 */
export type TradeStatus = 'provisional' | 'confirmed' | 'failed';

/** One fill, in the venue's own record. */
export type Trade = FillTotals & {
  readonly tradeId: string;
  readonly orderHash: string;
  readonly side: OrderSide;
  readonly status: TradeStatus;
  readonly matchedAtMs: number;
  /**
   * The fee that the cash really moved shows, less the one that was estimated. Null while nobody has verified it, and
   * `feesMicros` is the estimate; otherwise `feesMicros` is the true fee (law 8).
   */
  readonly feeDriftMicros: bigint | null;
};

/**
 * Where an order stands that is not final yet.
 * - `posting`: the intent is saved and its invocation holds the lease; nobody else touches it before `leaseUntilMs`.
 * - `unknown`: posted, no usable answer. Only a look-up or an unchanged re-post may leave this phase.
 * - `working`: the venue has it and has not said what it filled, or it rests on the book.
 * - `cancelled`: taken off the book by us; what it filled before that is not known yet.
 * - `matched`: no longer working; its trades are not all final.
 */
export type LivePhase =
  | { readonly phase: 'posting'; readonly leaseUntilMs: number }
  | { readonly phase: 'unknown'; readonly sinceMs: number }
  | { readonly phase: 'working'; readonly sinceMs: number }
  | { readonly phase: 'cancelled'; readonly sinceMs: number }
  | { readonly phase: 'matched'; readonly reported: FillTotals };

/** An attempt the row still has to care about: in flight, of unknown outcome, or with trades that are not final. */
export type LiveAttempt = {
  readonly intent: OrderIntent;
  readonly postCount: number;
  /** When we gave up on the last post whose answer never came: that request may still be under way. Null without one. */
  readonly lostPostAtMs: number | null;
} & LivePhase;

/** The same attempt in another phase. */
export function withPhase({ intent, postCount, lostPostAtMs }: LiveAttempt, phase: LivePhase): LiveAttempt {
  return { intent, postCount, lostPostAtMs, ...phase };
}

/**
 * How long a request can arrive after its client gave up on it: judgement, with room over the ten seconds or so after which
 * proxies on the way give up as well, and for the clocks of two invocations that are two seconds wrong each, in opposite ways.
 */
const LATE_ARRIVAL_MS = 17_000;

/** May a request of this attempt whose answer was lost still reach the venue? */
export function mayStillArrive(attempt: LiveAttempt, atMs: number): boolean {
  return attempt.lostPostAtMs !== null && atMs < attempt.lostPostAtMs + LATE_ARRIVAL_MS;
}

/** Has nobody said yet whether it is an order at all? */
export function isUnanswered({ phase }: LiveAttempt): boolean {
  return phase === 'posting' || phase === 'unknown';
}

/** How an attempt ended: every trade of it is final or it proved to be nothing, or it never came to be an order. */
export type AttemptResult =
  | { readonly phase: 'settled' }
  | { readonly phase: 'refused'; readonly code: RefusalCode; readonly cause: RefusalCause; readonly text: string }
  | { readonly phase: 'not-sent'; readonly code: WaitCode; readonly text: string };

type AttemptFacts = { readonly positionId: string; readonly intent: OrderIntent; readonly postCount: number };

/** An attempt's own record, `POSITION#<id>` / `ATTEMPT#<nn>`; `endedAtMs` is when we learned that it is over. */
export type EndedAttempt = AttemptFacts & { readonly result: AttemptResult; readonly endedAtMs: number };

/** An attempt, over or not; of one that is not, the position's row knows more. */
export type OrderAttempt =
  | EndedAttempt
  | (AttemptFacts & { readonly result: Pick<LivePhase, 'phase'>; readonly endedAtMs: null });

/** Does it rest on the book, for all we know? It has to be cancelled before the next order (law 3). */
export function isResting(attempt: LiveAttempt): boolean {
  return attempt.intent.orderType === 'GTC' && attempt.phase === 'working';
}

/**
 * An order that never rests is over within moments of its answer (venue §2.6). Judgement: one that the venue calls open for this
 * long will not end by itself.
 */
const OPEN_MS_MAX = 5_000;

/**
 * Should it be over, and is not? Nothing can be sold until it is taken off the book as well (law 3); and a buy that rests there is
 * filled by those who know that the shares have lost their worth.
 */
export function isStuckOpen(attempt: LiveAttempt, atMs: number): boolean {
  return attempt.phase === 'working' && atMs >= attempt.sinceMs + OPEN_MS_MAX;
}

/** May more of this order still be filled, for all we know? At most one such order per position (law 3). */
export function isUnresolved(attempt: LiveAttempt): boolean {
  return attempt.phase !== 'matched';
}

/**
 * How far look-ups may lag behind a cancellation: judgement, with room over the seconds seen of trades, and for clocks of two
 * invocations that differ. Only where the venue shows nothing at all of the order; what it shows of it counts at once.
 */
export const CANCEL_PROOF_MS = 20_000;
