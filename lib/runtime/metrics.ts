import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import type { Env } from './env.ts';

/** Numbers for dashboards and alarms. Names are nouns, `ExitAttemptRefused`. */
export type Meter = {
  count(name: string, value?: number): void;
  millis(name: string, valueMs: number): void;
  /** Writes what was gathered. To be called at the end of every event: a frozen function would keep it. */
  flush(): void;
};

export const QUIET_METER: Meter = { count: () => {}, millis: () => {}, flush: () => {} };

/**
 * CloudWatch's embedded metric format on standard output: no call, no cost in latency. Quiet where `LOG_FILE` is set, because
 * nobody collects metrics from a machine's terminal.
 */
export function createMetrics(options: {
  readonly namespace: string;
  readonly service: string;
  readonly dimensions?: Readonly<Record<string, string>>;
  readonly env?: Env;
}): Meter {
  if (options.env?.LOG_FILE) return QUIET_METER;
  const metrics = new Metrics({
    namespace: options.namespace,
    serviceName: options.service,
    ...(options.dimensions !== undefined && { defaultDimensions: { ...options.dimensions } }),
  });
  let hasAny = false;
  return {
    count: (name, value = 1) => {
      hasAny = true;
      metrics.addMetric(name, MetricUnit.Count, value);
    },
    millis: (name, valueMs) => {
      hasAny = true;
      metrics.addMetric(name, MetricUnit.Milliseconds, valueMs);
    },
    flush: () => {
      // An empty flush would print a warning on every quiet event.
      if (hasAny) metrics.publishStoredMetrics();
      hasAny = false;
    },
  };
}
