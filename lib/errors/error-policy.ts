import type * as errors from './errors.ts';
import { TminusError } from './errors.ts';

/** What the runtime does with an error. */
export type ErrorPolicy = {
  /**
   * `retry`: the queue delivers the record again. `dead-letter`: a retry cannot help, and the record is kept for a
   * human.
   */
  readonly queue: 'retry' | 'dead-letter';
  readonly httpStatus: 400 | 404 | 409 | 500 | 502 | 503;
  readonly logLevel: 'warn' | 'error';
  /** Counted by the metric that pages a human. */
  readonly isAlarm: boolean;
};

/**
 * Every exported class but the abstract one: a new class without a row here does not compile. `BrokenLawError` belongs
 * to the domain, which this folder does not import, so it is matched by its name.
 */
export type ErrorName = Exclude<keyof typeof errors, 'TminusError'> | 'BrokenLawError';

const BUG: ErrorPolicy = { queue: 'dead-letter', httpStatus: 500, logLevel: 'error', isAlarm: true };

export const ERROR_POLICIES = {
  InvalidInputError: { queue: 'dead-letter', httpStatus: 400, logLevel: 'warn', isAlarm: false },
  // Retried, so that no record is lost until a deployment corrects the environment.
  ConfigError: { queue: 'retry', httpStatus: 500, logLevel: 'error', isAlarm: true },
  // The suite's own wake-ups name existing rows: a missing row was lost.
  PositionNotFoundError: { queue: 'dead-letter', httpStatus: 404, logLevel: 'error', isAlarm: true },
  VersionConflictError: { queue: 'retry', httpStatus: 409, logLevel: 'warn', isAlarm: false },
  StoreUnavailableError: { queue: 'retry', httpStatus: 503, logLevel: 'error', isAlarm: false },
  CorruptRowError: { queue: 'dead-letter', httpStatus: 500, logLevel: 'error', isAlarm: true },
  UpstreamUnavailableError: { queue: 'retry', httpStatus: 503, logLevel: 'warn', isAlarm: false },
  RateLimitedError: { queue: 'retry', httpStatus: 503, logLevel: 'warn', isAlarm: false },
  RejectedByUpstreamError: { queue: 'dead-letter', httpStatus: 502, logLevel: 'error', isAlarm: true },
  UnexpectedReplyError: { queue: 'retry', httpStatus: 502, logLevel: 'error', isAlarm: true },
  InvariantError: BUG,
  BrokenLawError: BUG,
} as const satisfies Record<ErrorName, ErrorPolicy>;

/** An unforeseen error: losing the record would be worse than a retry, and a human should know. */
export const UNKNOWN_ERROR_POLICY: ErrorPolicy = { queue: 'retry', httpStatus: 500, logLevel: 'error', isAlarm: true };

function isErrorName(name: string): name is ErrorName {
  return Object.hasOwn(ERROR_POLICIES, name);
}

export function policyOf(error: unknown): ErrorPolicy {
  // A library's error may have the same name.
  const isOurs = error instanceof TminusError || (error instanceof Error && error.name === 'BrokenLawError');
  return isOurs && isErrorName(error.name) ? ERROR_POLICIES[error.name] : UNKNOWN_ERROR_POLICY;
}
