import type { Distribution } from '#lib/domain/history/distribution.ts';
import type { History, ModeHistory } from '#lib/domain/history/history.ts';
import { formatMicros } from '#lib/domain/market/money.ts';
import type { ResultSums } from '#lib/domain/position/position-totals.ts';
import { type Cell, csvLine } from './csv-line.ts';

const COLUMNS = [
  'mode',
  'by',
  'key',
  'count',
  'won',
  'lost',
  'unknown',
  'cost',
  'fees',
  'result',
  'unclaimed',
] as const;

/**
 * All sums of a history, one line each (RFC 4180): dollars with six decimals, durations in milliseconds; empty where a
 * column does not apply. Results are after fees, and `unknown` counts the positions that are in none of the amounts.
 */
export function historyCsv({ modes }: History): string {
  const lines = modes.flatMap((mode) => linesOf(mode).map((cells) => [mode.mode, ...cells]));
  return [COLUMNS, ...lines.map(filled)].map(csvLine).join('\r\n');
}

const money = (micros: bigint): string => formatMicros(micros, 6);
const filled = (cells: readonly Cell[]): readonly Cell[] => COLUMNS.map((_, index) => cells[index] ?? null);

function linesOf(mode: ModeHistory): readonly (readonly Cell[])[] {
  const { open } = mode;
  const openMoney = [money(open.costMicros), null, null, money(open.unclaimedMicros)];
  return [
    ['total', null, ...resultCells(mode.ended)],
    ...mode.days.map(({ key, ...sums }) => ['day', key, ...resultCells(sums)]),
    ...mode.assets.map(({ key, ...sums }) => ['asset', key, ...resultCells(sums)]),
    ...mode.windows.map(({ key, ...sums }) => ['window', key, ...resultCells(sums)]),
    ...mode.ends.map(({ state, exitReason, ...sums }) => ['end', `${state} ${exitReason}`, ...resultCells(sums)]),
    ...mode.refusals.map(({ cause, count }) => ['refusal', cause, count]),
    ...distributionLines('lateness', mode.lateness),
    ...distributionLines('healing', mode.healing),
    ['open', null, open.count, null, null, open.costUnknownCount, ...openMoney],
  ];
}

function resultCells(sums: ResultSums): readonly Cell[] {
  const { count, wonCount, lostCount, unknownCount, costMicros, feesMicros, resultMicros } = sums;
  return [count, wonCount, lostCount, unknownCount, money(costMicros), money(feesMicros), money(resultMicros)];
}

/** The bins by where they begin. */
function distributionLines(name: string, { bins }: Distribution): readonly (readonly Cell[])[] {
  return bins.map(({ fromMs, count }) => [name, `from ${fromMs} ms`, count]);
}
