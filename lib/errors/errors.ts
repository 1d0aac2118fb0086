/**
 * Errors by consequence: each class says what the system does next. Thrown only where a layer cannot decide; expected
 * outcomes are returned. `context` holds ids and numbers that are safe to log; messages hold neither.
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

/** A message, body or option breaks its schema. Never retried; the evidence goes to the dead-letter queue or the caller. */
export class InvalidInputError extends TminusError {
  override readonly name = 'InvalidInputError';
}

/** An environment value is missing or wrong. The function stays down until a deployment mends it. */
export class ConfigError extends TminusError {
  override readonly name = 'ConfigError';
}

/** No such position. Never retried; from our own timer it means that a row was lost. */
export class PositionNotFoundError extends TminusError {
  override readonly name = 'PositionNotFoundError';
}

/** Somebody else moved the row. Load it and plan again. */
export class VersionConflictError extends TminusError {
  override readonly name = 'VersionConflictError';
}

/** The table did not answer, or not in time: a write may or may not have happened. Load the row before anything else. */
export class StoreUnavailableError extends TminusError {
  override readonly name = 'StoreUnavailableError';
}

/** A stored row is not what its schema says. Never acted upon, never overwritten; a human has to look. */
export class CorruptRowError extends TminusError {
  override readonly name = 'CorruptRowError';
}

/** A service was not reached or gave no usable answer in time. Reads and repeatable calls are tried again. */
export class UpstreamUnavailableError extends TminusError {
  override readonly name = 'UpstreamUnavailableError';
}

/** A service told us to wait. Tried again after `retryAfterMs`. */
export class RateLimitedError extends TminusError {
  override readonly name = 'RateLimitedError';
  readonly retryAfterMs: number;

  constructor(message: string, retryAfterMs: number, context: ErrorContext = {}, options?: ErrorOptions) {
    super(message, { ...context, retryAfterMs }, options);
    this.retryAfterMs = retryAfterMs;
  }
}

/** A service refused the call for good. Repeating it cannot help; the message goes to the dead-letter queue. */
export class RejectedByUpstreamError extends TminusError {
  override readonly name = 'RejectedByUpstreamError';
}

/** A service answered something it does not document. A read is tried again; an order is treated as unknown. */
export class UnexpectedReplyError extends TminusError {
  override readonly name = 'UnexpectedReplyError';
}

/** A bug: something happened that cannot follow. Nothing is written; the message ends in the dead-letter queue. */
export class InvariantError extends TminusError {
  override readonly name = 'InvariantError';
}
