import type { Duration } from 'aws-cdk-lib';
import { type IMetric, MathExpression, Metric } from 'aws-cdk-lib/aws-cloudwatch';
import type { FunctionName } from '#lib/runtime/delivery-rules.ts';
import {
  type CountName,
  METRIC_DIMENSIONS,
  METRIC_NAMESPACE,
  METRICS,
  type MetricName,
} from '#lib/runtime/metric-names.ts';

/** `Maximum`, `Sum`, `p99` …, as CloudWatch spells them. */
export type MetricReading = { readonly statistic: 'Sum' | 'Maximum' | 'p50' | 'p99'; readonly period: Duration };

/** The suite's own numbers, read where the functions write them: the same names and dimensions, or an alarm would watch nothing. */
export type SuiteMetrics = {
  /** @throws Error for a function that does not write the metric */
  of(name: MetricName, service: FunctionName, reading: MetricReading): Metric;
  /** A count over every function that writes it, to look at. Not for an alarm: what has not arrived yet counts as nothing. */
  sum(name: CountName, period: Duration): IMetric;
};

export function createSuiteMetrics(stage: string): SuiteMetrics {
  const read = (name: MetricName, service: string, { statistic, period }: MetricReading): Metric =>
    new Metric({
      namespace: METRIC_NAMESPACE,
      metricName: name,
      dimensionsMap: { [METRIC_DIMENSIONS.service]: service, [METRIC_DIMENSIONS.stage]: stage },
      statistic,
      period,
    });
  return {
    of: (name, service, reading) => {
      const services: readonly string[] = METRICS[name].services;
      if (services.includes(service)) return read(name, service, reading);
      throw new Error(`${service} does not write ${name}: an alarm on it would be silent for ever`);
    },
    sum: (name, period) => {
      const services: readonly string[] = METRICS[name].services;
      return new MathExpression({
        label: name,
        // A function that has nothing to count writes nothing.
        expression: services.map((service) => `FILL(${service}, 0)`).join(' + '),
        usingMetrics: Object.fromEntries(
          services.map((service) => [service, read(name, service, { statistic: 'Sum', period })]),
        ),
        period,
      });
    },
  };
}
