import type { OrderSide } from '#lib/domain/market/order.ts';
import type { Alert } from '#lib/domain/news/alert.ts';
import type { OrderIntent } from '#lib/domain/position/order-attempt.ts';
import type { Position, PositionTerms } from '#lib/domain/position/position.ts';

/** A law of lib/domain/README.md by its number. The tenth, that nothing ever breaks the others, is what the faults are for. */
export type LawNumber = 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9;

export type Breach = { readonly law: LawNumber; readonly text: string };

/** One fill as the venue itself has it. */
export type TrueTrade = {
  readonly tradeId: string;
  readonly orderHash: string;
  readonly side: OrderSide;
  readonly sharesMicros: bigint;
  readonly valueMicros: bigint;
  readonly feesMicros: bigint;
  /** A fee kept in shares is no cash. */
  readonly isFeeInShares: boolean;
  /** False once it is known to have failed. */
  readonly counts: boolean;
};

/** The venue's own ledger, live or on paper: each answer is as things stand when it is asked. */
export type Truth = {
  trades(): readonly TrueTrade[];
  /** May the order still be filled? */
  isWorking(orderHash: string): boolean;
  /** Has it taken the order, now or ever? It takes none a second time. */
  isTaken(orderHash: string): boolean;
  liveOrderCount(): number;
  /** Shares of a token that the wallet really holds, once everything that is under way has settled. */
  heldMicros(wallet: string, tokenId: string): bigint;
};

/** One order of ours on its way to the venue. */
export type Post = {
  readonly intent: OrderIntent;
  readonly position: PositionTerms;
  postCount: number;
  /** Requests that have not been answered or given up. */
  inFlightCount: number;
};

/** What the laws are held against: the rows, the venue's ledger, and everything that left the house. */
export type Evidence = {
  readonly nowMs: () => number;
  readonly truth: Truth;
  /** Token of the outcome that was asked for. */
  readonly tokenIdAsked: string;
  readonly posts: Map<string, Post>;
  readonly alerts: Alert[];
  /** How often each notice was told, by its key. */
  readonly told: Map<string, number>;
  /** Uses of the signing key for a position on paper. */
  paperKeyUseCount: number;
  row: Position | undefined;
  /** When something last happened that liveness makes allowance for. */
  readonly lastTroubleAtMs: () => number;
};

export type RowWrite = { readonly before: Position | null; readonly after: Position; readonly alert: Alert | null };

export function sumShares(trades: readonly { readonly sharesMicros: bigint }[]): bigint {
  let sumMicros = 0n;
  for (const { sharesMicros } of trades) sumMicros += sharesMicros;
  return sumMicros;
}
