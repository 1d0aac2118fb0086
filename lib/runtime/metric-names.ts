/**
 * The suite's metrics: functions write them, alarms and dashboard read them. One namespace, two dimensions: `service`
 * (the function) and `stage`. Every further dimension would add billed metrics. A metric is billed for the hours in
 * which it is written, so those whose absence means nothing are written only when they are not 0.
 */
export const METRIC_NAMESPACE = 'tminus';

export const METRIC_DIMENSIONS = { service: 'service', stage: 'stage' } as const;

type MetricDescription = {
  readonly unit: 'Count' | 'Milliseconds';
  /** Functions that write it. */
  readonly services: readonly string[];
};

export const METRICS = {
  /**
   * Positions still `buying`, `holding` or `exiting` a minute after their market's end (law 1 is broken), or whose exit
   * took no step for 30 s, and rows that cannot be read. 0 on a good run. Every complete run writes it: its absence
   * means a silent sweep.
   */
  PositionOverdue: { unit: 'Count', services: ['sweep'] },
  /** Positions whose wake-up was lost or late and that the sweep woke. */
  WakeUpOverdue: { unit: 'Count', services: ['sweep'] },
  /** Overdue positions that the sweep could not wake. */
  WakeUpFailed: { unit: 'Count', services: ['sweep'] },
  /** Rows that cannot be read as positions, or as the account's counters. */
  RowCorrupt: { unit: 'Count', services: ['sweep'] },
  /** Age of the oldest order of unknown outcome. */
  UnknownOrderAge: { unit: 'Milliseconds', services: ['sweep'] },
  /** Sells posted, without canaries. */
  ExitAttempt: { unit: 'Count', services: ['sell'] },
  /** Sells the venue refused. The cause is a field of the log line (`cause`), not a dimension. */
  ExitRefused: { unit: 'Count', services: ['sell'] },
  /** Exits that were paged because they sell nothing, without canaries. Written only then. */
  ExitFailing: { unit: 'Count', services: ['sell'] },
  /** Refusals of buys and sells with an unrecognised text: the venue may have a new one. */
  RefusalUnrecognised: { unit: 'Count', services: ['open', 'sell'] },
  /** The venue refused our credentials and accepted derived ones. Written only then, and billed only then. */
  CredentialsRenewed: { unit: 'Count', services: ['open', 'sell'] },
  /** 1 when the key had less than 0.3 POL before a transaction of its own, 0 when it had more. Written only then. */
  GasLow: { unit: 'Count', services: ['settle'] },
  /** From a position's exit due time to the posting of its first sell. */
  OrderLateness: { unit: 'Milliseconds', services: ['sell'] },
  /**
   * From a canary's exit due time to its first sell. Written when the last canary was sold, final and announced to the
   * discord function: without it the chain of wake-ups is not tested.
   */
  CanaryLateness: { unit: 'Milliseconds', services: ['canary'] },
  /**
   * Differences between the venue and what is assumed of it. Written when there are any, so that it costs nothing else.
   */
  VenueDrift: { unit: 'Count', services: ['canary'] },
  /**
   * Runs that could not read the wallet, markets in it that could not be judged, and runs that found the comparison of
   * wallet and table overdue. Written when there are any.
   */
  WalletUnread: { unit: 'Count', services: ['watch'] },
  /** Notices that were not delivered and are in the dead-letter queue. */
  NoticeUndelivered: { unit: 'Count', services: ['discord'] },
  /** Failed records of a queue or stream; most are delivered again. */
  RecordFailed: { unit: 'Count', services: ['sell', 'settle', 'announce', 'discord'] },
  /** Records for which the table throttled a call to the end, or did not answer. Written only then. */
  StoreUnavailable: { unit: 'Count', services: ['sell', 'settle'] },
  /** Failed records that need a human: a bug, a wrong environment, a lost or corrupt row. */
  AlarmingFailure: { unit: 'Count', services: ['sell', 'settle', 'announce', 'discord'] },
} as const satisfies Record<string, MetricDescription>;

export type MetricName = keyof typeof METRICS;
type NameWithUnit<Unit> = {
  [Name in MetricName]: (typeof METRICS)[Name]['unit'] extends Unit ? Name : never;
}[MetricName];
export type CountName = NameWithUnit<'Count'>;
export type MillisName = NameWithUnit<'Milliseconds'>;
