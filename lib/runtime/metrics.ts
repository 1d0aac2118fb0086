import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import type { Env } from './env.ts';
import { createFileLog } from './file-log.ts';
import type { CountName, MetricName, MillisName } from './metric-names.ts';
import { METRIC_DIMENSIONS, METRIC_NAMESPACE } from './metric-names.ts';

/** What is written beside a number, for whoever searches the log; no dimension, so it costs nothing. */
export type MetricFacts = Readonly<Record<string, string>>;

/** Numbers for dashboards and alarms; their names and units stand in `metric-names`. */
export type Meter = {
  count(name: CountName, value?: number, facts?: MetricFacts): void;
  millis(name: MillisName, valueMs: number): void;
  /** Writes what was gathered. To be called at the end of every event: a frozen function would keep it. */
  flush(): void;
};

export const QUIET_METER: Meter = { count: () => {}, millis: () => {}, flush: () => {} };

/**
 * CloudWatch's embedded metric format on standard output: no call, no cost in latency. With `LOG_FILE` set, the numbers go to
 * that file as log lines, because nobody collects metrics from a machine's terminal.
 */
export function createMetrics(options: { readonly service: string; readonly env: Env }): Meter {
  const { service, env } = options;
  if (env.LOG_FILE) return createFileMeter(env.LOG_FILE, service);
  const create = (): Metrics =>
    new Metrics({
      namespace: METRIC_NAMESPACE,
      serviceName: service,
      defaultDimensions: { [METRIC_DIMENSIONS.stage]: env.STAGE || 'unknown' },
    });
  const metrics = create();
  let hasAny = false;
  const add = (name: MetricName, unit: (typeof MetricUnit)[keyof typeof MetricUnit], value: number): void => {
    hasAny = true;
    metrics.addMetric(name, unit, value);
  };
  return {
    count: (name, value = 1, facts) => {
      if (facts === undefined) {
        add(name, MetricUnit.Count, value);
        return;
      }
      // A line of its own: facts belong to one number, not to all that are flushed together.
      const single = create();
      for (const [key, fact] of Object.entries(facts)) single.addMetadata(key, fact);
      single.addMetric(name, MetricUnit.Count, value);
      single.publishStoredMetrics();
    },
    millis: (name, valueMs) => add(name, MetricUnit.Milliseconds, valueMs),
    flush: () => {
      // An empty flush would print a warning on every quiet event.
      if (hasAny) metrics.publishStoredMetrics();
      hasAny = false;
    },
  };
}

function createFileMeter(file: string, service: string): Meter {
  const log = createFileLog({ file, service, level: 'INFO', fields: {} });
  const write = (metric: MetricName, value: number, facts: MetricFacts = {}): void =>
    log.info('Measured', { metric, value, ...facts });
  return {
    count: (name, value = 1, facts) => write(name, value, facts),
    millis: (name, valueMs) => write(name, valueMs),
    flush: () => {},
  };
}
