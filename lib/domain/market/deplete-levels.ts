import type { BookLevel } from './market.ts';
import { floorTo, maxMicros } from './money.ts';
import { SHARES_STEP_MICROS } from './venue-rules.ts';

/**
 * What is left of one side of a book once `taken` is gone from it, in sizes the venue trades. Levels that are used up
 * disappear; the order of the others stays.
 */
export function depleteLevels(levels: readonly BookLevel[], taken: readonly BookLevel[]): readonly BookLevel[] {
  return levels
    .map(({ priceMicros, sharesMicros }) => {
      const takenMicros = taken.reduce(
        (sum, slice) => sum + (slice.priceMicros === priceMicros ? slice.sharesMicros : 0n),
        0n,
      );
      return { priceMicros, sharesMicros: floorTo(maxMicros(sharesMicros - takenMicros, 0n), SHARES_STEP_MICROS) };
    })
    .filter((level) => level.sharesMicros > 0n);
}
