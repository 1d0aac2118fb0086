import { minMicros, mulDivRound } from '#lib/domain/market/money.ts';
import type { PositionRecord, PositionTerms } from './position.ts';

/**
 * All shares that came into a position without a buy of its own, and what they cost the wallet, fees included; null:
 * unknown, for all of them as soon as it is for some. `blockNumber` is the finalised block at which they were counted.
 * Cumulative, so that the same reading told twice counts once.
 */
export type FoundShares = {
  readonly sharesMicros: bigint;
  readonly costMicros: bigint | null;
  readonly blockNumber: bigint;
};

/**
 * What is held is counted again after about an hour of blocks, of 2 s each. Which transactions took shares is looked
 * for since the last count, within seconds, and servers return a few thousand blocks at a time.
 */
export const COUNTED_AGAIN_AFTER_BLOCKS = 1_800n;

/** Shares of the position that another program's transaction took, and the cash it brought; null: unknown. */
export type LeftShares = {
  readonly transactionHash: string;
  readonly sharesMicros: bigint;
  readonly cashMicros: bigint | null;
};

/** The position manages shares that it did not buy: asked for, or found in the wallet. */
export function isGuarded({ origin }: { readonly origin: string }): boolean {
  return origin === 'guard' || origin === 'watch';
}

/** Shares of its token that come without a buy of its own are taken in: it is guarded, or has been asked to once. */
export function takesIn({ origin, found }: Pick<PositionRecord, 'origin' | 'found'>): boolean {
  return isGuarded({ origin }) || found !== undefined;
}

/** What of `found` the position manages: where the request said how many shares, no more than these. */
export function withinGuard({ guardedSharesMicros: max }: PositionTerms, found: FoundShares): FoundShares {
  if (max === undefined || found.sharesMicros <= max) return found;
  const { costMicros } = found;
  return {
    ...found,
    sharesMicros: max,
    costMicros: costMicros === null ? null : mulDivRound(costMicros, max, found.sharesMicros),
  };
}

export function foundSharesMicros({ found }: Pick<PositionRecord, 'found'>): bigint {
  return found?.sharesMicros ?? 0n;
}

/** Cash paid for the shares that were found; null when it is not known. */
export function foundCostMicros({ found }: Pick<PositionRecord, 'found'>): bigint | null {
  return found === undefined ? 0n : found.costMicros;
}

export function leftSharesMicros({ left = [] }: Pick<PositionRecord, 'left'>): bigint {
  return left.reduce((sum, { sharesMicros }) => sum + sharesMicros, 0n);
}

/** Cash that the shares which left brought; null when it is not known of some. */
export function leftCashMicros({ left = [] }: Pick<PositionRecord, 'left'>): bigint | null {
  return left.reduce<bigint | null>(
    (sum, { cashMicros }) => (sum === null || cashMicros === null ? null : sum + cashMicros),
    0n,
  );
}

/** The part of what a transaction took that counts: no more than the position holds. Null where it holds nothing. */
export function withinHolding(left: LeftShares, heldMicros: bigint): LeftShares | null {
  const sharesMicros = minMicros(left.sharesMicros, heldMicros);
  if (sharesMicros <= 0n) return null;
  const { cashMicros } = left;
  const isWhole = sharesMicros === left.sharesMicros || cashMicros === null;
  return {
    ...left,
    sharesMicros,
    cashMicros: isWhole ? cashMicros : mulDivRound(cashMicros, sharesMicros, left.sharesMicros),
  };
}
