import type { ErrorCounts } from './count-errors.ts';

/** Milliseconds after the due time. Negative: early. */
export type Lateness = { readonly p50Ms: number; readonly p99Ms: number; readonly maxMs: number; readonly n: number };

/** Percentiles by nearest rank, so that each figure is a measured one. Zeros without measurements. */
export function summariseLateness(latenessesMs: readonly number[]): Lateness {
  const sorted = latenessesMs.toSorted((a, b) => a - b);
  const rank = (share: number): number => sorted[Math.max(Math.ceil(sorted.length * share) - 1, 0)] ?? 0;
  return { p50Ms: rank(0.5), p99Ms: rank(0.99), maxMs: rank(1), n: sorted.length };
}

export type PunctualityRun = {
  /** From the due time to the arrival of the first sell at the exchange. */
  readonly report: { readonly tminus: Lateness; readonly worker: Lateness; readonly schedulerAlone: Lateness };
  /** From the due time to the exchange's answer, T-minus only. */
  readonly answered: Lateness;
  /** Positions of T-minus that were sold and whose trades are final. */
  readonly finishedCount: number;
  /** Positions that each baseline sold. */
  readonly soldCounts: { readonly worker: number; readonly schedulerAlone: number };
  /** Errors of functions and stack, and refused first sells. */
  readonly errors: ErrorCounts;
};

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
    'Real time, one process. An answer takes at least 250 ms: the venue holds each',
    "order that long before it matches it. The worker's phase (10 s) and the",
    "Scheduler's jitter (60 s) are drawn evenly from the seed.",
    ...Object.entries(errors).map(([name, count]) => `${count} × ${name}`),
  ].join('\n');
}

const figuresOf = ({ p50Ms, p99Ms, maxMs, n }: Lateness): readonly number[] => [p50Ms, p99Ms, maxMs, n];

const line = (name: string, cells: readonly (number | string)[]): string =>
  [name.padEnd(30), ...cells.map((cell) => cell.toLocaleString('en').padStart(8))].join('').trimEnd();
