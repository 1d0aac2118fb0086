import type * as z from 'zod/mini';
import { getJson, statusOf } from '#lib/adapters/http/request-json.ts';
import { NotFoundSchema, parseReply } from '#lib/adapters/polymarket/parse-reply.ts';
import { UnexpectedReplyError, UpstreamUnavailableError } from '#lib/errors/errors.ts';
import type { Clock } from '#lib/ports/clock.ts';

type ReadDeps = { readonly clock: Pick<Clock, 'nowMs'> };

/** A failed read is repeated once if this much time is left. */
const SECOND_TRY_MS_MIN = 200;

type Read = {
  readonly url: string;
  readonly what: string;
  readonly deadlineAtMs: number;
};

/**
 * Reads public data, and repeats once after a failure if time is left. Undefined when the venue says that there is no
 * such object.
 */
export async function readPublic<Schema extends z.ZodMiniType>(
  deps: ReadDeps,
  schema: Schema,
  read: Read,
): Promise<z.output<Schema> | undefined> {
  try {
    return await findOnce(deps, schema, read);
  } catch (error) {
    const isRetryable = error instanceof UpstreamUnavailableError || error instanceof UnexpectedReplyError;
    const isInTime = deps.clock.nowMs() + SECOND_TRY_MS_MIN <= read.deadlineAtMs;
    if (!isRetryable || !isInTime || statusOf(error) === 429) throw error;
  }
  return findOnce(deps, schema, read);
}

async function findOnce<Schema extends z.ZodMiniType>(
  deps: ReadDeps,
  schema: Schema,
  read: Read,
): Promise<z.output<Schema> | undefined> {
  const { status, body } = await getJson(deps, read);
  if (status === 404) {
    parseReply(NotFoundSchema, body, read.what);
    return undefined;
  }
  if (status >= 400) throw new UnexpectedReplyError(`The venue refused to return ${read.what}`, { status });
  return parseReply(schema, body, read.what);
}
