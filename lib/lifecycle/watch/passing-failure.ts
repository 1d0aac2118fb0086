import { UnexpectedReplyError, UpstreamUnavailableError } from '#lib/errors/errors.ts';

/** Failures of index, node, venue and bus pass, and the next run comes in a minute. Others are thrown. */
export function reasonOf(error: unknown): string {
  if (error instanceof UpstreamUnavailableError || error instanceof UnexpectedReplyError) return error.message;
  throw error;
}
