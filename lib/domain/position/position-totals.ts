import { otherPayoutMicrosOf, payoutMicrosOf } from '#lib/domain/market/payout.ts';
import { hedgeSharesMicros, remainingSharesMicros } from './fill-totals.ts';
import { MODES, type Mode, type Position } from './position.ts';
import { describePosition } from './position-view.ts';

/**
 * Closed positions of one mode, summed up in JSON types. Amounts are decimal strings of millionths of a dollar; results
 * are after fees.
 */
export type PositionTotals = {
  readonly mode: Mode;
  readonly count: number;
  readonly wonCount: number;
  readonly lostCount: number;
  /** Positions whose result is not known, which are in no sum. */
  readonly unknownCount: number;
  readonly pnlMicros: string;
  readonly costMicros: string;
  readonly feesMicros: string;
};

/** What a position came to, in micros; null where that is not known. */
export type PositionResult = {
  readonly resultMicros: bigint | null;
  readonly costMicros: bigint | null;
  readonly feesMicros: bigint;
  /** POL, not dollars. */
  readonly gasWei: bigint;
};

export function resultOf(position: Position): PositionResult {
  const { pnlMicros, costMicros, feesMicros, gasWei } = describePosition(position);
  return {
    resultMicros: pnlMicros === null ? null : BigInt(pnlMicros),
    costMicros: costMicros === null ? null : BigInt(costMicros),
    feesMicros: BigInt(feesMicros),
    gasWei: BigInt(gasWei ?? 0),
  };
}

/** The sums are of the positions whose result is known, after fees; `unknownCount` says how many are missing. */
export type ResultSums = {
  readonly count: number;
  readonly wonCount: number;
  readonly lostCount: number;
  readonly unknownCount: number;
  readonly resultMicros: bigint;
  readonly costMicros: bigint;
  readonly feesMicros: bigint;
};

export function sumResults(results: readonly PositionResult[]): ResultSums {
  const known = results.flatMap(({ resultMicros, costMicros, feesMicros }) =>
    resultMicros === null ? [] : [{ resultMicros, costMicros: costMicros ?? 0n, feesMicros }],
  );
  return {
    count: results.length,
    wonCount: known.filter(({ resultMicros }) => resultMicros > 0n).length,
    lostCount: known.filter(({ resultMicros }) => resultMicros < 0n).length,
    unknownCount: results.length - known.length,
    resultMicros: sum(known.map(({ resultMicros }) => resultMicros)),
    costMicros: sum(known.map(({ costMicros }) => costMicros)),
    feesMicros: sum(known.map(({ feesMicros }) => feesMicros)),
  };
}

/** One entry for each mode in which a position ended. */
export function totalsOf(positions: readonly Position[]): readonly PositionTotals[] {
  return MODES.flatMap((mode) => {
    const ofMode = positions.filter((position) => position.mode === mode);
    if (ofMode.length === 0) return [];
    const { resultMicros, costMicros, feesMicros, ...counts } = sumResults(ofMode.map(resultOf));
    return [
      {
        mode,
        ...counts,
        pnlMicros: resultMicros.toString(),
        costMicros: costMicros.toString(),
        feesMicros: feesMicros.toString(),
      },
    ];
  });
}

/** What the chain owes for shares that are still held: the market has paid, and the cash has not arrived. */
export function unclaimedMicrosOf(position: Position): bigint {
  if (position.state !== 'awaiting-resolution') return 0n;
  const { payout } = position.settlement;
  if (payout === null) return 0n;
  const own = payoutMicrosOf(payout, remainingSharesMicros(position));
  return own + otherPayoutMicrosOf(payout, hedgeSharesMicros(position));
}

const sum = (amounts: readonly bigint[]): bigint => amounts.reduce((total, amount) => total + amount, 0n);
