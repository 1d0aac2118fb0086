import type { CauseReport, IncidentReport, SuiteReport } from '#infra/local/incident/incident-report.ts';
import { type Paint, printable, TERMINAL_WIDTH } from '#lib/cli/terminal.ts';
import type { SetbackCause } from '#lib/domain/refusal.ts';
import { dollars, signedDollars } from './money-text.ts';
import { plainTable, toneOfPnl, toneOfState } from './plain-table.ts';
import { wrapText } from './wrap-text.ts';

/** Cause, worker, T-minus, difference: eighty columns with the gaps between them. */
const WIDTHS = [22, 19, 25, 8] as const;

/** Less than a cent that is left is not worth a line. */
const NOTEWORTHY_MICROS = 10_000n;

/** What the exit does about a cause, in a few words. */
const REACTION_WORDS: Readonly<Partial<Record<SetbackCause | string, string>>> = {
  'unsettled-buy': 'waited for the shares',
  'stale-balance': 'had it refreshed',
  'own-resting-orders': 'cancelled the order',
  'stuck-matched-counter': 'sold around it, paged',
  'fewer-shares': 'sold what was there',
  'missing-approval': 'approved, or paged',
  'wrong-wallet': 'paged, tried on',
  'wrong-token': 'paged, tried on',
  'balance-unexplained': 'refreshed, tried on',
  'market-over': 'waited for the result',
  'no-liquidity': 'lowered the price',
};

/** `tminus incident`: a table, what it came to, and what is not as it has to be. */
export function renderIncident(report: IncidentReport, paint: Paint): string {
  const rows = report.causes.map((cause) => [
    `${paint('strong', cause.cause)}\n${cause.words}`,
    tellWorker(cause, paint),
    cause.tminus === null ? paint('bad', 'nothing was opened') : tellSuite(cause.tminus, paint),
    paint(toneOfPnl(cause.differenceMicros), signedDollars(cause.differenceMicros)),
  ]);
  const head = ['What was wrong', 'The worker', 'T-minus', 'Differ.'];
  return [
    '',
    plainTable(head, rows, { colWidths: WIDTHS, rightAligned: [3] }),
    '',
    ...summarise(report).flatMap((text) => wrapText(text, TERMINAL_WIDTH)),
    '',
    ...judge(report, paint),
  ].join('\n');
}

function tellWorker({ worker }: CauseReport, paint: Paint): string {
  const { believes, tries, resultMicros, claimedMicros } = worker;
  const refusedCount = tries.filter(({ answer }) => answer !== 'sold').length;
  const deed = tries.length === 0 ? 'no try to sell' : refusedCount === 0 ? 'sold' : `${refusedCount} tries refused`;
  return [
    deed,
    `believes: ${believes.replace('-', ' ')}`,
    tellMoney(resultMicros, paint),
    ...tellClaimed(claimedMicros),
  ].join('\n');
}

function tellSuite(suite: SuiteReport, paint: Paint): string {
  const { state, refusals, soldAfterDueMs, resultMicros, claimedMicros, feeDriftMicros } = suite;
  const causes = refusals.flatMap(({ cause, count }) => {
    const reaction = REACTION_WORDS[cause];
    return [`${cause} × ${count}`, ...(reaction === undefined ? [] : [`  ${reaction}`])];
  });
  const after = soldAfterDueMs === null || state !== 'exited' ? '' : `, due + ${(soldAfterDueMs / 1_000).toFixed(0)} s`;
  const drift = feeDriftMicros === null || feeDriftMicros === '0' ? [] : [`fee drift ${feeDriftMicros} micros`];
  return [
    ...causes,
    `${paint(toneOfState(state), state)}${after}`,
    tellMoney(resultMicros, paint),
    ...tellClaimed(claimedMicros),
    ...drift,
  ].join('\n');
}

const tellMoney = (micros: bigint, paint: Paint): string => paint(toneOfPnl(micros), signedDollars(micros));

/** What the market's result paid, which nobody had decided. */
function tellClaimed(micros: bigint): readonly string[] {
  return micros < NOTEWORTHY_MICROS ? [] : [`incl. ${dollars(micros)} claimed`];
}

function summarise({ causes, stakeMicros, durationMs }: IncidentReport): readonly string[] {
  const countOf = (state: string): number => causes.filter(({ tminus }) => tminus?.state === state).length;
  const forgotten = causes.filter(({ worker }) => worker.believes === 'open').length;
  const sum = (pick: (cause: CauseReport) => bigint): bigint => causes.reduce((total, each) => total + pick(each), 0n);
  const worker = signedDollars(sum((each) => each.worker.resultMicros));
  const tminus = signedDollars(sum((each) => each.tminus?.resultMicros ?? 0n));
  const claimed = dollars(sum((each) => each.worker.claimedMicros));
  const markets = causes.length === 1 ? '1 market' : `${causes.length} markets`;
  return [
    `${markets}, ${dollars(stakeMicros)} on each side of each. In the worker's record "open" was left standing in ${forgotten}, and nobody was told; ` +
      `its money came to ${worker}, ${claimed} of it claimed from results. T-minus: exited ${countOf('exited')}, voided ${countOf('voided')}, ` +
      `awaiting the result ${countOf('awaiting-resolution')}, each with reason and alert; its money came to ${tminus}.`,
    'A share that is left pays a dollar or nothing: which of the two is luck, and in a generated market nobody knows it ' +
      'before. What a night costs is told by the real one: three stakes of $25.00, 75.00 staked, 57.82 claimable, −17.18.',
    `Took ${(durationMs / 1_000).toFixed(0)} s.`,
  ];
}

function judge({ causes }: IncidentReport, paint: Paint): readonly string[] {
  const faults = causes.flatMap(({ cause, faults: those }) => those.map((fault) => `${cause}: ${printable(fault)}`));
  if (faults.length > 0) return faults.map((fault) => paint('bad', fault));
  const text = `Every end is the right one, with its reason and alert; nothing was sold or bought twice; every ledger equals the venue's trades and the chain's balances to the micro.`;
  return wrapText(text, TERMINAL_WIDTH).map((line) => paint('good', line));
}
