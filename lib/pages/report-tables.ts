import type { EndGroup, RefusalCount, ResultGroup } from '#lib/domain/history/history.ts';
import type { ClosedPosition } from '#lib/domain/position/position.ts';
import type { ResultSums } from '#lib/domain/position/position-totals.ts';
import { describePosition, type PositionView } from '#lib/domain/position/position-view.ts';
import { knownDollars, resultText } from '#lib/words/describe-shares.ts';
import { centsOf, dollars, signedDollars } from '#lib/words/money-text.ts';
import { titleOf } from '#lib/words/position-facts.ts';
import { EXIT_REASON_WORDS, STATE_WORDS, setbackWords, stateWords } from '#lib/words/position-words.ts';
import { minuteText, tMinus } from '#lib/words/time-text.ts';
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
  return resultsTable(
    { name, kind: 'text' },
    groups.map(({ key, ...sums }) => ({ name: key ?? nullName, sums })),
  );
}

export function endsTable(ends: readonly EndGroup[]): string {
  const groups = ends.map(({ state, exitReason, ...sums }) => ({
    name: `${STATE_WORDS[state].headline}: ${EXIT_REASON_WORDS[exitReason]}`,
    sums,
  }));
  return resultsTable({ name: 'End', kind: 'words' }, groups);
}

function resultsTable(first: Column, groups: readonly { readonly name: string; readonly sums: ResultSums }[]): string {
  const largest = groups.reduce((most, { sums: { resultMicros: each } }) => max(most, each < 0n ? -each : each), 1n);
  const rows = groups.map((group): readonly Cell[] => {
    const { count, wonCount, lostCount, unknownCount, costMicros, feesMicros, resultMicros } = group.sums;
    const isKnown = count > unknownCount;
    return [
      group.name,
      ...[count, wonCount, lostCount].map(String),
      unknownCount === 0 ? '–' : String(unknownCount),
      isKnown ? dollars(costMicros) : 'unknown',
      isKnown ? dollars(feesMicros) : 'unknown',
      isKnown ? amount(resultMicros) : 'unknown',
      bar(resultMicros, largest),
    ];
  });
  return table([first, ...GROUP_COLUMNS], rows);
}

const max = (a: bigint, b: bigint): bigint => (a > b ? a : b);

function amount(micros: bigint): Cell {
  return { html: `<span class="${micros < 0n ? 'bad' : micros > 0n ? 'good' : ''}">${signedDollars(micros)}</span>` };
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
  return `${note}${table(
    POSITION_COLUMNS,
    shown.map((position) => positionCells(position, describePosition(position))),
  )}`;
}

function positionCells({ closedAtMs, exitReason, state }: ClosedPosition, view: PositionView): readonly Cell[] {
  const { marketEndsAtMs, exitAtMs, pnlMicros } = view;
  const refusedCount = view.refusals.reduce((sum, { count }) => sum + count, 0);
  const out = exitAtMs === null ? '' : `, ${tMinus(marketEndsAtMs, exitAtMs)}`;
  return [
    minuteText(closedAtMs).slice(0, -4),
    titleOf(view),
    centsOf(view.entryPrice),
    centsOf(view.exitPrice),
    knownDollars(view.costMicros),
    pnlMicros === null ? resultText(view, '–') : amount(BigInt(pnlMicros)),
    refusedCount === 0 ? '–' : String(refusedCount),
    `${stateWords(state, view).headline}: ${EXIT_REASON_WORDS[exitReason]}${out}`,
    view.positionId,
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
