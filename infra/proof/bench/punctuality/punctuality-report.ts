import type { Lateness } from './lateness.ts';
import type { PunctualityRun } from './run-punctuality.ts';

/** Empty when every position was sold and measured. */
export function listFaults({ report, finishedCount }: PunctualityRun, positions: number): readonly string[] {
  const counts = Object.entries(report).map(([name, { n }]) => ({ what: `${name}: sells that arrived`, count: n }));
  return [...counts, { what: 'tminus: positions sold to the end', count: finishedCount }]
    .filter(({ count }) => count !== positions)
    .map(({ what, count }) => `${what}: ${count} of ${positions}`);
}

export function toJson({ report, finishedCount, soldCounts, errors }: PunctualityRun) {
  return { ...report, sold: { tminus: finishedCount, ...soldCounts }, errors };
}

export function renderPunctuality({ report, answered, finishedCount, soldCounts, errors }: PunctualityRun): string {
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
