import type { AccountMoney, CauseReport, IncidentReport, SuiteReport } from '#infra/proof/incident/incident-report.ts';
import { type Paint, printable, TERMINAL_WIDTH } from '#lib/cli/terminal.ts';
import type { SetbackCause } from '#lib/domain/refusal/refusal.ts';
import { dollars, shares, signedDollars } from '#lib/words/money-text.ts';
import { toneOfPnl, toneOfState } from '#lib/words/tone.ts';
import { plainTable } from './plain-table.ts';
import { wrapText } from './wrap-text.ts';

/** Cause, worker, T-minus and difference take 80 columns with the gaps. */
const WIDTHS = [22, 19, 25, 8] as const;

/** A cent, or 0.01 share. Less is not shown. */
const NOTEWORTHY_MICROS = 10_000n;
const CENT_MICROS = 10_000n;

/** The exit's reaction to a cause. */
const REACTION_WORDS: Readonly<Partial<Record<SetbackCause | string, string>>> = {
  'unsettled-buy': 'waited for the shares',
  'stale-balance': 'refreshed the balance',
  'own-resting-orders': 'cancelled the order',
  'stuck-matched-counter': 'sold the rest, paged',
  'fewer-shares': 'sold what was there',
  'missing-approval': 'approved, or paged',
  'wrong-wallet': 'paged, kept trying',
  'wrong-token': 'paged, kept trying',
  'balance-unexplained': 'refreshed, kept trying',
  'market-over': 'waited for the result',
  'no-liquidity': 'lowered the price',
};

/** The table of `tminus incident`, its sums, and deviations from what is expected. */
export function renderIncident(report: IncidentReport, paint: Paint): string {
  const rows = report.causes.map((cause) => [
    `${paint('strong', cause.cause)} ${cause.marketVersion}\n${cause.words}`,
    workerCell(cause, paint),
    cause.tminus === null ? paint('bad', 'nothing was opened') : suiteCell(cause.tminus, paint),
    moneyText(shownDifference(cause), paint),
  ]);
  const head = ['Cause', 'Worker', 'T-minus', 'Differ.'];
  return [
    '',
    plainTable(head, rows, { colWidths: WIDTHS, rightAligned: [3] }),
    '',
    ...summarise(report).flatMap((text) => wrapText(text, TERMINAL_WIDTH)),
    '',
    ...judge(report, paint),
  ].join('\n');
}

function workerCell({ worker }: CauseReport, paint: Paint): string {
  const { believes, tries } = worker;
  const refusedCount = tries.filter(({ answer }) => answer !== 'sold').length;
  const sale = tries.length === 0 ? 'no sell' : refusedCount === 0 ? 'sold' : `${refusedCount} sells refused`;
  return [
    sale,
    `record: ${believes.replace('-', ' ')}`,
    moneyText(worker.resultMicros, paint),
    ...unclaimedLine(worker, paint),
  ].join('\n');
}

function suiteCell(suite: SuiteReport, paint: Paint): string {
  const { state, refusals, soldAfterDueMs } = suite;
  const causes = refusals.flatMap(({ cause, count }) => {
    const reaction = REACTION_WORDS[cause];
    return [`${cause} × ${count}`, ...(reaction === undefined ? [] : [`  ${reaction}`])];
  });
  const after =
    soldAfterDueMs === null || state !== 'exited' ? '' : `, ${(soldAfterDueMs / 1_000).toFixed(0)} s after due`;
  return [
    ...causes,
    `${paint(toneOfState(state), state)}${after}`,
    moneyText(suite.resultMicros, paint),
    ...leftLine(suite),
    ...feeDriftLine(suite),
  ].join('\n');
}

const moneyText = (micros: bigint, paint: Paint): string => paint(toneOfPnl(micros), signedDollars(micros));

const hasLeft = ({ leftMicros }: AccountMoney): boolean => leftMicros >= NOTEWORTHY_MICROS;

/** Shares left at the market's end, and what its result paid for them. */
function leftLine(money: AccountMoney): readonly string[] {
  return hasLeft(money) ? [`${shares(money.leftMicros)} left → ${dollars(money.claimedMicros)}`] : [];
}

