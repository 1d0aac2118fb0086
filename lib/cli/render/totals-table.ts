import type { Paint } from '#lib/cli/terminal.ts';
import type { PositionTotals } from '#lib/domain/position/position-totals.ts';
import { dollars, signedDollars } from '#lib/words/money-text.ts';
import { minuteText } from '#lib/words/time-text.ts';
import { toneOfPnl } from '#lib/words/tone.ts';
import { plainTable } from './plain-table.ts';
import type { DayRow } from './positions-csv.ts';

/** `Ended since 2026-11-29 00:00 UTC: 3 paper, 1 won, 2 lost. Result after fees: -$13.29.` */
export function totalsLine(totals: PositionTotals, fromMs: number): string {
  const { mode, count, wonCount, lostCount, unknownCount, pnlMicros } = totals;
  const unknown = unknownCount === 0 ? '' : `, ${unknownCount} without a known result`;
  return (
    `Ended since ${minuteText(fromMs)}: ${count} ${mode}, ${wonCount} won, ${lostCount} lost${unknown}. ` +
    `Result after fees: ${signedDollars(pnlMicros)}.`
  );
}

/** `tminus positions --totals`: one line for each day and mode in which a position ended. */
export function renderTotals(rows: readonly DayRow[], fromMs: number, paint: Paint): string {
  if (rows.length === 0) return `No position ended since ${minuteText(fromMs)}.`;
  return plainTable(
    ['Day (UTC)', 'Mode', 'Ended', 'Won', 'Lost', 'Unknown', 'Paid', 'Fees', 'Result'],
    rows.map((row) => [
      row.day,
      row.mode,
      String(row.count),
      String(row.wonCount),
      String(row.lostCount),
      String(row.unknownCount),
      dollars(row.costMicros),
      dollars(row.feesMicros),
      paint(toneOfPnl(BigInt(row.pnlMicros)), signedDollars(row.pnlMicros)),
    ]),
    { rightAligned: [2, 3, 4, 5, 6, 7, 8] },
  );
}
