import { fileURLToPath } from 'node:url';
import { type Command, Option } from 'commander';
import { STAGE_NAMES, type StageName } from '#infra/aws/stage-config.ts';
import { EXIT_CODES, type ExitCode } from '../cli-error.ts';
import type { Terminal } from '../terminal.ts';
import { toJson } from '../to-json.ts';
import { wholeNumber } from '../whole-number.ts';

const SEED_MAX = 2 ** 32 - 1;

type Finish = (code: ExitCode) => void;

/** Adds `tminus bench punctuality|attempt|cold` and `tminus cost`. Each loads its code when it runs. */
export function registerBenches(program: Command, terminal: Terminal, finish: Finish): void {
  const bench = program.command('bench').description('measure the suite on this machine');
  const json = () => new Option('--json', 'print the report as JSON and nothing else');
  bench
    .command('punctuality')
    .description('how late first sells reach the exchange, beside a 10 s loop and a plain timer')
    .option('--positions <n>', 'exits due on the same second', wholeNumber(1, 5_000), 100)
    .option('--seed <n>', 'of prices, phases and jitter', wholeNumber(0, SEED_MAX), 1)
    .addOption(json())
    .action(async (options) => finish(await punctuality(terminal, options)));
  bench
    .command('attempt')
    .description('processor time of a live exit attempt, and the requests that wait for each other before its order')
    .option('--positions <n>', 'exits to measure', wholeNumber(1, 200), 60)
    .action(async ({ positions }) => {
      const { runAttempt } = await import('#infra/proof/bench/attempt/run-attempt.ts');
      terminal.out(await runAttempt(fileURLToPath(new URL('./attempt-stack.ts', import.meta.url)), positions));
    });
  bench
    .command('cold')
    .description('how long each bundle takes from process start to its first event')
    .option('--rounds <n>', 'measured starts of each bundle', wholeNumber(10, 9_999), 11)
    .addOption(json())
    .action(async (options) => {
      const { renderCold, runCold } = await import('#infra/proof/bench/cold/run-cold.ts');
      const rows = await runCold(options.rounds);
      terminal.out(options.json ? toJson(rows) : renderCold(rows));
    });
  program
    .command('cost')
    .description('what AWS bills for 1,000 positions and for an idle month, counted on the local stack')
    .option('--positions <n>', 'positions to count', wholeNumber(1, 1_000), 20)
    .addOption(
      new Option('--stage <stage>', 'whose templates give the fixed parts').choices(STAGE_NAMES).default('paper'),
    )
    .addOption(json())
    .action(async (options) => finish(await cost(terminal, options)));
}

type PunctualityCommandOptions = { readonly positions: number; readonly seed: number; readonly json?: boolean };

async function punctuality(terminal: Terminal, options: PunctualityCommandOptions): Promise<ExitCode> {
  const [{ runPunctuality }, report, { startLocalStack }] = await Promise.all([
    import('#infra/proof/bench/punctuality/run-punctuality.ts'),
    import('#infra/proof/bench/punctuality/punctuality-report.ts'),
    import('../local-stack.ts'),
  ]);
  const run = await runPunctuality({ startLocalStack }, options, options.json ? () => undefined : terminal.out);
  terminal.out(options.json ? toJson(report.toJson(run)) : report.renderPunctuality(run));
  return endWith(terminal, report.listFaults(run, options.positions));
}

type CostCommandOptions = { readonly positions: number; readonly stage: StageName; readonly json?: boolean };

async function cost(terminal: Terminal, { positions, stage, json }: CostCommandOptions): Promise<ExitCode> {
  const [{ runCost }, { toReport }, { renderReport }, { readFixedParts }, { startLocalStack }] = await Promise.all([
    import('#infra/proof/cost/run-cost.ts'),
    import('#infra/proof/cost/to-report.ts'),
    import('#infra/proof/cost/render-report.ts'),
    import('#infra/aws/fixed-parts.ts'),
    import('../local-stack.ts'),
  ]);
  const run = await runCost({ startLocalStack }, positions, json ? () => undefined : terminal.err);
  const report = toReport(run, { positions, stage }, readFixedParts(stage));
  terminal.out(json ? toJson(report) : renderReport(report));
  return endWith(terminal, report.faults);
}

function endWith(terminal: Terminal, faults: readonly string[]): ExitCode {
  for (const fault of faults) terminal.err(fault);
  return faults.length === 0 ? EXIT_CODES.ok : EXIT_CODES.failure;
}
