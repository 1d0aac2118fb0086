import type { AccountMoney, CauseReport, IncidentReport, SuiteReport } from '#infra/proof/incident/incident-report.ts';
import { type Paint, printable, TERMINAL_WIDTH } from '#lib/cli/terminal.ts';
import type { SetbackCause } from '#lib/domain/refusal/refusal.ts';
import { dollars, shares, signedDollars } from '#lib/words/money-text.ts';
import { plainTable, toneOfPnl, toneOfState } from './plain-table.ts';
import { wrapText } from './wrap-text.ts';

/** Cause, worker, T-minus, difference: eighty columns with the gaps between them. */
const WIDTHS = [22, 19, 25, 8] as const;

/** A cent, and a hundredth of a share: less than that is not worth a line. */
const NOTEWORTHY_MICROS = 10_000n;
const CENT_MICROS = 10_000n;

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
    tellMoney(shownDifference(cause), paint),
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
  const { believes, tries } = worker;
  const refusedCount = tries.filter(({ answer }) => answer !== 'sold').length;
  const deed = tries.length === 0 ? 'no try to sell' : refusedCount === 0 ? 'sold' : `${refusedCount} tries refused`;
  return [
    deed,
    `believes: ${believes.replace('-', ' ')}`,
    tellMoney(worker.resultMicros, paint),
    ...tellLeft(worker),
  ].join('\n');
}

function tellSuite(suite: SuiteReport, paint: Paint): string {
  const { state, refusals, soldAfterDueMs } = suite;
  const causes = refusals.flatMap(({ cause, count }) => {
    const reaction = REACTION_WORDS[cause];
    return [`${cause} × ${count}`, ...(reaction === undefined ? [] : [`  ${reaction}`])];
  });
  const after = soldAfterDueMs === null || state !== 'exited' ? '' : `, due + ${(soldAfterDueMs / 1_000).toFixed(0)} s`;
  return [
    ...causes,
    `${paint(toneOfState(state), state)}${after}`,
    tellMoney(suite.resultMicros, paint),
    ...tellLeft(suite),
    ...tellFeeDrift(suite),
  ].join('\n');
}

const tellMoney = (micros: bigint, paint: Paint): string => paint(toneOfPnl(micros), signedDollars(micros));

const hasLeft = ({ leftMicros }: AccountMoney): boolean => leftMicros >= NOTEWORTHY_MICROS;

/** Shares that were still there when the market ended, and what its result paid for them: a dollar each or nothing. */
function tellLeft(money: AccountMoney): readonly string[] {
  return hasLeft(money) ? [`${shares(money.leftMicros)} left → ${dollars(money.claimedMicros)}`] : [];
}

/** Where the fees that were really taken are not those of the record's estimate, by a cent or more. */
function tellFeeDrift({ feeDriftMicros }: SuiteReport): readonly string[] {
  const drift = BigInt(feeDriftMicros ?? '0');
  const isSmall = drift < CENT_MICROS && drift > -CENT_MICROS;
  return isSmall ? [] : [`fee drift ${signedDollars(drift)}`];
}

/** As the table shows it: whoever adds its figures up gets its sums. The report has every micro. */
function toCents(micros: bigint): bigint {
  const half = micros < 0n ? -CENT_MICROS / 2n : CENT_MICROS / 2n;
  return ((micros + half) / CENT_MICROS) * CENT_MICROS;
}

function shownDifference({ worker, tminus }: CauseReport): bigint {
  return toCents(tminus?.resultMicros ?? 0n) - toCents(worker.resultMicros);
}

function summarise({ causes, stakeMicros, durationMs }: IncidentReport): readonly string[] {
  const countOf = (state: string): number => causes.filter(({ tminus }) => tminus?.state === state).length;
  const forgotten = causes.filter(({ worker }) => worker.believes === 'open').length;
  const leftByWorker = causes.filter(({ worker }) => hasLeft(worker)).length;
  const leftByTminus = causes.filter(({ tminus }) => tminus !== null && hasLeft(tminus)).length;
  const sum = (pick: (cause: CauseReport) => bigint): bigint =>
    causes.reduce((total, each) => total + toCents(pick(each)), 0n);
  const worker = signedDollars(sum((each) => each.worker.resultMicros));
  const tminus = signedDollars(sum((each) => each.tminus?.resultMicros ?? 0n));
  const claimed = dollars(sum((each) => each.worker.claimedMicros));
  const markets = causes.length === 1 ? '1 market' : `${causes.length} markets`;
  return [
    `${markets}, ${dollars(stakeMicros)} on each side of each. The worker left shares to the market's result in ${leftByWorker}, its record ` +
      `says "open" in ${forgotten}, and nobody was told; its money came to ${worker}, of which results paid ${claimed}. ` +
      `T-minus left shares in ${leftByTminus}: exited ${countOf('exited')}, voided ${countOf('voided')}, awaiting the result ` +
      `${countOf('awaiting-resolution')}, each with reason and alert; its money came to ${tminus}.`,
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
