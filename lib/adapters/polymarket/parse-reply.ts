import * as z from 'zod/mini';
import { IN_ENGLISH } from '#lib/contracts/parse-input.ts';
import { UnexpectedReplyError } from '#lib/errors/errors.ts';

/** @throws UnexpectedReplyError that names the fields that are not as documented, without their values */
export function parseReply<Schema extends z.ZodMiniType>(
  schema: Schema,
  body: unknown,
  what: string,
): z.output<Schema> {
  const result = schema.safeParse(body, IN_ENGLISH);
  if (result.success) return result.data;
  const faults = result.error.issues
    .slice(0, 5)
    .map((issue) => `${issue.path.join('.') || 'answer'}: ${issue.message}`);
  throw new UnexpectedReplyError(`The answer for ${what} is not as documented`, {
    faults: faults.join('; ').slice(0, 500),
  });
}

/** The venue's own 404. A 404 without it comes from a proxy or a wrong host and proves nothing about a market. */
export const NotFoundSchema = z.looseObject({ error: z.string().check(z.minLength(1)) });
