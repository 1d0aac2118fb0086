import type { LogFields } from './log.ts';
import { logFields } from './log-context.ts';
import { createFileLog } from './logger.ts';
import type { CountName, MetricName, MillisName } from './metric-names.ts';
import { METRIC_DIMENSIONS, METRIC_NAMESPACE, METRICS } from './metric-names.ts';
import type { Env } from './parse-env.ts';
import { shortCommit } from './short-commit.ts';

/** Fields beside a value in the log line. They are not dimensions, so they are not billed. */
export type MetricFacts = Readonly<Record<string, string>>;

/** Writes metrics for dashboard and alarms; names and units are in `metric-names`. */
export type Meter = {
  count(name: CountName, value?: number, facts?: MetricFacts): void;
  millis(name: MillisName, valueMs: number, facts?: MetricFacts): void;
  /** Writes the gathered values. Call it at the end of every event: a frozen function would keep them. */
  flush(): void;
};

export const QUIET_METER: Meter = { count: () => {}, millis: () => {}, flush: () => {} };

/** CloudWatch's embedded metric format on standard output, or log lines in the file of `LOG_FILE`. */
export function createMetrics(options: { readonly service: string; readonly env: Env }): Meter {
  const { service, env } = options;
  const commit = shortCommit(env.COMMIT);
  if (env.LOG_FILE) return createFileMeter(env.LOG_FILE, service, commit);
  const write = (values: ReadonlyMap<MetricName, readonly number[]>, facts: MetricFacts = {}): void => {
    const dimensions = { service, stage: env.STAGE || 'unknown' };
    process.stdout.write(`${toEmbeddedLine(dimensions, values, { commit, ...logFields(), ...facts })}\n`);
  };
  const gathered = new Map<MetricName, number[]>();
  const flush = (): void => {
    if (gathered.size > 0) write(gathered);
    gathered.clear();
  };
  const add = (name: MetricName, value: number): void => {
    const values = gathered.get(name) ?? [];
    gathered.set(name, [...values, value]);
    if (values.length + 1 === VALUE_COUNT_MAX) flush();
  };
  const put = (name: MetricName, value: number, facts: MetricFacts | undefined): void => {
    // A line of its own, because facts belong to one value.
    if (facts === undefined) add(name, value);
    else write(new Map([[name, [value]]]), facts);
  };
  return {
    count: (name, value = 1, facts) => put(name, value, facts),
    // CloudWatch has no percentiles for a metric with a negative value, and an early exit would silence the alarm.
    millis: (name, valueMs, facts) => put(name, Math.max(0, valueMs), facts),
    flush,
  };
}

/** CloudWatch reads at most this many values of one metric from a line. */
const VALUE_COUNT_MAX = 100;

/** One line in the embedded metric format: the values, and the description of which fields are metrics. */
function toEmbeddedLine(
  dimensions: Readonly<Record<'service' | 'stage', string>>,
  values: ReadonlyMap<MetricName, readonly number[]>,
  facts: LogFields,
): string {
  return JSON.stringify({
    _aws: {
      Timestamp: Date.now(),
      CloudWatchMetrics: [
        {
          Namespace: METRIC_NAMESPACE,
          Dimensions: [[METRIC_DIMENSIONS.service, METRIC_DIMENSIONS.stage]],
          Metrics: [...values.keys()].map((Name) => ({ Name, Unit: METRICS[Name].unit })),
        },
      ],
    },
    ...facts,
    [METRIC_DIMENSIONS.service]: dimensions.service,
    [METRIC_DIMENSIONS.stage]: dimensions.stage,
    ...Object.fromEntries([...values].map(([name, each]) => [name, each.length === 1 ? each[0] : each])),
  });
}

function createFileMeter(file: string, service: string, commit: string): Meter {
  const log = createFileLog({ file, service, level: 'INFO', fields: { commit } });
  const write = (metric: MetricName, value: number, facts: MetricFacts = {}): void =>
    log.info('Measured', { metric, value, ...facts });
  return {
    count: (name, value = 1, facts) => write(name, value, facts),
    millis: (name, valueMs, facts) => write(name, valueMs, facts),
    flush: () => {},
  };
}
