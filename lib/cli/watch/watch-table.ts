import { shortState } from '#lib/cli/render/plain-table.ts';
import { printable } from '#lib/cli/terminal.ts';
import type { NewsItem, NowRow } from '#lib/console/now/now-message.ts';
import { OVERDUE_MS, SOON_MS } from '#lib/words/now-words.ts';
import { clockText, countdown, seconds, tMinus } from '#lib/words/time-text.ts';
import type { Tone } from '#lib/words/tone.ts';
import { cell, type Line, part, raw } from './watch-line.ts';

type Column = {
  readonly name: string;
  readonly width: number;
  readonly isRight?: boolean;
  /** Left out first where the screen is narrow; those without stay. */
  readonly rank?: number;
  readonly read: (row: NowRow, nowMs: number) => { readonly text: string; readonly tone: Tone };
};

const plain = (text: string, tone: Tone = 'plain') => ({ text, tone });

const COLUMNS: readonly Column[] = [
  { name: '', width: 4, rank: 0, read: ({ mode }) => (mode === 'live' ? plain('LIVE', 'bad') : plain('')) },
  { name: 'What', width: 14, read: (row) => plain(row.what, row.isOpen ? 'strong' : 'quiet') },
  { name: 'State', width: 9, read: (row) => plain(shortState(row.state), row.stateTone) },
  { name: 'Exit', width: 10, read: exitCell },
  { name: 'Next step', width: 9, rank: 3, read: nextCell },
  {
    name: 'Bid',
    width: 6,
    isRight: true,
    rank: 2,
    read: (row) => plain(row.bid ?? '–', row.isThin ? 'warn' : 'plain'),
  },
  { name: 'Result', width: 9, isRight: true, read: resultCell },
  { name: 'Tries', width: 6, isRight: true, rank: 4, read: triesCell },
];

/** `in 1:23`, `3 s late` until it is out, then the time to its market's end, or how late its first order left. */
function exitCell(row: NowRow, nowMs: number) {
  const { exitAtMs, exitDueAtMs, exitLateMs, marketEndsAtMs, state } = row;
  if (state === 'awaiting-resolution') return plain(tMinus(marketEndsAtMs, nowMs), 'warn');
  if (exitAtMs !== null) return plain(exitLateMs === null ? 'out' : `out +${seconds(exitLateMs)}`);
  const leftMs = exitDueAtMs - nowMs;
  if (leftMs > 0) return plain(`in ${countdown(leftMs)}`, leftMs <= SOON_MS ? 'warn' : 'plain');
  return plain(`${clockText(leftMs)} ago`, -leftMs > OVERDUE_MS ? 'bad' : 'warn');
}

function nextCell({ nextStepAtMs }: NowRow, nowMs: number) {
  if (nextStepAtMs === null) return plain('–', 'quiet');
  const leftMs = nextStepAtMs - nowMs;
  if (leftMs > 0) return plain(`in ${countdown(leftMs)}`);
  return -leftMs > OVERDUE_MS ? plain(`+${clockText(leftMs)}`, 'bad') : plain('now');
}

/** In brackets while it is what selling all shares now would leave. */
function resultCell({ result, resultTone, isRealised }: NowRow) {
  if (result === null) return plain(isRealised ? 'unknown' : '–', 'quiet');
  return plain(isRealised ? result : `(${result})`, resultTone);
}

function triesCell({ attemptCount, refusalCount, isOpen }: NowRow) {
  const text = refusalCount === 0 ? String(attemptCount) : `${attemptCount}/${refusalCount}!`;
  return plain(text, refusalCount > 0 && isOpen ? 'warn' : 'plain');
}

const GAP = 1;

function columnsFor(width: number, hasLive: boolean): readonly Column[] {
  const columns = COLUMNS.filter(({ name }) => name !== '' || hasLive);
  const widthOf = (all: readonly Column[]): number => all.reduce((sum, each) => sum + each.width + GAP, -GAP);
  const ranked = columns.filter(({ rank = 0 }) => rank > 0).toSorted((a, b) => (b.rank ?? 0) - (a.rank ?? 0));
  let fitting = columns;
  for (const { name } of ranked) if (widthOf(fitting) > width) fitting = fitting.filter((each) => each.name !== name);
  const spare = width - widthOf(fitting);
  // Names of markets are long, and there is nothing else to fill.
  return fitting.map((each) =>
    each.name === 'What' ? { ...each, width: each.width + Math.max(0, Math.min(spare, 26)) } : each,
  );
}

/** Those that act first, then by the time of their exit, then those that wait for the result, then those that ended. */
export function byUrgency(rows: readonly NowRow[]): readonly NowRow[] {
  const rank = ({ isOpen, state }: NowRow): number => {
    if (!isOpen) return 3;
    return state === 'exiting' ? 0 : state === 'awaiting-resolution' ? 2 : 1;
  };
  const time = (row: NowRow): number => (row.isOpen ? row.exitDueAtMs : -(row.closedAtMs ?? 0));
  return rows.toSorted((a, b) => rank(a) - rank(b) || time(a) - time(b) || (a.positionId < b.positionId ? -1 : 1));
}

/**
 * At most `lineCountMax` lines: a head, a line for each position, and below it its id and what happened to it last,
 * where there is room, the most urgent first. What has no room is counted.
 */
export function tableLines(
  rows: readonly NowRow[],
  news: readonly NewsItem[],
  { nowMs, width, lineCountMax }: { readonly nowMs: number; readonly width: number; readonly lineCountMax: number },
): readonly Line[] {
  if (rows.length === 0) return [[part('No position is open.', 'quiet')]];
  const columns = columnsFor(
    width,
    rows.some(({ mode }) => mode === 'live'),
  );
  const room = Math.max(1, lineCountMax - 1);
  const isWhole = rows.length <= room;
  const shown = isWhole ? rows : rows.slice(0, Math.max(1, room - 1));
  const hidden = rows.slice(shown.length);
  const detailCount = isWhole ? room - shown.length : 0;
  return [
    rowLine(columns.map(({ name, width: w, isRight }) => ({ text: cell(name, w, isRight), tone: 'quiet' }))),
    ...shown.flatMap((row, index) => [
      rowLine(
        columns.map(({ read, width: w, isRight }) => {
          const { text, tone } = read(row, nowMs);
          return { text: cell(printable(text), w, isRight), tone };
        }),
      ),
      ...(index < detailCount ? [detailLine(row, news)] : []),
    ]),
    ...(hidden.length === 0 ? [] : [[part(hiddenText(hidden), 'warn')]]),
  ];
}

const rowLine = (cells: Line): Line => cells.flatMap((each, index) => (index === 0 ? [each] : [raw(' '), each]));

function detailLine(row: NowRow, news: readonly NewsItem[]): Line {
  const last = news.find(({ positionId }) => positionId === row.positionId);
  const text = last?.text ?? (row.notes.join('; ') || row.setbacks.join('; ') || row.stateMeaning);
  return [
    raw('  '),
    part(row.positionId, 'quiet'),
    raw(' '),
    part(text, last?.tone === 'warn' || last?.tone === 'bad' ? last.tone : 'quiet'),
  ];
}

function hiddenText(hidden: readonly NowRow[]): string {
  const states = Map.groupBy(hidden, ({ state }) => shortState(state));
  const counts = [...states].map(([state, { length }]) => `${length} ${state}`);
  return `… ${hidden.length} more: ${counts.join(', ')}. A higher window shows them, or \`tminus positions\`.`;
}
