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

export const WHAT = 'answer of the open function';

export type InvokeDeps = { readonly lambda: LambdaClient; readonly functionName: string };

/** A stack of an earlier release names the side `outcome`. */
export const PositionAnswerSchema = z
  .record(z.string(), z.unknown())
  .transform(({ side, ...view }) => ({ outcome: side, ...view }))
  .pipe(PositionViewSchema)
  .transform(({ outcome: side, ...view }): PositionAnswer => ({ ...view, side }));
/** What every door of `open` answers. */
export const AnswerSchema = z.discriminatedUnion('outcome', [
  z.object({ outcome: z.enum(['opened', 'already-requested']), position: PositionAnswerSchema }),
  z.object({ outcome: z.literal('refused'), code: z.string(), message: z.string() }),
]);
const FunctionErrorSchema = z.object({ errorType: z.string(), errorMessage: z.string() });

/** The function throws this one before it does anything. */
const INPUT_ERROR = 'InvalidInputError';

/** Calls the `open` function. @throws InvalidInputError when its answer is not what the contract says */
export async function invokeOpen(deps: InvokeDeps, body: OpenBody): Promise<OpenReply> {
  const called = await callOpenFunction(deps, body, DEED);
  return 'outcome' in called ? called : parseInput(AnswerSchema, called.payload, WHAT);
}

export type Failed = OpenReply & { readonly outcome: 'failed' };

/** What was not done, or may have been done, for the messages of failures. */
export type Deed = { readonly nothing: string; readonly unknown: string };

const DEED: Deed = { nothing: 'nothing was opened', unknown: 'it is not known whether a position was opened' };

/** The answer of the function, or why there is none. */
export async function callOpenFunction(
  deps: InvokeDeps,
  body: object,
  deed: Deed,
): Promise<Failed | { readonly payload: unknown }> {
  const command = new InvokeCommand({ FunctionName: deps.functionName, Payload: JSON.stringify(body) });
  const reply = await deps.lambda.send(command).catch((cause: unknown) => toFailure(cause, deed));
  if ('outcome' in reply) return reply;
  const payload = parseJson(Buffer.from(reply.Payload ?? []).toString('utf8'), WHAT);
  if (reply.FunctionError === undefined) return { payload };
  const failure = FunctionErrorSchema.safeParse(payload);
  const { errorType: code, errorMessage: message } = failure.success
    ? failure.data
    : { errorType: 'UnexpectedReplyError', errorMessage: 'The open function failed and did not give a reason.' };
  return { outcome: 'failed', code, message, mayHaveOpened: code !== INPUT_ERROR };
}

/** A call that AWS refused did not run the function; a call without an answer may have run it. */
function toFailure(cause: unknown, deed: Deed): Failed {
  const reason = reasonName(cause);
  // After a retry, the refusal says nothing about the first attempt.
  const isRefused =
    cause instanceof LambdaServiceException && cause.$fault === 'client' && cause.$metadata.attempts === 1;
  const message = isRefused
    ? `AWS refused the call of the open function (${reason}): ${deed.nothing}.`
    : `The open function did not answer (${reason}): ${deed.unknown}.`;
  return { outcome: 'failed', code: isRefused ? reason : 'not-known', message, mayHaveOpened: !isRefused };
}

/**
 * The opened position of a reply. @throws UpstreamUnavailableError with the suite's own words when nothing was opened
 */
export function getOpened(reply: OpenReply): PositionAnswer {
  if ('position' in reply) return reply.position;
  throw new UpstreamUnavailableError(`A position was not opened: ${reply.message}`);
}
