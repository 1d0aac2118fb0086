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

/** Transactions that a row no longer names. Those whose cash is known are summed apart from the others. */
export type LeftTotals = {
  readonly transactionCount: number;
  readonly sharesMicros: bigint;
  readonly cashMicros: bigint | null;
};

/** What left, oldest first: the newest transactions by name, at most `LEFT_NAMED_MAX`, and the sums of those before. */
export type LeftRecord = {
  readonly left: readonly LeftShares[];
  readonly leftEarlier?: readonly LeftTotals[] | undefined;
};

/** Of a row, which has them once something left. */
type LeftFields = Pick<PositionRecord, 'left' | 'leftEarlier'>;

/**
 * A bot that trades all day makes a transaction with each match, and an item of the table holds 400 KB. So many take
 * about 3 KB, in a row that is written with each step.
 */
export const LEFT_NAMED_MAX = 25;

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

/** All that left: sums first, which are older than what is named. */
export function listLeft({ left = [], leftEarlier = [] }: LeftFields): readonly (LeftTotals | LeftShares)[] {
  return [...leftEarlier, ...left];
}

export function leftSharesMicros(record: LeftFields): bigint {
  return listLeft(record).reduce((sum, { sharesMicros }) => sum + sharesMicros, 0n);
}

/** Cash that the shares which left brought; null when it is not known of some. */
export function leftCashMicros(record: LeftFields): bigint | null {
  return listLeft(record).reduce<bigint | null>(
    (sum, { cashMicros }) => (sum === null || cashMicros === null ? null : sum + cashMicros),
    0n,
  );
}

/** The same with its oldest transactions summed, so that no more are named than a row holds. */
export function foldLeft({ left, leftEarlier = [] }: LeftRecord): LeftRecord {
  const folded = left.slice(0, Math.max(0, left.length - LEFT_NAMED_MAX));
  const totals = sumLeft([...leftEarlier, ...folded.map((each) => ({ ...each, transactionCount: 1 }))]);
  return { left: left.slice(folded.length), ...(totals.length > 0 && { leftEarlier: totals }) };
}

function sumLeft(all: readonly LeftTotals[]): readonly LeftTotals[] {
  const known = all.filter(({ cashMicros }) => cashMicros !== null);
  const unknown = all.filter(({ cashMicros }) => cashMicros === null);
  return [known, unknown].flatMap((part) => {
    const transactionCount = part.reduce((count, each) => count + each.transactionCount, 0);
    const amounts = {
      sharesMicros: leftSharesMicros({ leftEarlier: part }),
      cashMicros: leftCashMicros({ leftEarlier: part }),
    };
    return transactionCount === 0 ? [] : [{ transactionCount, ...amounts }];
  });
}

/** The part of what transactions took that counts: no more than the position holds. Null where it holds nothing. */
export function withinHolding<Gone extends LeftShares | LeftTotals>(left: Gone, heldMicros: bigint): Gone | null {
  const sharesMicros = minMicros(left.sharesMicros, heldMicros);
  if (sharesMicros <= 0n) return null;
  const { cashMicros } = left;
  return {
    ...left,
    sharesMicros,
    cashMicros: cashMicros === null ? null : mulDivRound(cashMicros, sharesMicros, left.sharesMicros),
  };
}
