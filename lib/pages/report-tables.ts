import type { EndGroup, RefusalCount, ResultGroup } from '#lib/domain/history/history.ts';
import type { ClosedPosition } from '#lib/domain/position/position.ts';
import type { ResultSums } from '#lib/domain/position/position-totals.ts';
import { describePosition } from '#lib/domain/position/position-view.ts';
import { endRows, groupRows, type ResultRow, toEndedRow } from '#lib/words/history-rows.ts';
import { setbackWords, stateWords } from '#lib/words/position-words.ts';
import { minuteText } from '#lib/words/time-text.ts';
import { escaped } from './page-shell.ts';

/** A page of more is slow on a phone; `tminus positions --csv` has them all. */
const POSITION_COUNT_MAX = 500;

/** Text of a cell, or a cell that is HTML already. */
type Cell = string | { readonly html: string };
/** Figures stand on the right, text on the left; words wrap. */
type Column = { readonly name: string; readonly kind?: 'text' | 'words' };

const GROUP_COLUMNS: readonly Column[] = ['Ended', 'Won', 'Lost', 'Unknown', 'Paid', 'Fees', 'Result', ''].map(
  (name) => ({ name }),
);

/** Newest first: what is looked for is on top. */
export function daysTable(days: readonly ResultGroup[]): string {
  return groupsTable('Day (UTC)', days.toReversed(), '');
}

export function groupsTable(name: string, groups: readonly ResultGroup[], nullName: string): string {
  return resultsTable({ name, kind: 'text' }, groupRows(groups, nullName), groups);
}

export function endsTable(ends: readonly EndGroup[]): string {
  return resultsTable({ name: 'End', kind: 'words' }, endRows(ends), ends);
}

function resultsTable(first: Column, rows: readonly ResultRow[], groups: readonly ResultSums[]): string {
  const largest = groups.reduce((most, { resultMicros: each }) => max(most, each < 0n ? -each : each), 1n);
  const cells = rows.map((row, index): readonly Cell[] => [
    row.name,
    ...[row.ended, row.won, row.lost].map(String),
    row.unknown === 0 ? '–' : String(row.unknown),
    row.paid,
    row.fees,
    amount(row),
    bar(groups[index]?.resultMicros ?? 0n, largest),
  ]);
  return table([first, ...GROUP_COLUMNS], cells);
}

const max = (a: bigint, b: bigint): bigint => (a > b ? a : b);

function amount({ result, tone }: Pick<ResultRow, 'result' | 'tone'>): Cell {
  return tone === 'good' || tone === 'bad' ? { html: `<span class="${tone}">${escaped(result)}</span>` } : result;
}

/** To the right of the middle for a gain, to the left for a loss. */
function bar(micros: bigint, largestMicros: bigint): Cell {
  const width = Number(((micros < 0n ? -micros : micros) * 100n) / largestMicros);
  const rect = `<rect x="${micros < 0n ? 100 - width : 100}" width="${width}" height="8" class="${micros < 0n ? 'loss' : 'gain'}"/>`;
  return {
    html: `<svg class="bar" viewBox="0 0 200 8" preserveAspectRatio="none" aria-hidden="true">${rect}<rect x="99.5" width="1" height="8" class="middle"/></svg>`,
  };
}

export function refusalsTable(refusals: readonly RefusalCount[]): string {
  if (refusals.length === 0) return '<p class="quiet">No order was refused.</p>';
  const columns = [{ name: 'Cause', kind: 'words' } as const, { name: 'Times' }, { name: 'Positions' }];
  return table(
    columns,
    refusals.map(({ cause, count, positionCount }) => [setbackWords(cause), String(count), String(positionCount)]),
  );
}

const POSITION_COLUMNS: readonly Column[] = [
  { name: 'Ended', kind: 'text' },
  { name: 'What', kind: 'text' },
  { name: 'Bought at' },
  { name: 'Sold at' },
  { name: 'Paid' },
  { name: 'Result' },
  { name: 'Refused' },
  { name: 'How', kind: 'words' },
  { name: 'Position', kind: 'text' },
];

export function positionsTable(positions: readonly ClosedPosition[]): string {
  if (positions.length === 0) return '<p class="quiet">None ended.</p>';
  const shown = positions.slice(-POSITION_COUNT_MAX).toReversed();
  const more = positions.length - shown.length;
  const note =
    more === 0 ? '' : `<p class="quiet">The newest ${shown.length}; ${more} earlier ones are in the sums only.</p>`;
  return `${note}${table(POSITION_COLUMNS, shown.map(positionCells))}`;
}

function positionCells(position: ClosedPosition): readonly Cell[] {
  const row = toEndedRow(position);
  return [
    minuteText(row.closedAtMs).slice(0, -4),
    row.what,
    row.entry,
    row.exit,
    row.paid,
    amount(row),
    row.refusedCount === 0 ? '–' : String(row.refusedCount),
    `${stateWords(position.state, describePosition(position)).headline}: ${row.how}`,
    row.positionId,
  ];
}

function table(columns: readonly Column[], rows: readonly (readonly Cell[])[]): string {
  const classOf = (index: number): string => {
    const kind = columns[index]?.kind;
    return kind === undefined ? '' : ` class="${kind}"`;
  };
  const head = columns.map(({ name }, index) => `<th scope="col"${classOf(index)}>${escaped(name)}</th>`).join('');
  const body = rows.map(
    (cells) =>
      `<tr>${cells.map((cell, index) => `<td${classOf(index)}>${typeof cell === 'string' ? escaped(cell) : cell.html}</td>`).join('')}</tr>`,
  );
  return `<div class="scroll" tabindex="0"><table><thead><tr>${head}</tr></thead><tbody>${body.join('')}</tbody></table></div>`;
}
