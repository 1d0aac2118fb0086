import type { DaySummary } from '#lib/domain/news/day-summary.ts';
import { haltDetails } from '#lib/domain/refusal/opening-refusal.ts';

/**
 * `Openings are halted (paper and live) since … UTC by alice: "maintenance".` One line for each halt; none without a
 * halt.
 */
export function haltLines(halts: DaySummary['halts']): readonly string[] {
  return [...Map.groupBy(halts, ({ halt }) => haltDetails(halt))].map(
    ([details, those]) => `Openings are halted (${those.map(({ mode }) => mode).join(' and ')})${details}.`,
  );
}
