import { runRivals } from '#infra/proof/rivals/run-rivals.ts';
import { EXIT_CODES, type ExitCode } from '#lib/cli/cli-error.ts';
import { renderRivals } from '#lib/cli/render/rivals-table.ts';
import { TERMINAL_WIDTH, type Terminal } from '#lib/cli/terminal.ts';
import { toJson } from '#lib/words/to-json.ts';
import { checkSeeds, type LivesOptions, readFaultPlan } from './lives-options.ts';

/**
 * Exit code 1 when T-minus broke a law.
 * @throws InvalidInputError when the fault plan or the seeds cannot be used
 */
export async function rivalsCommand(terminal: Terminal, options: LivesOptions): Promise<ExitCode> {
  const plan = readFaultPlan(options.faults);
  const { seed, lives: lifeCount } = options;
  checkSeeds(seed, lifeCount);
  const { screen } = terminal;
  const onLives = (doneCount: number): void =>
    void screen?.write(
      `\r${doneCount < lifeCount ? `${doneCount} of ${lifeCount} lives` : ' '.repeat(TERMINAL_WIDTH - 1)}\r`,
    );
  const report = await runRivals({ seed, lifeCount, plan }, onLives);
  terminal.out(options.json === true ? toJson(report) : renderRivals(report, terminal.paint));
  return report.violations.length === 0 ? EXIT_CODES.ok : EXIT_CODES.failure;
}
