import type { FillTotals, OrderSide, OrderTerms } from '#lib/domain/market/order.ts';
import type { RefusalCause, RefusalCode, WaitCode } from '#lib/domain/refusal/refusal.ts';

/** Saved before it is posted. Terms, `salt` and `timestampMs` determine `orderHash`; the signature is never stored. */
export type OrderIntent = OrderTerms & {
  /** 1 for the buy, 2 and up for the sells. */
  readonly attemptNumber: number;
  readonly salt: string;
  readonly timestampMs: number;
  readonly orderHash: string;
  /** For a buy: shares of the token on chain before it was posted. Absent if that read failed. */
  readonly sharesBeforeMicros?: bigint | undefined;
};

/** `provisional`: matched, not yet final on chain. A `failed` trade moved nothing (venue §2.6). */
export type TradeStatus = 'provisional' | 'confirmed' | 'failed';

export type Trade = FillTotals & {
  readonly tradeId: string;
  readonly orderHash: string;
  readonly side: OrderSide;
  readonly status: TradeStatus;
  readonly matchedAtMs: number;
  /** True fee − estimate. Null until the cash moved is known; until then `feesMicros` is the estimate (law 8). */
  readonly feeDriftMicros: bigint | null;
};

/**
 * Phase of an order that is not final yet.
 * - `posting`: the intent is saved. Only the invocation that saved it may act on it before `leaseUntilMs`.
 * - `unknown`: posted without a usable answer. Only a look-up or an unchanged re-post leaves this phase.
 * - `working`: accepted; it rests on the book, or the venue has not reported its fills yet.
 * - `cancelled`: we cancelled it. What it filled before that is not known yet.
 * - `ended`: a sell that is over, by its type or cancelled, while the venue answers no look-up. What it filled is not
 *   known yet. It cannot fill any more, so the next sell may follow: if this one was filled, that one is refused.
 * - `matched`: no longer working, and its trades are not all final.
 */
export type LivePhase =
  | { readonly phase: 'posting'; readonly leaseUntilMs: number }
  | { readonly phase: 'unknown'; readonly sinceMs: number }
  | { readonly phase: 'working'; readonly sinceMs: number }
  | { readonly phase: 'cancelled'; readonly sinceMs: number }
  | { readonly phase: 'ended'; readonly sinceMs: number }
  | { readonly phase: 'matched'; readonly reported: FillTotals };

/** An attempt in the position's row: in flight, of unknown outcome, or with trades that are not final. */
export type LiveAttempt = {
  readonly intent: OrderIntent;
  readonly postCount: number;
  /** When we gave up waiting for the answer to a post. That request may still be under way; an answered one is not. */
  readonly lostPostAtMs: number | null;
  /**
   * How the venue answered the only post of an order in phase `unknown`: with a refusal, or a failure such as a 500.
   */
  readonly answer?: 'refused' | 'failed' | undefined;
} & LivePhase;

/** Drops `answer`: it says nothing about another phase. */
export function withPhase({ intent, postCount, lostPostAtMs }: LiveAttempt, phase: LivePhase): LiveAttempt {
  return { intent, postCount, lostPostAtMs, ...phase };
}

/** A request may arrive this long after we gave it up. Judgement: proxies take 10 s, clocks differ by up to 4 s. */
const LATE_ARRIVAL_MS = 17_000;

export function mayStillArrive(attempt: LiveAttempt, atMs: number): boolean {
  return atMs < lastArrivalAtMs(attempt);
}

/** Zero when all its posts were answered. */
export function lastArrivalAtMs({ lostPostAtMs }: LiveAttempt): number {
  return lostPostAtMs === null ? 0 : lostPostAtMs + LATE_ARRIVAL_MS;
}

/** Neither an answer nor a look-up has said yet whether the order exists. */
export function isUnanswered({ phase }: LiveAttempt): boolean {
  return phase === 'posting' || phase === 'unknown';
}

/** How an attempt ended. `settled`: all its trades are final, or the venue proved to have no such order. */
export type AttemptResult =
  | { readonly phase: 'settled' }
  | { readonly phase: 'refused'; readonly code: RefusalCode; readonly cause: RefusalCause; readonly text: string }
  | { readonly phase: 'not-sent'; readonly code: WaitCode; readonly text: string };

type AttemptFacts = { readonly positionId: string; readonly intent: OrderIntent; readonly postCount: number };

/** The record `POSITION#<id>` / `ATTEMPT#<nn>`. `endedAtMs` is when we learned that the attempt had ended. */
export type EndedAttempt = AttemptFacts & { readonly result: AttemptResult; readonly endedAtMs: number };

export type OrderAttempt =
  | EndedAttempt
  | (AttemptFacts & { readonly result: Pick<LivePhase, 'phase'>; readonly endedAtMs: null });

/** The order may rest on the book and has to be cancelled before the next one (law 3). */
export function isResting(attempt: LiveAttempt): boolean {
  return attempt.intent.orderType === 'GTC' && attempt.phase === 'working';
}

/**
 * An order without an answer that would rest. It may be filled at any time and is then no open order any more, while
 * its trades do not show yet: that look-ups do not show it proves nothing until it was cancelled.
 */
export function mayRest(attempt: LiveAttempt, atMs: number): boolean {
  return attempt.intent.orderType === 'GTC' && attempt.phase === 'unknown' && !mayStillArrive(attempt, atMs);
}

/** FAK and FOK orders end right after their answer (venue §2.6). One open for this long is stuck: judgement. */
const OPEN_MS_MAX = 5_000;

/** Has to be cancelled: no sell may follow before (law 3), and an open buy fills once its shares lose value. */
export function isStuckOpen(attempt: LiveAttempt, atMs: number): boolean {
  return attempt.phase === 'working' && atMs >= attempt.sinceMs + OPEN_MS_MAX;
}

/** The order may still fill. A position has at most one such order (law 3). */
export function isUnresolved(attempt: LiveAttempt): boolean {
  return attempt.phase !== 'matched' && attempt.phase !== 'ended';
}

/** A look-up without fills proves nothing this soon after a cancellation. Judgement: look-ups lag, clocks differ. */
export const CANCEL_PROOF_MS = 20_000;

/**
 * An accepted FAK or FOK order is matched or killed once the taker delay is over: 0.15 s in crypto markets, seconds in
 * sports (venue §2.5). Judgement: twice the time after which it counts as stuck.
 */
const TAKER_LIFETIME_MS = 10_000;

/** A sell of which a failed look-up tells nothing, and that cannot fill any more. Others are returned unchanged. */
export function endWithoutLookUp(attempt: LiveAttempt, atMs: number): LiveAttempt {
  const { intent } = attempt;
  const isAccepted = attempt.phase === 'working' && intent.orderType !== 'GTC';
  if (intent.side !== 'SELL' || !(isAccepted || attempt.phase === 'cancelled')) return attempt;
  const endsAtMs = attempt.sinceMs + (isAccepted ? TAKER_LIFETIME_MS : CANCEL_PROOF_MS);
  return atMs < endsAtMs ? attempt : withPhase(attempt, { phase: 'ended', sinceMs: atMs });
}
