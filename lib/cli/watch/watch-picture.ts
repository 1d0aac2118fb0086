import type { Paint } from '#lib/cli/terminal.ts';
import type { NowState } from '#lib/console/now/now-changes.ts';
import { headerLines, problemLines } from './watch-header.ts';
import { type Line, paintLine, part } from './watch-line.ts';
import { byUrgency, tableLines } from './watch-table.ts';

export type PictureSize = {
  readonly width: number;
  /** The most lines that it may have; null where it may have any number. */
  readonly height: number | null;
};

/** A position that has just ended stays in sight. */
const ENDED_SHOWN_MS = 300_000;
const PROBLEM_LINES_MAX = 6;
/** A head, two positions, and how many are hidden. */
const TABLE_LINES_MIN = 4;

/** What `tminus watch` shows of a suite: pure, so that a test can look at it. */
export function renderWatch(state: NowState, { width, height }: PictureSize, nowMs: number, paint: Paint): string {
  const rows = byUrgency([...state.rows.values()].map(({ value }) => value));
  const open = rows.filter(({ isOpen }) => isOpen);
  const shown = rows.filter(({ isOpen, closedAtMs }) => isOpen || nowMs - (closedAtMs ?? 0) < ENDED_SHOWN_MS);
  const room = (height ?? Number.MAX_SAFE_INTEGER) - 1;
  const header = headerLines(state, open, nowMs).slice(0, Math.max(1, room - TABLE_LINES_MIN));
  const left = room - header.length;
  const problems = problemLines(state, width, Math.min(PROBLEM_LINES_MAX, left - TABLE_LINES_MIN));
  const size = { nowMs, width, lineCountMax: left - problems.length };
  const rule: Line = [part((state.sections.about.value.isLive ? '═' : '─').repeat(width), 'quiet')];
  const lines = [...header, ...problems, rule, ...tableLines(shown, state.sections.news.value, size)];
  return lines.map((line) => paintLine(line, width, paint)).join('\n');
}
