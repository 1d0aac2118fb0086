import type { MarketVersion } from '#lib/domain/market/market.ts';
import { ONE_MICROS } from '#lib/domain/market/money.ts';
import { payoutMicrosOf, type TokenPayout } from '#lib/domain/market/payout.ts';
import type { Position } from '#lib/domain/position/position.ts';
import { isClosed } from '#lib/domain/position/position.ts';

/** Shares in the live wallet that no position of the suite manages, of one market. Amounts are micro-units as text. */
export type ForeignHolding = {
  readonly wallet: string;
  readonly conditionId: string;
  readonly marketVersion: MarketVersion;
  /** Null where the venue's index does not name the market. */
  readonly marketSlug: string | null;
  readonly marketEndsAtMs: number | null;
  /** False where the end is only announced: trading may stop at another time. */
  readonly isEndCertain: boolean;
  /** By the chain. */
  readonly isResolved: boolean;
  /** The suite's open position of the market's other outcome. */
  readonly besidePositionId: string | null;
  readonly atMs: number;
  readonly outcomes: readonly ForeignOutcome[];
};

export type ForeignOutcome = {
  readonly tokenId: string;
  /** As the venue names it; null where it does not. */
  readonly name: string | null;
  readonly sharesMicros: string;
  /** What the chain pays for them, or what selling all of them at once would bring after fees; null: unknown. */
  readonly worthMicros: string | null;
};

/** Shares by token. */
export type SharesByToken = ReadonlyMap<string, bigint>;

/** Less cannot be sold: sizes have two decimals (venue §3.2). */
export const FOREIGN_DUST_MICROS = 10_000n;
/** Growth that is told again: a tenth of what was told, and at least one share. */
const GROWTH_DIVISOR = 10n;

/** Whether to tell of this holding, when `told` was told of its market before; null: nothing was. */
export function isWorthTelling(held: SharesByToken, told: SharesByToken | null): boolean {
  return [...held].some(([tokenId, sharesMicros]) => {
    if (told === null) return sharesMicros >= FOREIGN_DUST_MICROS;
    const before = told.get(tokenId) ?? 0n;
    const tenth = before / GROWTH_DIVISOR;
    return sharesMicros - before >= (tenth > ONE_MICROS ? tenth : ONE_MICROS);
  });
}

/** The larger amounts: shares that come and go are not told each time. */
export function mergeTold(held: SharesByToken, told: SharesByToken | null): SharesByToken {
  const merged = new Map(told ?? []);
  for (const [tokenId, micros] of held) if (micros > (merged.get(tokenId) ?? -1n)) merged.set(tokenId, micros);
  return merged;
}

/** The tokens of a resolved market that pay something. `tokenId` is the one that `payout` calls its own. */
export function payingTokens(held: SharesByToken, tokenId: string, payout: TokenPayout): SharesByToken {
  const paid = [...held].map(([id, shares]): [string, bigint] => {
    const terms = id === tokenId ? payout : { ...payout, own: payout.other, other: payout.own };
    return [id, payoutMicrosOf(terms, shares)];
  });
  return new Map(paid.filter(([, micros]) => micros > 0n));
}

/**
 * - `foreign`: nothing of the suite explains these shares. - `managed`: an open position has this token.
 * - `beside`: an open position has the market's other token.
 * - `settling`: a position of the market ended so shortly before the block that the block may still show its shares.
 * - `reported`: a position ended `stranded`, and its alert told of the shares.
 */
export type Explanation =
  | { readonly kind: 'foreign' | 'managed' | 'settling' | 'reported' }
  | { readonly kind: 'beside'; readonly positionId: string };

/** How long before the block an end must be, so that the block shows it: sales are final before, clocks differ. */
export const SETTLING_MS = 60_000;

/** What the suite's positions say of a token in the wallet at a block of that time. */
export function explainToken(tokenId: string, positionsOfMarket: readonly Position[], blockAtMs: number): Explanation {
  const open = positionsOfMarket.find((position) => !isClosed(position));
  if (open?.tokenId === tokenId) return { kind: 'managed' };
  const ended = positionsOfMarket.filter(isClosed).filter((position) => position.tokenId === tokenId);
  if (ended.some(({ closedAtMs }) => closedAtMs > blockAtMs - SETTLING_MS)) return { kind: 'settling' };
  if (open !== undefined) return { kind: 'beside', positionId: open.positionId };
  return { kind: ended.some(({ state }) => state === 'stranded') ? 'reported' : 'foreign' };
}

/** The same for all copies of this news. */
export function holdingKeyOf({ wallet, conditionId, outcomes }: ForeignHolding): string {
  const amounts = outcomes.map(({ tokenId, sharesMicros }) => `${tokenId.slice(-6)}:${sharesMicros}`);
  return `${wallet.toLowerCase()}#${conditionId}#${amounts.join('+')}`;
}
