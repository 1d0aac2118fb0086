import { InvokeCommand, type LambdaClient, LambdaServiceException } from '@aws-sdk/client-lambda';
import * as z from 'zod';
import { PositionViewSchema } from '#lib/contracts/alert.ts';
import type { PositionAnswer } from '#lib/contracts/open-answer.ts';
import type { OpenRequestSchema } from '#lib/contracts/open-request.ts';
import { parseInput, parseJson } from '#lib/contracts/parse-input.ts';
import { UpstreamUnavailableError } from '#lib/errors/errors.ts';
import { reasonName } from '#lib/runtime/describe-error.ts';

/** The JSON body of an open request, before it is parsed. */
export type OpenBody = z.input<typeof OpenRequestSchema>;

export type OpenReply =
  | { readonly outcome: 'opened' | 'already-requested'; readonly position: PositionAnswer }
  /** The suite decided against it: nothing was opened. */
  | { readonly outcome: 'refused'; readonly code: string; readonly message: string }
  | {
      readonly outcome: 'failed';
      /** The name of the function's or AWS's error, e.g. `InvalidInputError`; `not-known` when no answer came. */
      readonly code: string;
      readonly message: string;
      /** True unless it is certain that nothing was opened. Repeating the same request id settles it. */
      readonly mayHaveOpened: boolean;
    };

const WHAT = 'answer of the open function';
/** A stack of an earlier release names the side `outcome`. */
const PositionSchema = z
  .record(z.string(), z.unknown())
  .transform(({ side, ...view }) => ({ outcome: side, ...view }))
  .pipe(PositionViewSchema)
  .transform(({ outcome: side, ...view }): PositionAnswer => ({ ...view, side }));
const AnswerSchema = z.discriminatedUnion('outcome', [
  z.object({ outcome: z.enum(['opened', 'already-requested']), position: PositionSchema }),
  z.object({ outcome: z.literal('refused'), code: z.string(), message: z.string() }),
]);
const FunctionErrorSchema = z.object({ errorType: z.string(), errorMessage: z.string() });

/** The function throws this one before it does anything. */
const INPUT_ERROR = 'InvalidInputError';

/** Calls the `open` function. @throws InvalidInputError when its answer is not what the contract says */
export async function invokeOpen(
  deps: { readonly lambda: LambdaClient; readonly functionName: string },
  body: OpenBody,
): Promise<OpenReply> {
  const command = new InvokeCommand({ FunctionName: deps.functionName, Payload: JSON.stringify(body) });
  const reply = await deps.lambda.send(command).catch(toFailure);
  if ('outcome' in reply) return reply;
  const payload = parseJson(Buffer.from(reply.Payload ?? []).toString('utf8'), WHAT);
  if (reply.FunctionError === undefined) return parseInput(AnswerSchema, payload, WHAT);
  const failure = FunctionErrorSchema.safeParse(payload);
  const { errorType: code, errorMessage: message } = failure.success
    ? failure.data
    : { errorType: 'UnexpectedReplyError', errorMessage: 'The open function failed and did not give a reason.' };
  return { outcome: 'failed', code, message, mayHaveOpened: code !== INPUT_ERROR };
}

/** A call that AWS refused did not run the function; a call without an answer may have run it. */
function toFailure(cause: unknown): OpenReply & { readonly outcome: 'failed' } {
  const reason = reasonName(cause);
  // After a retry, the refusal says nothing about the first attempt.
  const isRefused =
    cause instanceof LambdaServiceException && cause.$fault === 'client' && cause.$metadata.attempts === 1;
  const message = isRefused
    ? `AWS refused the call of the open function (${reason}): nothing was opened.`
    : `The open function did not answer (${reason}): it is not known whether a position was opened.`;
  return { outcome: 'failed', code: isRefused ? reason : 'not-known', message, mayHaveOpened: !isRefused };
}

/**
 * The opened position of a reply. @throws UpstreamUnavailableError with the suite's own words when nothing was opened
 */
export function getOpened(reply: OpenReply): PositionAnswer {
  if ('position' in reply) return reply.position;
  throw new UpstreamUnavailableError(`A position was not opened: ${reply.message}`);
}
