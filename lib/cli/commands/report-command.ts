import { readCommit } from '#infra/shared/read-commit.ts';
import { CliError, EXIT_CODES, type ExitCode } from '#lib/cli/cli-error.ts';
import { checkPageFile, writePage } from '#lib/cli/page-file.ts';
import { totalsLine } from '#lib/cli/render/totals-table.ts';
import { narrate } from '#lib/cli/render/wrap-text.ts';
import { createSuite, findSuite, type SuiteChoice } from '#lib/cli/suite/find-suite.ts';
import { TERMINAL_WIDTH, type Terminal } from '#lib/cli/terminal.ts';
import { parseSpan } from '#lib/cli/time-span.ts';
import type { Mode } from '#lib/domain/position/position.ts';
import { totalsOf } from '#lib/domain/position/position-totals.ts';
import { type HistoryProgress, type ReadHistory, readHistory } from '#lib/lifecycle/read/read-history.ts';
import { renderReportPage } from '#lib/pages/report-page.ts';
import { knownCommit, shortCommit } from '#lib/runtime/short-commit.ts';
import { historyCsv } from '#lib/words/history-csv.ts';
import { dollars } from '#lib/words/money-text.ts';
import { toJson } from '#lib/words/to-json.ts';

export type ReportOptions = SuiteChoice & {
  readonly since: string;
  readonly until?: string;
  readonly mode?: Mode;
  /** File for the page. */
  readonly out?: string;
  readonly csv?: boolean;
  readonly json?: boolean;
};

/** What came of the positions that ended in a span: as a page, as CSV or as JSON. Reads only. */
export async function reportCommand(terminal: Terminal, options: ReportOptions): Promise<ExitCode> {
  const { out, mode } = options;
  if (out === undefined && options.csv !== true && options.json !== true) {
    throw new CliError(EXIT_CODES.usage, 'usage', 'Name a file with --out, or print the sums with --csv or --json.');
  }
  const madeAtMs = terminal.nowMs();
  const span = parseSpan(options, madeAtMs);
  if (out !== undefined) checkPageFile(out);
  const place = await findSuite(options, terminal.env);
  const suite = createSuite(place);
  try {
    const onProgress = (progress: HistoryProgress): void => showProgress(terminal, progress);
    const read = await readHistory({ store: suite.store, onProgress }, { ...span, mode });
    const commit = knownCommit(shortCommit(readCommit()));
    const facts = { stage: place.env.STAGE ?? 'unknown', madeAtMs, commit };
    if (out !== undefined) writePage(out, renderReportPage({ ...read, ...facts }));
    if (options.json === true) terminal.out(toJson({ ...facts, ...read.history }));
    else if (options.csv === true) terminal.out(historyCsv(read.history));
    else showSums(terminal, read, out);
    return checkRows(read);
  } finally {
    suite.close();
  }
}

function showProgress({ screen }: Terminal, { doneDayCount, dayCount, positionCount }: HistoryProgress): void {
  const text = `${doneDayCount} of ${dayCount} days, ${positionCount} positions`;
  screen?.write(`\r${(doneDayCount < dayCount ? text : '').padEnd(TERMINAL_WIDTH - 1)}\r`);
}

function showSums(terminal: Terminal, { history, positions }: ReadHistory, out: string | undefined): void {
  for (const totals of totalsOf(positions)) terminal.out(narrate(totalsLine(totals, history.fromMs)));
  if (positions.length === 0) terminal.out('No position ended in this time.');
  for (const { mode, open } of history.modes) {
    if (open.unclaimedCount === 0) continue;
    const text = `Won and not in the wallet yet (${mode}): ${dollars(open.unclaimedMicros)} in ${open.unclaimedCount}.`;
    terminal.out(terminal.paint('warn', text));
  }
  if (out !== undefined) terminal.out(`The report is in ${out}.`);
}

/** As `tminus positions` does it: the sums are there, and the code says that they are not whole. */
function checkRows({ history: { corruptIds } }: ReadHistory): ExitCode {
  if (corruptIds.length === 0) return EXIT_CODES.ok;
  throw new CliError(
    EXIT_CODES.failure,
    'corrupt-rows',
    `These rows cannot be read as positions and are in no sum; correct them by hand: ${corruptIds.join(', ')}`,
  );
}
