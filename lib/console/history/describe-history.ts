import type { ModeHistory } from '#lib/domain/history/history.ts';
import type { ClosedPosition } from '#lib/domain/position/position.ts';
import type { ReadHistory } from '#lib/lifecycle/read/read-history.ts';
import { chartsOf } from '#lib/pages/report-charts.ts';
import { endRows, groupRows, toEndedRow } from '#lib/words/history-rows.ts';
import { distributionText, healingText, historyTiles } from '#lib/words/history-words.ts';
import { setbackWords } from '#lib/words/position-words.ts';
import type { HistoryMessage, HistoryMode, ResultTable } from './history-message.ts';

/** A page of more is slow on a phone; the CSV has the sums of all. */
const POSITION_COUNT_MAX = 500;

export function describeHistory({ history, positions }: ReadHistory): HistoryMessage {
  const { fromMs, untilMs, corruptIds, modes } = history;
  return { fromMs, untilMs, corruptIds, modes: modes.map((mode) => describeMode(mode, positions)) };
}

function describeMode(mode: ModeHistory, positions: readonly ClosedPosition[]): HistoryMode {
  const own = positions.filter((position) => position.mode === mode.mode);
  return {
    mode: mode.mode,
    tiles: historyTiles(mode),
    charts: chartsOf(mode),
    lateness: distributionText(mode.lateness),
    healing: distributionText(mode.healing),
    healingAbout: healingText(mode),
    tables: tablesOf(mode),
    refusals: mode.refusals.map(({ cause, ...counts }) => ({ cause: setbackWords(cause), ...counts })),
    positions: own.slice(-POSITION_COUNT_MAX).toReversed().map(toEndedRow),
    positionCount: own.length,
  };
}

function tablesOf({ days, assets, windows, ends }: ModeHistory): readonly ResultTable[] {
  return [
    { title: 'By day', rows: groupRows(days.toReversed(), '') },
    { title: 'By asset', rows: groupRows(assets, 'other markets') },
    { title: 'By window', rows: groupRows(windows, 'no window') },
    { title: 'By end', rows: endRows(ends) },
  ];
}
