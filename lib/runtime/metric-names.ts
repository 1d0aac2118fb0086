/**
 * Every number the suite measures, named once: the functions write it, the alarms and the dashboard read it. All stand in one
 * namespace under two dimensions, `service` (the function) and `stage`; more would be a metric each, and each has its price.
 */
export const METRIC_NAMESPACE = 'tminus';

/** Names of the two dimensions. */
export const METRIC_DIMENSIONS = { service: 'service', stage: 'stage' } as const;

type MetricDescription = {
  readonly unit: 'Count' | 'Milliseconds';
  /** Functions that write it. */
  readonly services: readonly string[];
};

export const METRICS = {
  /** One per run that got as far as looking: its absence means that the safety net is gone. */
  SweepRan: { unit: 'Count', services: ['sweep'] },
  /** Positions still `buying`, `holding` or `exiting` a minute after their market's end: law 1 is broken. 0 on a good run. */
  PositionOverdue: { unit: 'Count', services: ['sweep'] },
  /** Positions whose wake-up was lost or late and which the sweep has woken. 0 on a good run. */
  WakeUpOverdue: { unit: 'Count', services: ['sweep'] },
  /** Overdue positions the sweep could not wake. 0 on a good run. */
  WakeUpFailed: { unit: 'Count', services: ['sweep'] },
  /** Rows that cannot be read as positions, or as the account's counters. 0 on a good run. */
  RowCorrupt: { unit: 'Count', services: ['sweep'] },
  /** Age of the oldest order whose outcome nobody knows; 0 without one. */
  UnknownOrderAge: { unit: 'Milliseconds', services: ['sweep'] },
  /** Sells posted, canaries not counted. */
  ExitAttempt: { unit: 'Count', services: ['sell'] },
  /** Sells the venue refused. The cause stands beside each in the log line (`cause`), not in a dimension. */
  ExitRefused: { unit: 'Count', services: ['sell'] },
  /** Refusals, of buys and sells, whose words we do not know: the venue has learned a new one. */
  RefusalUnrecognised: { unit: 'Count', services: ['open', 'sell'] },
  /** From a position's exit due time to the posting of its first sell. */
  OrderLateness: { unit: 'Milliseconds', services: ['sell'] },
  /** From the time a timer was set to until its message lay in the exit queue; the timer service promises a minute. */
  TimerLateness: { unit: 'Milliseconds', services: ['sell'] },
  /** From a canary's exit due time to its first sell; what is still unsold counts up to the time it was looked at. */
  CanaryLateness: { unit: 'Milliseconds', services: ['canary'] },
  /** 1 when the last canary was sold, final and announced down to the discord function; 0 when it was not. */
  CanaryEnded: { unit: 'Count', services: ['canary'] },
  /** Canaries that could not be opened: no market, the venue's public data is down, or no timer. 0 when one was. */
  CanaryBlocked: { unit: 'Count', services: ['canary'] },
  /** Notices that were told, told before, or not for people. */
  NoticeHandled: { unit: 'Count', services: ['discord'] },
  /** Notices that nobody was told of and that lie in the dead-letter queue now. */
  NoticeUndelivered: { unit: 'Count', services: ['discord'] },
  /** Daily summaries that were published. */
  SummaryPublished: { unit: 'Count', services: ['summary'] },
  /** Records of a queue or stream that failed; most come again. */
  RecordFailed: { unit: 'Count', services: ['sell', 'announce', 'discord'] },
  /** Those among them that call for a human: a bug, a wrong environment, a lost or corrupt row. */
  AlarmingFailure: { unit: 'Count', services: ['sell', 'announce', 'discord'] },
} as const satisfies Record<string, MetricDescription>;

export type MetricName = keyof typeof METRICS;
type NameWithUnit<Unit> = {
  [Name in MetricName]: (typeof METRICS)[Name]['unit'] extends Unit ? Name : never;
}[MetricName];
export type CountName = NameWithUnit<'Count'>;
export type MillisName = NameWithUnit<'Milliseconds'>;
