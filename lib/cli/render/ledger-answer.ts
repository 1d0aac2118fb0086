import { isMismatch } from '#lib/domain/ledger/finding.ts';
import type { LedgerEntry } from '#lib/domain/ledger/ledger-entry.ts';
import { isReconciled, type LedgerReport } from '#lib/domain/ledger/ledger-report.ts';
import { csvLine } from '#lib/words/csv-line.ts';
import { isoTime } from '#lib/words/time-text.ts';

/**
 * The ledger for programs. Amounts are decimal strings of millionths, gas is in wei, times are ISO 8601 in UTC; what is
 * not known is null. Fields are added, and not renamed or removed.
 */
export function toLedgerAnswer(report: LedgerReport) {
  const { fromMs, untilMs, entries, findings, opening, closing, ...rest } = report;
  return {
    from: isoTime(fromMs),
    until: isoTime(untilMs),
    isReconciled: isReconciled(report),
    ...rest,
    opening: opening && timed(opening),
    closing: closing && timed(closing),
    findings: findings.map((finding) => ({ ...timed(finding), isMismatch: isMismatch(finding) })),
    entries: entries.map(timed),
  };
}

function timed<Value extends { readonly atMs: number }>({ atMs, ...rest }: Value) {
  return { at: isoTime(atMs), ...rest };
}

const COLUMNS = [
  'kind',
  'positionId',
  'conditionId',
  'tokenId',
  'cashMicros',
  'sharesMicros',
  'gasWei',
  'transactionHash',
  'reference',
  'isProvisional',
] as const satisfies readonly (keyof LedgerEntry)[];

/** One line for each movement, after a line with the names of the columns (RFC 4180). */
export function toCsv({ entries }: LedgerReport): string {
  const lines = entries.map((entry) => [isoTime(entry.atMs), ...COLUMNS.map((column) => entry[column])]);
  return [['at', ...COLUMNS], ...lines].map(csvLine).join('\r\n');
}
