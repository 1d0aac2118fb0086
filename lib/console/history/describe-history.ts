import type { ModeHistory } from '#lib/domain/history/history.ts';
import type { ClosedPosition } from '#lib/domain/position/position.ts';
import type { ResultSums } from '#lib/domain/position/position-totals.ts';
import { describePosition } from '#lib/domain/position/position-view.ts';
import type { ReadHistory } from '#lib/lifecycle/read/read-history.ts';
import { chartsOf } from '#lib/pages/report-charts.ts';
import { knownDollars, resultText } from '#lib/words/describe-shares.ts';
import { distributionText, healingText, historyTiles } from '#lib/words/history-words.ts';
import { centsOf, dollars, signedDollars } from '#lib/words/money-text.ts';
import { titleOf } from '#lib/words/position-facts.ts';
import { EXIT_REASON_WORDS, STATE_WORDS, setbackWords } from '#lib/words/position-words.ts';
import { tMinus } from '#lib/words/time-text.ts';
import { toneOfPnl } from '#lib/words/tone.ts';
import type { EndedRow, HistoryMessage, HistoryMode, ResultRow, ResultTable } from './history-message.ts';

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
  const named = (title: string, groups: ModeHistory['days'], nullName: string): ResultTable => ({
    title,
    rows: groups.map(({ key, ...sums }) => toResultRow(key ?? nullName, sums)),
  });
  return [
    named('By day', days.toReversed(), ''),
    named('By asset', assets, 'other markets'),
    named('By window', windows, 'no window'),
    {
      title: 'By end',
      rows: ends.map(({ state, exitReason, ...sums }) =>
        toResultRow(`${STATE_WORDS[state].headline}: ${EXIT_REASON_WORDS[exitReason]}`, sums),
      ),
    },
  ];
}

function toResultRow(name: string, sums: ResultSums): ResultRow {
  const { count, wonCount, lostCount, unknownCount, costMicros, feesMicros, resultMicros } = sums;
  const isKnown = count > unknownCount;
  return {
    name,
    ended: count,
    won: wonCount,
    lost: lostCount,
    unknown: unknownCount,
    paid: isKnown ? dollars(costMicros) : 'unknown',
    fees: isKnown ? dollars(feesMicros) : 'unknown',
    result: isKnown ? signedDollars(resultMicros) : 'unknown',
    tone: isKnown ? toneOfPnl(resultMicros) : 'quiet',
  };
}

function toEndedRow(position: ClosedPosition): EndedRow {
  const view = describePosition(position);
  const { marketEndsAtMs, exitAtMs, pnlMicros } = view;
  return {
    positionId: view.positionId,
    closedAtMs: position.closedAtMs,
    what: titleOf(view),
    entry: centsOf(view.entryPrice),
    exit: centsOf(view.exitPrice),
    paid: knownDollars(view.costMicros),
    result: resultText(view, '–'),
    tone: toneOfPnl(pnlMicros === null ? null : BigInt(pnlMicros)),
    refusedCount: view.refusals.reduce((sum, { count }) => sum + count, 0),
    how: `${EXIT_REASON_WORDS[position.exitReason]}${exitAtMs === null ? '' : `, ${tMinus(marketEndsAtMs, exitAtMs)}`}`,
  };
}
