import type { LongReport } from '#infra/proof/long-run/long-report.ts';
import type { SimulationReport } from '#lib/simulation/simulate.ts';

/** More crash points than these are counted and not named; `--json` names them all. */
const MISSED_NAMES_MAX = 3;

export function summaryLines({
  lives,
  simulatedMs,
  wallMs,
  crashPoints,
  endsByState,
  ...rest
}: SimulationReport): string[] {
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

/** As of a short run, then rates for each worker, and each broken law with the shortest plan that breaks it. */
export function longRunLines(report: LongReport, faultsFile: string | undefined): string[] {
  const faults = faultsFile === undefined ? '' : ` --faults ${quoted(faultsFile)}`;
  const { seeds, livesPerSecond, livesPerCpuSecond, resumedCount } = report;
  return [
    ...summaryLines(report),
    `seeds ${seeds.first} to ${seeds.last}, ${livesPerSecond} lives per second, ${livesPerCpuSecond} per second of processor time${resumedCount === 0 ? '' : `, resumed ${resumedCount} times`}`,
    ...report.workers.map(
      ({ lives, busyMs, cpuMs, livesPerCpuSecond: rate }, index) =>
        `  worker ${index + 1}: ${lives} lives in ${(busyMs / 1_000).toFixed(1)} s, ${(cpuMs / 1_000).toFixed(1)} s of processor time, ${rate} per second of it`,
    ),
    ...report.lawsBroken.flatMap(({ law, seed, text, count, plan }) => [
      `Law ${law} is broken by ${count === 1 ? 'one life' : `${count} lives`}, first by seed ${seed}: ${text}`,
      `Again: tminus sim --seed ${seed} --lives 1${faults}`,
      `Shortest plan that breaks it (for --faults): ${JSON.stringify(plan)}`,
    ]),
  ];
}

/** Quoted as one word of a shell. */
export function quoted(file: string): string {
  return /^[\w@%+=:,./-]+$/.test(file) ? file : `'${file.replaceAll("'", `'\\''`)}'`;
}
