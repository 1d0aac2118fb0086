import { QUEUE_DELIVERY } from '#lib/runtime/delivery-rules.ts';
import { addUsage, scaleUsage, type Usage } from './bill.ts';

/** 365 days of 24 hours, a twelfth of them. */
export const MONTH_HOURS = 730;
const MONTH_MINUTES = MONTH_HOURS * 60;
const MONTH_DAYS = MONTH_HOURS / 24;
const SECONDS = 3_600;

/** With a maximum of concurrency Lambda keeps five pollers on a queue, however quiet it is (DECISIONS). */
const POLLER_COUNT = 5;
/** An empty queue is asked again when the long poll ends. */
const LONG_POLL_SECONDS = 20;

/** Queues with a function behind them. Dead-letter queues are not polled. */
const POLLED_QUEUE_COUNT = Object.keys(QUEUE_DELIVERY).length;

/** What was counted, each for one run or one life. */
export type IdleCounts = {
  readonly sweepRun: Usage;
  /** The canary's own run and the life of its position. */
  readonly canaryLife: Usage;
  readonly summaryRun: Usage;
  /** Of the suite's own metrics those that a suite without positions writes. */
  readonly metricCount: number;
};

/** What stands in the templates of a stage. */
export type FixedParts = {
  readonly alarmMetrics: number;
  readonly dashboards: number;
  readonly secrets: number;
  readonly signingKeys: number;
  readonly canaryPeriodMinutes: number;
  readonly logRetentionDays: number;
};

/** A month in which nobody opens a position. */
export function usageOfIdleMonth(counts: IdleCounts, parts: FixedParts): Usage {
  const running = addUsage(
    scaleUsage(counts.sweepRun, MONTH_MINUTES),
    scaleUsage(counts.canaryLife, MONTH_MINUTES / parts.canaryPeriodMinutes),
    scaleUsage(counts.summaryRun, MONTH_DAYS),
  );
  const receivesPerPoller = (MONTH_HOURS * SECONDS) / LONG_POLL_SECONDS;
  return addUsage(running, {
    queueRequests: POLLED_QUEUE_COUNT * POLLER_COUNT * receivesPerPoller,
    logGbMonths: logGbKept(running, parts.logRetentionDays),
    customMetrics: counts.metricCount,
    alarmMetrics: parts.alarmMetrics,
    dashboards: parts.dashboards,
    secrets: parts.secrets,
    signingKeys: parts.signingKeys,
  });
}

/** What lies in the logs all the time when as much comes in every month and is forgotten after so many days; as it was written. */
export function logGbKept({ logBytes = 0 }: Usage, retentionDays: number): number {
  return (logBytes / 1e9) * (retentionDays / MONTH_DAYS);
}
