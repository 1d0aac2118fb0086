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

export type MetricReading = {
  readonly statistic: 'Sum' | 'Maximum' | 'SampleCount' | 'p50' | 'p99';
  readonly period: Duration;
};

export type SuiteMetrics = {
  /** @throws Error for a function that does not write the metric */
  of(name: MetricName, service: FunctionName, reading: MetricReading): Metric;
  /** Over every function that writes it. Not for alarms, because data that arrives late counts as zero. */
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
      throw new Error(`${service} does not write ${name}: an alarm on it would never be raised`);
    },
    sum: (name, period) => {
      const services: readonly string[] = METRICS[name].services;
      return new MathExpression({
        label: name,
        expression: services.map((service) => `FILL(${service}, 0)`).join(' + '),
        usingMetrics: Object.fromEntries(
          services.map((service) => [service, read(name, service, { statistic: 'Sum', period })]),
        ),
        period,
      });
    },
  };
}
