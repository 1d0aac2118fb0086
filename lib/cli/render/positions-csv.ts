import type { PositionAnswer } from '#lib/contracts/open-answer.ts';
import { formatMicros } from '#lib/domain/market/money.ts';
import type { PositionTotals } from '#lib/domain/position/position-totals.ts';
import { type Cell, csvLine } from '#lib/words/csv-line.ts';

type Columns<Row> = Readonly<Record<string, (row: Row) => Cell>>;

const money = (micros: string | null): string | null => (micros === null ? null : formatMicros(BigInt(micros), 6));
const time = (atMs: number | null): string | null => (atMs === null ? null : new Date(atMs).toISOString());

/** Amounts in dollars and sizes in shares with six decimals, times in UTC; empty where unknown. */
const POSITION_COLUMNS: Columns<PositionAnswer> = {
  positionId: (row) => row.positionId,
  mode: (row) => row.mode,
  asset: (row) => row.asset,
  side: (row) => row.side,
  marketSlug: (row) => row.marketSlug,
  state: (row) => row.state,
  openedAt: (row) => time(row.openedAtMs),
  marketEndsAt: (row) => time(row.marketEndsAtMs),
  exitDueAt: (row) => time(row.exitDueAtMs),
  exitAt: (row) => time(row.exitAtMs),
  closedAt: (row) => time(row.closedAtMs),
  entryPrice: (row) => row.entryPrice,
  exitPrice: (row) => row.exitPrice,
  bought: (row) => money((BigInt(row.sharesMicros) - BigInt(row.foundMicros)).toString()),
  found: (row) => money(row.foundMicros),
  sold: (row) => money(row.soldMicros),
  elsewhere: (row) => money(row.leftMicros),
  elsewhereProceeds: (row) => money(row.leftCashMicros),
  cost: (row) => money(row.costMicros),
  proceeds: (row) => money(row.proceedsMicros),
  payout: (row) => money(row.payoutMicros),
  fees: (row) => money(row.feesMicros),
  result: (row) => money(row.pnlMicros),
  exitReason: (row) => row.exitReason,
  rulePrice: (row) => row.firedRule?.price ?? null,
  ruleLevel: (row) => row.firedRule?.level ?? null,
  forceClosed: (row) => row.forceClosed,
  durationSeconds: (row) => row.durationSeconds,
  attempts: (row) => row.attemptCount,
};

export type DayRow = PositionTotals & { readonly day: string };

const TOTALS_COLUMNS: Columns<DayRow> = {
  day: (row) => row.day,
  mode: (row) => row.mode,
  ended: (row) => row.count,
  won: (row) => row.wonCount,
  lost: (row) => row.lostCount,
  unknown: (row) => row.unknownCount,
  cost: (row) => money(row.costMicros),
  fees: (row) => money(row.feesMicros),
  result: (row) => money(row.pnlMicros),
};

export const positionsCsv = (rows: readonly PositionAnswer[]): string => toCsv(POSITION_COLUMNS, rows);
export const totalsCsv = (rows: readonly DayRow[]): string => toCsv(TOTALS_COLUMNS, rows);

/** RFC 4180, with a header. */
function toCsv<Row>(columns: Columns<Row>, rows: readonly Row[]): string {
  const lines = rows.map((row) => Object.values(columns).map((read) => read(row)));
  return [Object.keys(columns), ...lines].map(csvLine).join('\r\n');
}
