import type { ReportFacts } from '#infra/proof/replay/replay-answers.ts';
import { parsePolicy, policyText, type ReplayPlan } from '#infra/proof/replay/replay-plan.ts';
import { slugOf } from '#infra/proof/replay/replay-row.ts';
import { runLab } from '#infra/proof/replay/run-lab.ts';
import { runReplay } from '#infra/proof/replay/run-replay.ts';
import { openRecordingsFolder } from '#infra/venue/recordings-folder.ts';
import { CliError, EXIT_CODES, type ExitCode } from '#lib/cli/cli-error.ts';
import { checkPageFile, writePage } from '#lib/cli/page-file.ts';
import { renderReplay } from '#lib/cli/render/replay-table.ts';
import { narrate } from '#lib/cli/render/wrap-text.ts';
import { TERMINAL_WIDTH, type Terminal } from '#lib/cli/terminal.ts';
import { formatMicros } from '#lib/domain/market/money.ts';
import { DEFAULT_EXIT_POLICY } from '#lib/domain/position/exit-policy.ts';
import { InvalidInputError } from '#lib/errors/errors.ts';
import type { RecordingSource } from '#lib/venue/books/playing-venue.ts';
import { dollars } from '#lib/words/money-text.ts';
import { clockText } from '#lib/words/time-text.ts';

export type ReplayOptions = {
  /** Seconds before the window's end. */
  readonly entryLead: number;
  readonly exitLead: number;
  readonly usd: bigint;
  readonly sweepLeads?: readonly number[];
  readonly policy: string;
  readonly json?: boolean;
  /** File for a page to look at. */
  readonly report?: string;
};

/** @throws InvalidInputError for a folder, a recording, a policy or a report file that cannot be used */
export async function replayCommand(
  terminal: Terminal,
  folder: string | undefined,
  options: ReplayOptions,
): Promise<ExitCode> {
  if (folder === undefined) {
    const message = 'Name a folder of recordings, or a wallet with --wallet or --file. See `tminus replay --help`.';
    throw new CliError(EXIT_CODES.usage, 'usage', message);
  }
  const plan = planOf(options);
  if (options.report !== undefined) checkPageFile(options.report);
  const recordings = openRecordingsFolder(folder);
  const { screen } = terminal;
  const onWindow = (doneCount: number, count: number): void =>
    void screen?.write(
      `\r${doneCount < count ? `${doneCount} of ${count} windows` : ' '.repeat(TERMINAL_WIDTH - 1)}\r`,
    );
  const report = await runReplay(recordings, plan, sweepOf(options, plan), onWindow);
  if (options.report !== undefined) {
    const what = introductionOf(plan, options.policy, recordings);
    await writeReport(options.report, { recordings, plan, report, what, command: commandOf(options) }, onWindow);
  }
  if (options.json === true) {
    terminal.out(JSON.stringify(report));
    return EXIT_CODES.ok;
  }
  terminal.out(narrate(introductionOf(plan, options.policy, recordings)));
  terminal.out(`\n${renderReplay(report, plan.exitLeadMs, terminal.paint)}`);
  if (options.report !== undefined) terminal.out(`\nThe report is in ${options.report}.`);
  return EXIT_CODES.ok;
}

function planOf({ policy, entryLead, exitLead, usd }: ReplayOptions): ReplayPlan {
  if (exitLead >= entryLead) {
    throw new InvalidInputError(
      'The exit has to be later than the entry: give a shorter --exit-lead than --entry-lead.',
    );
  }
  const parsed = parsePolicy(policy);
  const { lastOrderLeadMs } = DEFAULT_EXIT_POLICY;
  if (parsed.kind === 'product' && toMs(exitLead) <= lastOrderLeadMs) {
    const last = `${lastOrderLeadMs / 1_000} s before the end`;
    throw new InvalidInputError(`The suite's last order leaves ${last}: give a longer --exit-lead.`);
  }
  return { policy: parsed, entryLeadMs: toMs(entryLead), exitLeadMs: toMs(exitLead), budgetMicros: usd };
}

const toMs = (seconds: number): number => seconds * 1_000;
const REPORT_SWEEP_SECONDS = Array.from({ length: 24 }, (_, index) => 10 * (index + 1));

/** A report is about time: it has a sweep, and the exit's own time in it. */
function sweepOf({ sweepLeads, report }: ReplayOptions, { entryLeadMs, exitLeadMs }: ReplayPlan): readonly number[] {
  const asked = (sweepLeads ?? (report === undefined ? [] : REPORT_SWEEP_SECONDS)).map(toMs);
  const leads = new Set(report === undefined ? asked : [...asked, exitLeadMs]);
  return [...leads].filter((leadMs) => leadMs < entryLeadMs).toSorted((a, b) => a - b);
}

function introductionOf({ entryLeadMs, budgetMicros }: ReplayPlan, policy: string, { names }: RecordingSource): string {
  const windows = names.length === 1 ? 'One recorded window' : `${names.length} recorded windows`;
  return `${windows}, both sides, ${dollars(budgetMicros)} each, entry at T − ${clockText(entryLeadMs)}, policy ${policyText(policy)}.`;
}

function commandOf({ entryLead, exitLead, usd, policy }: ReplayOptions): string {
  return `tminus replay --entry-lead ${entryLead}s --exit-lead ${exitLead}s --usd ${formatMicros(usd)} --policy ${policy}`;
}

type Played = Pick<ReportFacts, 'plan' | 'report' | 'what' | 'command'> & { readonly recordings: RecordingSource };

async function writeReport(file: string, played: Played, onWindow: (done: number, count: number) => void) {
  const { recordings, plan, report } = played;
  const { renderReplayPage } = await import('#infra/proof/replay/replay-page.ts');
  const lab = await runLab(recordings, plan, report, onWindow);
  const all = recordings.names.map((name) => recordings.get(name));
  const decided = new Set(all.filter(({ winner }) => winner !== null).map(slugOf));
  const page = renderReplayPage({
    ...played,
    lab,
    decidedRows: report.rows.filter(({ slug }) => decided.has(slug)),
    lastWindowEndsAtMs: Math.max(...all.map(({ windowEndMs }) => windowEndMs)),
  });
  writePage(file, page);
}
