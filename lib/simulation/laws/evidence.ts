import type { MarketVersion, OrderBook } from '#lib/domain/market/market.ts';
import { maxMicros, minMicros } from '#lib/domain/market/money.ts';
import type { OrderSide } from '#lib/domain/market/order.ts';
import type { Alert } from '#lib/domain/news/alert.ts';
import { foundSharesMicros, leftSharesMicros } from '#lib/domain/position/guarded-shares.ts';
import type { OrderIntent } from '#lib/domain/position/order-attempt.ts';
import type { Position, PositionTerms } from '#lib/domain/position/position.ts';
import type { RedemptionIntent } from '#lib/ports/wallet/settlement.ts';
import type { PlayingMarket } from '#lib/venue/books/playing-market.ts';
import type { ConditionChain } from '#lib/venue/engine/condition-chain.ts';

/** A law of lib/domain/README.md by its number. The tenth (the others hold whatever fails) is tested by the faults. */
export const LAW_NUMBERS = [1, 2, 3, 4, 5, 6, 7, 8, 9, 11, 12, 13] as const;
export type LawNumber = (typeof LAW_NUMBERS)[number];

export type Breach = { readonly law: LawNumber; readonly text: string };

/** One fill in the venue's own ledger. */
export type LedgerTrade = {
  readonly tradeId: string;
  readonly orderHash: string;
  readonly side: OrderSide;
  readonly sharesMicros: bigint;
  readonly valueMicros: bigint;
  readonly feesMicros: bigint;
  /** The fee is kept in shares, so no cash moves for it. */
  readonly isFeeInShares: boolean;
  readonly counts: boolean;
};

/** The venue's own ledger, live and on paper, at the time of the question. */
export type LedgerFacts = {
  trades(): readonly LedgerTrade[];
  isWorking(orderHash: string): boolean;
  /** Has the venue ever accepted the order? */
  isAccepted(orderHash: string): boolean;
  liveOrderCount(): number;
  /** Shares of a token that the wallet holds once every pending trade has settled. */
  heldMicros(wallet: string, tokenId: string): bigint;
  /** Did shares of the wallet move outside the suite, or a buy deliver something else than it says? */
  isDisturbed(wallet: string): boolean;
};

/** One order posted to the venue. */
export type Post = {
  readonly intent: OrderIntent;
  readonly position: PositionTerms;
  readonly firstAtMs: number;
  postCount: number;
  inFlightCount: number;
};

/** A book that market data showed, when it was answered. */
export type ShownBook = {
  readonly atMs: number;
  readonly book: OrderBook;
  /** A ghost's, or days old. */
  readonly isFlawed: boolean;
};

export type SentRedemption = Pick<RedemptionIntent, 'nonce' | 'deadlineAtMs'> & { isAnswered: boolean };

/** What a program of the owner's moved in the live wallet, of the own token. */
export type ForeignTransfer = {
  readonly transactionHash: string;
  readonly atMs: number;
  readonly blockNumber: bigint;
  /** Negative out of the wallet. */
  readonly sharesMicros: bigint;
  /** Fees included; null where the transaction says nothing of this token. */
  readonly cashMicros: bigint | null;
};

/** What the laws are checked against: the row, the venue's ledger, and everything the suite sent. */
export type Evidence = {
  readonly nowMs: () => number;
  readonly ledger: LedgerFacts;
  /** Token of the requested outcome. */
  readonly tokenIdRequested: string;
  readonly marketVersion: MarketVersion;
  readonly posts: Map<string, Post>;
  readonly alerts: Alert[];
  /** How often each notice was delivered, by its key. */
  readonly noticeCounts: Map<string, number>;
  /** Uses of the signing key for a position on paper. */
  paperKeyUseCount: number;
  row: Position | undefined;
  /** The chain as far as it concerns the market's end, with every payout and action of the wallet. */
  readonly chain: ConditionChain;
  readonly playing: PlayingMarket;
  /** Redemptions that the suite sent; answered ones are not under way unless the chain knows them. */
  readonly redemptions: SentRedemption[];
  /** From then on nothing fails, settlement included. */
  readonly calmAtMs: number;
  /** Since when every book that was shown was a ghost's or days old; null while it is right. */
  readonly flawedBookSinceMs: () => number | null;
  /** Without the suite's orders, merges and redemptions, oldest first; also those that are still to be mined. */
  readonly foreignTransfers: () => readonly ForeignTransfer[];
  /** What the request for a guard was refused for, and when. */
  guardRefusal: { readonly code: string; readonly atMs: number } | null;
  /** Of a life with exit rules: all that were shown. */
  readonly shownBooks: ShownBook[];
  /** When something failed, in a life with exit rules or a guard. */
  readonly faultTimesMs: number[];
  /** Does a condition of the venue hide or change the real book at that time? */
  readonly isHidden: (atMs: number) => boolean;
  /** How many shares were held last, since when, and until when: null while they are, or before the first. */
  held: { readonly fromMs: number; readonly sharesMicros: bigint; untilMs: number | null } | null;
  /** When a disruption last happened that law 1 makes allowance for. */
  readonly lastDisruptionAtMs: () => number;
};

export type RowWrite = { readonly before: Position | null; readonly after: Position; readonly alert: Alert | null };

export function sumShares(trades: readonly { readonly sharesMicros: bigint }[]): bigint {
  let sumMicros = 0n;
  for (const { sharesMicros } of trades) sumMicros += sharesMicros;
  return sumMicros;
}

/**
 * Shares that the position's orders and merges leave it, by venue and chain, and what it found by `checkGuardWrite`.
 */
export function heldByPosition({ ledger, posts, tokenIdRequested, chain, row }: Evidence) {
  const ofSuite = chain.merges.filter(({ isByHand }) => !isByHand);
  const pairsMicros = ofSuite.reduce((sum, merge) => sum + merge.pairsMicros, 0n);
  const held = { ownMicros: -pairsMicros, otherMicros: -pairsMicros };
  if (row !== undefined) held.ownMicros += foundSharesMicros(row) - leftSharesMicros(row);
  for (const { counts, side, sharesMicros, orderHash } of ledger.trades()) {
    const isOwn = posts.get(orderHash)?.intent.tokenId === tokenIdRequested;
    if (counts) held[isOwn ? 'ownMicros' : 'otherMicros'] += side === 'BUY' ? sharesMicros : -sharesMicros;
  }
  return held;
}

export const DUST_MICROS = 10_000n;

export function isNear(a: bigint, b: bigint, limit: bigint): boolean {
  return maxMicros(a, b) - minMicros(a, b) <= limit;
}
