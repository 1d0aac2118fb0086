import * as z from 'zod/mini';
import { InvalidInputError } from '#lib/errors/errors.ts';
import { type OpenRequest, OpenRequestSchema } from './open-request.ts';
import { parseInput, parseJson } from './parse-input.ts';

/** The part of a function URL's event (payload 2.0) that we read. */
const FunctionUrlEventSchema = z.object({
  requestContext: z.object({ http: z.object({ method: z.string() }) }),
  body: z.nullish(z.string()),
  isBase64Encoded: z.optional(z.boolean()),
});

export type FunctionUrlResult = {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
};

export function isFunctionUrlEvent(event: unknown): boolean {
  return FunctionUrlEventSchema.safeParse(event).success;
}

/** An open request, however it arrived: as the body of an HTTP call or as the payload of an invoke. @throws InvalidInputError */
export function decodeOpenEvent(event: unknown): OpenRequest {
  const http = FunctionUrlEventSchema.safeParse(event);
  if (!http.success) return parseInput(OpenRequestSchema, event, 'open request');
  const { requestContext, body, isBase64Encoded } = http.data;
  if (requestContext.http.method !== 'POST') throw new InvalidInputError('A position is opened with POST');
  const text = isBase64Encoded === true ? Buffer.from(body ?? '', 'base64').toString('utf8') : (body ?? '');
  return parseInput(OpenRequestSchema, parseJson(text, 'open request'), 'open request');
}

export function toFunctionUrlResult(statusCode: number, answer: object): FunctionUrlResult {
  return { statusCode, headers: { 'content-type': 'application/json' }, body: JSON.stringify(answer) };
}
