import { UnexpectedReplyError, UpstreamUnavailableError } from '#lib/errors/errors.ts';

/** Failures of index, node, venue and bus pass, and the next run comes in a minute. */
export function isPassing(error: unknown): error is UpstreamUnavailableError | UnexpectedReplyError {
  return error instanceof UpstreamUnavailableError || error instanceof UnexpectedReplyError;
}

/** Others are thrown. */
export function reasonOf(error: unknown): string {
  if (isPassing(error)) return error.message;
  throw error;
}

/** Others are thrown. */
export function ignoreOutage(error: unknown): undefined {
  if (isPassing(error)) return undefined;
  throw error;
}
