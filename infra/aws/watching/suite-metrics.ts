import type { Duration } from 'aws-cdk-lib';
import { Metric } from 'aws-cdk-lib/aws-cloudwatch';
import { METRIC_DIMENSIONS, METRIC_NAMESPACE, METRICS, type MetricName } from '#lib/runtime/metric-names.ts';
import type { FunctionName } from '../delivery-limits.ts';

/** `Maximum`, `Sum`, `p99` …, as CloudWatch spells them. */
export type MetricReading = { readonly statistic: 'Sum' | 'Maximum' | 'p50' | 'p99'; readonly period: Duration };

/** Where the functions that write a metric write it: the same names and dimensions, or an alarm would watch nothing. */
export type SuiteMetrics = (name: MetricName, service: FunctionName, reading: MetricReading) => Metric;

/** The suite's own metrics for one stage. @throws Error for a function that does not write the metric */
export function createSuiteMetrics(stage: string): SuiteMetrics {
  return (name, service, { statistic, period }) => {
    const services: readonly string[] = METRICS[name].services;
    if (!services.includes(service))
      throw new Error(`${service} does not write ${name}: an alarm on it would be silent for ever`);
    return new Metric({
      namespace: METRIC_NAMESPACE,
      metricName: name,
      dimensionsMap: { [METRIC_DIMENSIONS.service]: service, [METRIC_DIMENSIONS.stage]: stage },
      statistic,
      period,
      label: name,
    });
  };
}
