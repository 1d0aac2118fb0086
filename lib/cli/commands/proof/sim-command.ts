import { setFlagsFromString } from 'node:v8';
import { EXIT_CODES, type ExitCode } from '#lib/cli/cli-error.ts';
import { quoted, summaryLines } from '#lib/cli/render/simulation-lines.ts';
import type { Terminal } from '#lib/cli/terminal.ts';
import type { FaultPlan } from '#lib/simulation/fault-plan.ts';
import { playLife, type Violation } from '#lib/simulation/life.ts';
import type { Sabotage } from '#lib/simulation/life-world.ts';
import { shrinkPlan } from '#lib/simulation/shrink-plan.ts';
import { INLINED_BYTECODE_FLAG, simulate } from '#lib/simulation/simulate.ts';
import { checkSeeds, type LivesOptions, readFaultPlan } from './lives-options.ts';

export type SimOptions = LivesOptions & {
  /** Any of these makes it a long run, in processes of its own. */
  readonly workers?: number | 'all';
  readonly state?: string;
  readonly chunk?: number;
  readonly out?: string;
};

/**
 * Exit code 1 when a law was broken. `planted` breaks something on purpose, for tests of the report.
 * @throws InvalidInputError when the fault plan or the seeds cannot be used
 */
export async function simCommand(
  terminal: Terminal,
  options: SimOptions,
  planted: { readonly sabotage?: Sabotage } = {},
): Promise<ExitCode> {
  const plan = readFaultPlan(options.faults);
  const { seed, lives: lifeCount } = options;
  checkSeeds(seed, lifeCount);
  if ([options.workers, options.state, options.chunk, options.out].some((option) => option !== undefined)) {
    const { longSimCommand } = await import('./long-sim-command.ts');
    return longSimCommand(terminal, options, plan);
  }
  setFlagsFromString(INLINED_BYTECODE_FLAG);
  const report = await simulate({ seed, lifeCount, plan, wallMs: () => performance.now(), ...planted });
  if (options.json === true) terminal.out(JSON.stringify(report, null, 2));
  else for (const line of summaryLines(report)) terminal.out(line);
  const [first] = report.violations;
  if (first === undefined) return EXIT_CODES.ok;
  if (options.json !== true) {
    for (const line of await explain(first, plan, options, planted)) terminal.out(line);
  }
  return EXIT_CODES.failure;
}

/** The first violation: how to repeat it, the shortest plan that shows it, and what happened. */
async function explain(
  { seed, law, text }: Violation,
  plan: FaultPlan,
  options: SimOptions,
  planted: { readonly sabotage?: Sabotage },
): Promise<readonly string[]> {
  const faults = options.faults === undefined ? '' : ` --faults ${quoted(options.faults)}`;
  const shortest = await shrinkPlan({ seed, law, plan, ...planted });
  const { history } = await playLife({ seed, plan: shortest, isRecorded: true, ...planted });
  return [
    `\nLaw ${law} is broken by seed ${seed}: ${text}`,
    `Again: tminus sim --seed ${seed} --lives 1${faults}`,
    `Shortest plan that breaks it (for --faults):\n${JSON.stringify(shortest)}`,
    `What happens under it:\n${history.join('\n')}`,
  ];
}
