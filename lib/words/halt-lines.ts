import type { DaySummary } from '#lib/domain/news/day-summary.ts';
import type { Mode } from '#lib/domain/position/position.ts';
import type { TightenedLimits } from '#lib/domain/position/tightened-limits.ts';
import { haltDetails } from '#lib/domain/refusal/opening-refusal.ts';
import { limitsText } from './limit-words.ts';

/**
 * `Openings are halted (paper and live) since … UTC by alice: "maintenance".` One line for each halt; none without a
 * halt.
 */
export function haltLines(halts: DaySummary['halts']): readonly string[] {
  return [...Map.groupBy(halts, ({ halt }) => haltDetails(halt))].map(
    ([details, those]) => `Openings are halted (${those.map(({ mode }) => mode).join(' and ')})${details}.`,
  );
}

/** `Limits are tightened (live) since … UTC by alice: "bad day". At most $5.00 per position.` */
export function limitLines(
  tightened: readonly { readonly mode: Mode; readonly tightened: TightenedLimits | null }[],
): readonly string[] {
  return tightened.map(({ mode, tightened: row }) => {
    if (row === null) {
      return `The tightened limits (${mode}) cannot be read: nothing is opened. \`tminus limits reset\` removes the row.`;
    }
    const details = haltDetails({ sinceMs: row.atMs, by: row.by, reason: row.reason });
    return `Limits are tightened (${mode})${details}: ${limitsText(row.limits)}.`;
  });
}
