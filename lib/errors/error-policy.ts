import type * as errors from './errors.ts';
import { TminusError } from './errors.ts';

/** What the runtime does with an error that reached it. */
export type ErrorPolicy = {
  /** `retry`: the queue delivers the record again. `dead-letter`: again would not help; the evidence is kept for a human. */
  readonly queue: 'retry' | 'dead-letter';
  readonly httpStatus: 400 | 404 | 409 | 500 | 502 | 503;
  readonly logLevel: 'warn' | 'error';
  /** Counted by the metric that calls a human. */
  readonly isAlarm: boolean;
};

/**
 * Every exported class but the abstract one: a new class without a row here does not compile. `BrokenLawError` is the
 * domain's own, which knows nothing of this folder, nor this folder of it: it goes by its name.
 */
export type ErrorName = Exclude<keyof typeof errors, 'TminusError'> | 'BrokenLawError';

const BUG: ErrorPolicy = { queue: 'dead-letter', httpStatus: 500, logLevel: 'error', isAlarm: true };

/** The one place where an error becomes a consequence. */
export const ERROR_POLICIES = {
  InvalidInputError: { queue: 'dead-letter', httpStatus: 400, logLevel: 'warn', isAlarm: false },
  // Retried, so that nothing is lost until a deployment mends the environment.
  ConfigError: { queue: 'retry', httpStatus: 500, logLevel: 'error', isAlarm: true },
  // A wake-up of ours names rows of ours: a missing one was lost.
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

/** Nobody foresaw it: losing the record would be worse than trying it again, and a human should know. */
export const UNKNOWN_ERROR_POLICY: ErrorPolicy = { queue: 'retry', httpStatus: 500, logLevel: 'error', isAlarm: true };

function isErrorName(name: string): name is ErrorName {
  return Object.hasOwn(ERROR_POLICIES, name);
}

export function policyOf(error: unknown): ErrorPolicy {
  // A library's error may be called `ConfigError` too; only ours mean what the table says.
  const isOurs = error instanceof TminusError || (error instanceof Error && error.name === 'BrokenLawError');
  return isOurs && isErrorName(error.name) ? ERROR_POLICIES[error.name] : UNKNOWN_ERROR_POLICY;
}
