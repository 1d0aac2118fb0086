import { stripVTControlCharacters } from 'node:util';
import { type Paint, TERMINAL_WIDTH } from '#lib/cli/terminal.ts';
import type { PositionView } from '#lib/domain/position/position-view.ts';
import { exitRequestText, knownDollars, resultText } from '#lib/words/describe-shares.ts';
import { titleOf } from '#lib/words/position-facts.ts';
import { describeFired, describeRules } from '#lib/words/rule-words.ts';
import { countdown, isoTime, utcClock } from '#lib/words/time-text.ts';
import { toneOfPnl, toneOfState } from '#lib/words/tone.ts';
import { gotText, plainTable, shortState } from './plain-table.ts';
import { wrapText } from './wrap-text.ts';

/** From this many columns on there is room for proceeds, full states, and times with their dates. */
const WIDE_COLUMN_COUNT = 114;

/** `tminus positions`: one line for each, newest first, in `width` columns of at least 80. */
export function renderPositionsTable(
  views: readonly PositionView[],
  nowMs: number,
  paint: Paint,
  width: number = TERMINAL_WIDTH,
): string {
  if (views.length === 0) return 'No positions.';
  const isWide = width >= WIDE_COLUMN_COUNT;
  const rows = views.map((view) => {
    const { mode, state, pnlMicros } = view;
    return [
      view.positionId,
      `${isWide ? titleOf(view) : narrowWhatOf(view)}${mode !== 'live' ? '' : isWide ? ' LIVE' : '*'}`,
      paint(toneOfState(state), isWide ? state : shortState(state)),
      exitOf(view, nowMs, isWide),
      knownDollars(view.costMicros),
      ...(isWide ? [gotText(view)] : []),
      paint(toneOfPnl(pnlMicros === null ? null : BigInt(pnlMicros)), resultText(view, '–')),
    ];
  });
  const head = ['Position', 'What', 'State', 'Exit (UTC)', 'Paid', ...(isWide ? ['Got'] : []), 'Result'];
  const rightAligned = isWide ? [4, 5, 6] : [4, 5];
  const roomy = plainTable(head, rows, { rightAligned });
  const table = widthOf(roomy) <= width ? roomy : plainTable(head, rows, { rightAligned, gap: 1 });
  const legend = isWide || views.every(({ mode }) => mode !== 'live') ? [] : ['* live, with real money'];
  return [table, ...views.flatMap(ruleLines), ...legend].join('\n');
}

/** Below the table, which has no room for them. */
function ruleLines(view: PositionView): readonly string[] {
  const text = describeFired(view) ?? (view.closedAtMs === null ? describeRules(view) : null);
  const asked = exitRequestText(view);
  const all = [...(text === null ? [] : [text]), ...(asked === null ? [] : [`asked to sell ${asked}`])];
  return all.flatMap((each) => {
    const [first = '', ...rest] = wrapText(`${view.positionId} ${each}`, TERMINAL_WIDTH - 2);
    return [first, ...rest.map((line) => `  ${line}`)];
  });
}

function widthOf(table: string): number {
  return Math.max(
    ...stripVTControlCharacters(table)
      .split('\n')
      .map(({ length }) => length),
  );
}

/** What the narrow table has room for, as long as `HYPE 15m DOWN`. */
const NARROW_LENGTH_MAX = 13;

function narrowWhatOf(view: PositionView): string {
  if (view.asset !== null) return titleOf(view);
  const outcome = clip(view.outcome, NARROW_LENGTH_MAX - 5);
  return `${clip(view.marketSlug, NARROW_LENGTH_MAX - outcome.length - 1)} ${outcome}`;
}

function clip(text: string, lengthMax: number): string {
  return text.length <= lengthMax ? text : `${text.slice(0, lengthMax - 1)}…`;
}

/** `in 1:23`, `now`, or when it was: the narrow table has room for the time of today or for the date of another day. */
function exitOf({ exitAtMs, exitDueAtMs }: PositionView, nowMs: number, isWide: boolean): string {
  if (exitAtMs === null) return exitDueAtMs > nowMs ? `in ${countdown(exitDueAtMs - nowMs)}` : 'now';
  const clock = utcClock(exitAtMs, nowMs);
  return isWide || clock.length === 8 ? clock : isoTime(exitAtMs).slice(0, 10);
}
