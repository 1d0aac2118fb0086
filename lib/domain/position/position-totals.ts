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

/** One entry for each mode in which a position ended. */
export function totalsOf(positions: readonly Position[]): readonly PositionTotals[] {
  return MODES.flatMap((mode) => {
    const views = positions.filter((position) => position.mode === mode).map(describePosition);
    if (views.length === 0) return [];
    const known = views.flatMap((view) => (view.pnlMicros === null ? [] : [{ ...view, pnl: BigInt(view.pnlMicros) }]));
    return [
      {
        mode,
        count: views.length,
        wonCount: known.filter(({ pnl }) => pnl > 0n).length,
        lostCount: known.filter(({ pnl }) => pnl < 0n).length,
        unknownCount: views.length - known.length,
        pnlMicros: sum(known.map(({ pnl }) => pnl)),
        costMicros: sum(known.map(({ costMicros }) => BigInt(costMicros ?? 0n))),
        feesMicros: sum(known.map(({ feesMicros }) => BigInt(feesMicros))),
      },
    ];
  });
}

const sum = (amounts: readonly bigint[]): string => amounts.reduce((total, amount) => total + amount, 0n).toString();
