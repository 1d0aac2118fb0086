/**
 * Errors by consequence: each class says what the system does next. Thrown only where a layer cannot decide; expected
 * outcomes are returned. `context` holds ids and numbers that are safe to log; messages have neither.
 */
export type ErrorContext = Readonly<Record<string, string | number | boolean | null>>;

export abstract class TminusError extends Error {
  abstract override readonly name: string;
  readonly context: ErrorContext;

  constructor(message: string, context: ErrorContext = {}, options?: ErrorOptions) {
    super(message, options);
    this.context = context;
  }
}

/**
 * A message, body or option does not match its schema. Never retried: it goes to the dead-letter queue, or the caller
 * is told.
 */
export class InvalidInputError extends TminusError {
  override readonly name = 'InvalidInputError';
}

/** An environment value is missing or wrong. The function fails until a deployment corrects it. */
export class ConfigError extends TminusError {
  override readonly name = 'ConfigError';
}

/** No such position. Never retried; for a wake-up of the suite it means that a row was lost. */
export class PositionNotFoundError extends TminusError {
  override readonly name = 'PositionNotFoundError';
}

/** Another invocation changed the row. Load it and plan again. */
export class VersionConflictError extends TminusError {
  override readonly name = 'VersionConflictError';
}

/** The table did not answer in time: a write may have happened. Load the row before anything else. */
export class StoreUnavailableError extends TminusError {
  override readonly name = 'StoreUnavailableError';
}

/** A stored row does not match its schema. It is never used and never overwritten; a human has to repair it. */
export class CorruptRowError extends TminusError {
  override readonly name = 'CorruptRowError';
}

/** A service gave no usable answer in time. Reads and repeatable calls are retried. */
export class UpstreamUnavailableError extends TminusError {
  override readonly name = 'UpstreamUnavailableError';
}

/** A service asks for a pause. Retried after `retryAfterMs`. */
export class RateLimitedError extends TminusError {
  override readonly name = 'RateLimitedError';
  readonly retryAfterMs: number;

  constructor(message: string, retryAfterMs: number, context: ErrorContext = {}, options?: ErrorOptions) {
    super(message, { ...context, retryAfterMs }, options);
    this.retryAfterMs = retryAfterMs;
  }
}

/** A service refused the call finally. A retry cannot help; the message goes to the dead-letter queue. */
export class RejectedByUpstreamError extends TminusError {
  override readonly name = 'RejectedByUpstreamError';
}

/** A service's answer is not as documented. A read is retried; an order is treated as unknown. */
export class UnexpectedReplyError extends TminusError {
  override readonly name = 'UnexpectedReplyError';
}

/** A bug: an event that cannot follow. Nothing is written; the message goes to the dead-letter queue. */
export class InvariantError extends TminusError {
  override readonly name = 'InvariantError';
}
