import { InvalidInputError } from '#lib/errors/errors.ts';
import { asksForHelp } from './asks-for-help.ts';
import { BENCH_USAGE, type BenchOptions, readBenchOptions } from './punctuality/bench-options.ts';
import type { Lateness } from './punctuality/lateness.ts';
import { type PunctualityRun, runPunctuality } from './punctuality/run-punctuality.ts';

const out = (text: string): void => void process.stdout.write(`${text}\n`);
const err = (text: string): void => void process.stderr.write(`${text}\n`);

/** 0: everything was sold and measured. 1: something was not, or the run failed. 2: the options are wrong. */
async function main(args: readonly string[]): Promise<0 | 1 | 2> {
  if (asksForHelp(args)) {
    out(BENCH_USAGE);
    return 0;
  }
  try {
    const options = readBenchOptions(args);
    const run = await runPunctuality(options, options.json ? () => undefined : out);
    out(options.json ? JSON.stringify(toJson(run), null, 2) : render(run));
    const faults = listFaults(run, options);
    for (const fault of faults) err(fault);
    return faults.length === 0 ? 0 : 1;
  } catch (error) {
    err(error instanceof Error ? error.message : 'The benchmark failed without saying why');
    if (!(error instanceof InvalidInputError)) return 1;
    err(BENCH_USAGE);
    return 2;
  }
}

function listFaults({ report, finishedCount }: PunctualityRun, { positions }: BenchOptions): readonly string[] {
  const counts = Object.entries(report).map(([name, { n }]) => ({ what: `${name}: sells that arrived`, count: n }));
  return [...counts, { what: 'tminus: positions sold to the end', count: finishedCount }]
    .filter(({ count }) => count !== positions)
    .map(({ what, count }) => `${what}: ${count} of ${positions}`);
}

function toJson({ report, finishedCount, soldCounts, errors }: PunctualityRun) {
  return { ...report, sold: { tminus: finishedCount, ...soldCounts }, errors };
}

function render({ report, answered, finishedCount, soldCounts, errors }: PunctualityRun): string {
  const { tminus, worker, schedulerAlone } = report;
  return [
    '',
    'First sell at the exchange, milliseconds after the exit was due:',
    '',
    line('', ['p50', 'p99', 'max', 'n', 'sold']),
    line('T-minus', [...figuresOf(tminus), finishedCount]),
    line('  its answers', figuresOf(answered)),
    line('worker, looks every 10 s', [...figuresOf(worker), soldCounts.worker]),
    line('Scheduler alone, up to 60 s', [...figuresOf(schedulerAlone), soldCounts.schedulerAlone]),
    '',
    'Real time, one process. An answer takes 250 ms by itself: the venue holds an order so long before it matches it.',
    "The worker's phase and the Scheduler's jitter are drawn from the seed, evenly over 10 s and 60 s.",
    ...Object.entries(errors).map(([name, count]) => `${count} times: ${name}`),
  ].join('\n');
}

const figuresOf = ({ p50Ms, p99Ms, maxMs, n }: Lateness): readonly number[] => [p50Ms, p99Ms, maxMs, n];

const line = (name: string, cells: readonly (number | string)[]): string =>
  [name.padEnd(30), ...cells.map((cell) => cell.toLocaleString('en').padStart(8))].join('').trimEnd();

process.exitCode = await main(process.argv.slice(2));
