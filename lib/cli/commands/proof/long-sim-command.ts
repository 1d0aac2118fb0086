import { availableParallelism } from 'node:os';
import { digestSimulator, digestText } from '#infra/proof/long-run/code-digest.ts';
import { explainBroken, reportRun } from '#infra/proof/long-run/long-report.ts';
import { openState, type StateFile } from '#infra/proof/long-run/open-state.ts';
import { type LongRunEnd, runLong } from '#infra/proof/long-run/run-long.ts';
import type { RunState } from '#infra/proof/long-run/run-state.ts';
import { startSimWorker } from '#infra/proof/long-run/start-sim-worker.ts';
import { CliError, EXIT_CODES, type ExitCode } from '#lib/cli/cli-error.ts';
import { endWithParent, untilInterrupted } from '#lib/cli/interruption.ts';
import { counted, progressBar, progressText } from '#lib/cli/render/run-progress.ts';
import { longRunLines, quoted } from '#lib/cli/render/simulation-lines.ts';
import { narrate } from '#lib/cli/render/wrap-text.ts';
import { TERMINAL_WIDTH, type Terminal } from '#lib/cli/terminal.ts';
import type { FaultPlan } from '#lib/simulation/fault-plan.ts';
import { toJson } from '#lib/words/to-json.ts';
import { openReportFile } from './open-report-file.ts';
import type { SimOptions } from './sim-command.ts';

const CHUNK_LIVES = 1_000;

/**
 * Plays the lives in processes of their own, keeps what is done in the state file and goes on from it.
 * @throws InvalidInputError when the state file or the report's file cannot be used
 * @throws CliError 1 when Ctrl-C or the end of a worker ended it
 */
export async function longSimCommand(terminal: Terminal, options: SimOptions, plan: FaultPlan): Promise<ExitCode> {
  const { seed, lives, chunk = CHUNK_LIVES, workers = 1 } = options;
  const writeReport = options.out === undefined ? () => undefined : openReportFile(options.out);
  const terms = { seed, lives, planDigest: digestText(JSON.stringify(plan)), codeDigest: digestSimulator() };
  const file = openState(options.state, terms, chunk);
  const interruption = untilInterrupted();
  const parent = endWithParent(terminal.env);
  try {
    const progress = createProgress(terminal, options.json === true, file.state, lives);
    const deps = {
      startWorker: () => startSimWorker(plan),
      save: (state: RunState) => file.save(state),
      onProgress: progress.show,
      nowMs: () => performance.now(),
      signal: interruption.signal,
    };
    const end = await runLong(deps, file.state, workers === 'all' ? availableParallelism() : workers);
    progress.end();
    if (end.outcome !== 'complete') throw endedEarly(end, file, options);
    const report = reportRun(end.state, await explainBroken(end.state.tally.violations, plan));
    writeReport(`${toJson(report)}\n`);
    terminal.out(options.json === true ? toJson(report) : longRunLines(report, options.faults).map(fitted).join('\n'));
    if (options.json !== true && options.out !== undefined) terminal.out(narrate(`The report is in ${options.out}.`));
    file.remove();
    return report.violationCount === 0 ? EXIT_CODES.ok : EXIT_CODES.failure;
  } finally {
    file.close();
    parent.dispose();
    interruption.dispose();
  }
}

/** Lines that fit keep their indentation. */
function fitted(line: string): string {
  return line.length > TERMINAL_WIDTH ? narrate(line) : line;
}

function endedEarly(end: Exclude<LongRunEnd, { readonly outcome: 'complete' }>, file: StateFile, options: SimOptions) {
  const done = `${counted(end.state.tally.lives)} of ${counted(options.lives)} lives are done`;
  const rest = file.isKept
    ? `${done}. Go on with: ${commandOf(options)}`
    : `${done} and lost: give --state FILE to be able to go on.`;
  if (end.outcome === 'interrupted') return new CliError(EXIT_CODES.failure, 'interrupted', `Interrupted: ${rest}`);
  const { seed, lives, index } = end.chunk;
  return new CliError(
    EXIT_CODES.failure,
    'worker-died',
    `A worker died in chunk ${index + 1} (seeds ${seed} to ${seed + lives - 1}): ${end.reason}. ${rest}`,
  );
}

/** The command that goes on, as one line of a shell. */
function commandOf({ seed, lives, workers, state, chunk, out, faults }: SimOptions): string {
  const given = Object.entries({ seed, lives, workers, chunk, state, out, faults });
  const words = given.flatMap(([name, value]) => (value === undefined ? [] : [`--${name} ${quoted(String(value))}`]));
  return `npx tminus sim ${words.join(' ')}`;
}

/** On a terminal a bar in place, elsewhere a line for each percent, and nothing beside JSON. */
function createProgress(terminal: Terminal, isQuiet: boolean, before: RunState, count: number) {
  const startedAtMs = terminal.nowMs();
  const doneBefore = before.tally.lives;
  const { screen } = terminal;
  let percentShown = Math.floor((doneBefore / count) * 100);
  const draw = (text: string): void => void screen?.write(`\r${text.padEnd(TERMINAL_WIDTH - 1)}`);
  const progressOf = ({ tally: { lives: doneCount } }: RunState) => {
    const elapsedMs = terminal.nowMs() - startedAtMs;
    return { doneCount, count, perSecond: elapsedMs > 0 ? ((doneCount - doneBefore) / elapsedMs) * 1_000 : 0 };
  };
  if (!isQuiet && doneBefore > 0) {
    terminal.out(`Going on: ${counted(doneBefore)} of ${counted(count)} lives are done.`);
  }
  if (!isQuiet) draw(progressBar(progressOf(before)));
  return {
    show: (state: RunState): void => {
      const percent = Math.floor((state.tally.lives / count) * 100);
      if (isQuiet) return;
      if (screen !== null) draw(progressBar(progressOf(state)));
      else if (percent > percentShown) terminal.out(`${percent} %: ${progressText(progressOf(state))}`);
      percentShown = percent;
    },
    end: (): void => {
      if (isQuiet || screen === null) return;
      draw('');
      screen.write('\r');
    },
  };
}