/**
 * The worker redeems nothing: what its shares paid lies unclaimed, and its result counts it only for the comparison.
 */
function unclaimedLine(worker: AccountMoney, paint: Paint): readonly string[] {
  if (worker.claimedMicros < NOTEWORTHY_MICROS) return leftLine(worker);
  return [paint('bad', `${dollars(worker.claimedMicros)} unclaimed`)];
}

/** Shown when the fees differ from the estimate by a cent or more. */
function feeDriftLine({ feeDriftMicros }: SuiteReport): readonly string[] {
  const drift = BigInt(feeDriftMicros ?? '0');
  const isSmall = drift < CENT_MICROS && drift > -CENT_MICROS;
  return isSmall ? [] : [`fee drift ${signedDollars(drift)}`];
}

/** Rounded as in the table, so that its figures add up to the sums. */
function toCents(micros: bigint): bigint {
  const half = micros < 0n ? -CENT_MICROS / 2n : CENT_MICROS / 2n;
  return ((micros + half) / CENT_MICROS) * CENT_MICROS;
}

function shownDifference({ worker, tminus }: CauseReport): bigint {
  return toCents(tminus?.resultMicros ?? 0n) - toCents(worker.resultMicros);
}

const ENDS = ['exited', 'voided', 'redeemed', 'worthless', 'stranded', 'awaiting-resolution'] as const;

function summarise({ causes, stakeMicros, durationMs }: IncidentReport): readonly string[] {
  const countOf = (state: string): number => causes.filter(({ tminus }) => tminus?.state === state).length;
  const ends = ENDS.filter((state) => countOf(state) > 0)
    .map((state) => `${countOf(state)} ${state.replace('-', ' ')}`)
    .join(', ');
  const openCount = causes.filter(({ worker }) => worker.believes === 'open').length;
  const leftByWorker = causes.filter(({ worker }) => hasLeft(worker)).length;
  const leftByTminus = causes.filter(({ tminus }) => tminus !== null && hasLeft(tminus)).length;
  const sum = (pick: (cause: CauseReport) => bigint): string =>
    signedDollars(causes.reduce((total, each) => total + toCents(pick(each)), 0n));
  const worker = sum((each) => each.worker.resultMicros);
  const tminus = sum((each) => each.tminus?.resultMicros ?? 0n);
  const unclaimed = dollars(
    causes.reduce((total, { worker: { claimedMicros } }) => total + toCents(claimedMicros), 0n),
  );
  const markets = causes.length === 1 ? '1 market' : `${causes.length} markets`;
  return [
    `${markets}, each side staked ${dollars(stakeMicros)}${causes.length === 1 ? '' : ' in each'}.`,
    `Worker: left shares at the market's end in ${leftByWorker}, record still "open" in ${openCount}, no alerts. Result ${worker}, ` +
      `with ${unclaimed} that it left unclaimed.`,
    `T-minus: left shares at the market's end in ${leftByTminus}, ${ends}, each with reason and alert. Result ${tminus}.`,
    '',
    'A share that is left pays $1 or nothing, by chance in a generated market. The real incident: three stakes of $25.00, ' +
      '$75.00 in all, $57.82 claimable, a loss of $17.18 (docs/incident.md).',
    `Took ${(durationMs / 1_000).toFixed(0)} s.`,
  ];
}

function judge({ causes }: IncidentReport, paint: Paint): readonly string[] {
  const faults = causes.flatMap(({ cause, marketVersion, faults: those }) =>
    those.map((fault) => `${cause} ${marketVersion}: ${printable(fault)}`),
  );
  if (faults.length > 0) return faults.map((fault) => paint('bad', fault));
  const text =
    'All causes ended as expected, with reason and alert. Nothing was bought or sold twice. Every record equals the ' +
    "venue's trades and the chain's balances to the micro-dollar.";
  return wrapText(text, TERMINAL_WIDTH).map((line) => paint('good', line));
}
