import { policyOf } from '#lib/errors/error-policy.ts';
import { RateLimitedError, TminusError } from '#lib/errors/errors.ts';

/**
 * Why a call failed or was refused, in every answer that is not a success. `code` is for programs, `message` says what
 * is wrong and what to do.
 */
export type ApiError = {
  readonly code: string;
  readonly message: string;
  /** True where the same call may succeed when it is repeated with the same `requestId`. */
  readonly retryable: boolean;
  /** The request's own, where it had one that could be read. */
  readonly requestId?: string;
};

export type ErrorAnswer = { readonly error: ApiError };

/** A failure as callers see it: texts of this suite only, never a library's. */
export function toApiError(error: unknown, requestId?: string): ApiError {
  const known =
    error instanceof TminusError
      ? { code: error.name, message: error.message, retryable: policyOf(error).queue === 'retry' }
      : { code: 'InternalError', message: INTERNAL_ERROR, retryable: true };
  return { ...known, ...(requestId !== undefined && { requestId }) };
}

const INTERNAL_ERROR = 'The request failed. Repeat it with the same requestId.';

/** Longer than a short failure of the table, short enough for an exit that is due. */
const RETRY_AFTER_SECONDS = 2;

/** HTTP's header for an answer that asks to wait; none for any other. */
export function retryAfterHeaders(status: number, error: unknown): Readonly<Record<string, string>> {
  if (status !== 503) return {};
  const seconds = error instanceof RateLimitedError ? Math.ceil(error.retryAfterMs / 1_000) : RETRY_AFTER_SECONDS;
  return { 'retry-after': String(Math.max(seconds, 1)) };
}
