import type { Mode } from '#lib/domain/position/position.ts';
import type { chartsOf } from '#lib/pages/report-charts.ts';
import type { EndedRow, ResultRow } from '#lib/words/history-rows.ts';
import type { Tile } from '#lib/words/history-words.ts';

/** What the page *History* gets: plain JSON with texts in the project's own words. Times are Unix milliseconds. */
export type HistoryMessage = {
  readonly fromMs: number;
  readonly untilMs: number;
  /** Rows that cannot be read as positions: they are in no sum. */
  readonly corruptIds: readonly string[];
  /** Paper and live are never added up. */
  readonly modes: readonly HistoryMode[];
};

export type HistoryMode = {
  readonly mode: Mode;
  readonly tiles: readonly Tile[];
  /** Columns of each chart: seconds, dollars and counts. */
  readonly charts: ReturnType<typeof chartsOf>;
  readonly lateness: string | null;
  readonly healing: string | null;
  readonly healingAbout: string;
  readonly tables: readonly ResultTable[];
  readonly refusals: readonly { readonly cause: string; readonly count: number; readonly positionCount: number }[];
  /** Newest first, and the newest ones only. */
  readonly positions: readonly EndedRow[];
  readonly positionCount: number;
};

export type ResultTable = { readonly title: string; readonly rows: readonly ResultRow[] };
