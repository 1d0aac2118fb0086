import { readFileSync } from 'node:fs';
import { setFlagsFromString } from 'node:v8';
import { EXIT_CODES, type ExitCode } from '#lib/cli/cli-error.ts';
import type { Terminal } from '#lib/cli/terminal.ts';
import { InvalidInputError } from '#lib/errors/errors.ts';
import { DEFAULT_FAULT_PLAN, type FaultPlan, parseFaultPlan } from '#lib/simulation/fault-plan.ts';
import { playLife, type Violation } from '#lib/simulation/life.ts';
import type { Sabotage } from '#lib/simulation/life-world.ts';
import { shrinkPlan } from '#lib/simulation/shrink-plan.ts';
import { type SimulationReport, simulate } from '#lib/simulation/simulate.ts';

export type SimOptions = {
  readonly seed: number;
  readonly lives: number;
  readonly faults?: string;
  readonly json?: boolean;
};

/**
 * How much bytecode V8 may inline into one function; its default is 920 bytes. Measured: with 300 a life takes a tenth
 * less processor time and the same time to play.
 */
const INLINED_BYTECODE_SIZE_MAX = 300;
/** More crash points than these are counted and not named; `--json` names them all. */
const MISSED_NAMES_MAX = 3;
const SEED_MAX = Number.MAX_SAFE_INTEGER;

/**
 * Exit code 1 when a law was broken. `planted` breaks something on purpose, for tests of the report.
 * @throws InvalidInputError when the fault plan or the seeds cannot be used
 */
export async function simCommand(
  terminal: Terminal,
  options: SimOptions,
  planted: { readonly sabotage?: Sabotage } = {},
): Promise<ExitCode> {
  const plan = options.faults === undefined ? DEFAULT_FAULT_PLAN : readPlan(options.faults);
  const { seed, lives: lifeCount } = options;
  if (seed > SEED_MAX - lifeCount + 1) {
    throw new InvalidInputError(
      `The last life would have a seed above ${SEED_MAX}. Take a smaller seed or fewer lives.`,
    );
  }
  setFlagsFromString(`--max-inlined-bytecode-size-cumulative=${INLINED_BYTECODE_SIZE_MAX}`);
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

function readPlan(file: string): FaultPlan {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch {
    throw new InvalidInputError(`The fault plan "${file}" cannot be read. Name a file with a fault plan as JSON.`);
  }
  return parseFaultPlan(text, `The fault plan "${file}"`);
}

function summaryLines({ lives, simulatedMs, wallMs, crashPoints, endsByState, ...rest }: SimulationReport): string[] {
  const versions = Object.entries(rest.livesByVersion).map(([version, count]) => `${count} ${version}`);
  const faultCount = Object.values(rest.faultsInjected).reduce((sum, count) => sum + count, 0);
  const ends = Object.entries(endsByState).map(([state, count]) => `${count} ${state}`);
  const causes = Object.entries(rest.refusalsByCause).map(([cause, { count, healedMedianMs }]) => {
    const healed =
      healedMedianMs === null ? 'never sold after it' : `sold after ${(healedMedianMs / 1_000).toFixed(1)} s`;
    return `  ${cause.padEnd(24)}${String(count).padStart(8)}  ${healed}`;
  });
  return [
    `${lives} ${lives === 1 ? 'life' : 'lives'}, ${hours(simulatedMs)} simulated hours in ${(wallMs / 1_000).toFixed(1)} s`,
    `${faultCount} faults of ${Object.keys(rest.faultsInjected).length} kinds`,
    `crash points: ${crashPoints.covered} of ${crashPoints.total}${describeMissed(crashPoints.missed)}`,
    `market versions: ${versions.join(', ')}`,
    `ends: ${ends.join(', ')}`,
    ...(causes.length === 0 ? [] : ['why sells were not filled, and the median time to the next fill:', ...causes]),
    rest.violations.length === 0 ? 'No law was broken.' : `${rest.violations.length} violations.`,
  ];
}

const hours = (ms: number): string => (ms / 3_600_000).toFixed(ms < 36_000_000 ? 1 : 0);

/** Each life aims at one crash point, so a short run misses many: names are listed when they are few. */
function describeMissed(missed: readonly string[]): string {
  if (missed.length === 0) return '';
  return missed.length > MISSED_NAMES_MAX ? '; each life aims at one' : `; not reached: ${missed.join(', ')}`;
}

/** Quoted as one word of a shell. */
function quoted(file: string): string {
  return /^[\w@%+=:,./-]+$/.test(file) ? file : `'${file.replaceAll("'", `'\\''`)}'`;
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
