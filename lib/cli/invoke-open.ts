import { InvokeCommand, LambdaServiceException } from '@aws-sdk/client-lambda';
import * as z from 'zod';
import { PositionViewSchema } from '#lib/contracts/alert.ts';
import { parseInput, parseJson } from '#lib/contracts/parse-input.ts';
import type { PositionView } from '#lib/domain/position/position-view.ts';
import { CliError, EXIT_CODES } from './cli-error.ts';
import type { Suite } from './connect-suite.ts';
import { reasonName } from './reason-name.ts';

/** Body of an open request as `open` reads it. */
export type OpenBody = {
  readonly requestId: string;
  readonly asset: string;
  readonly window: string;
  readonly side: string;
  readonly usd: string;
  readonly mode: string;
  readonly marketSlug?: string;
};

const AnswerSchema = z.discriminatedUnion('outcome', [
  z.object({ outcome: z.enum(['opened', 'already-requested']), position: PositionViewSchema }),
  z.object({ outcome: z.literal('refused'), code: z.string(), message: z.string() }),
]);
const FailureSchema = z.object({ errorType: z.string(), errorMessage: z.string() });

export type OpenReply =
  | { readonly outcome: 'opened' | 'already-requested'; readonly position: PositionView }
  | { readonly outcome: 'refused'; readonly code: string; readonly message: string };

/** Failures of the function that are the caller's to mend. */
const INPUT_ERRORS = ['InvalidInputError'];

/**
 * Calls the `open` function, as any program would.
 * @throws CliError when the function failed or did not answer: it is not known then whether a position was opened
 */
export async function invokeOpen(suite: Pick<Suite, 'aws' | 'openFunctionName'>, body: OpenBody): Promise<OpenReply> {
  const command = new InvokeCommand({ FunctionName: suite.openFunctionName, Payload: JSON.stringify(body) });
  const reply = await suite.aws.lambda.send(command).catch((error: unknown) => {
    throw unanswered(error, body.requestId);
  });
  const text = Buffer.from(reply.Payload ?? []).toString('utf8');
  const payload = parseJson(text, 'answer of the open function');
  if (reply.FunctionError === undefined) return parseInput(AnswerSchema, payload, 'answer of the open function');
  const failure = FailureSchema.safeParse(payload);
  const { errorType, errorMessage } = failure.success
    ? failure.data
    : { errorType: 'UnexpectedReplyError', errorMessage: 'The open function failed without saying why.' };
  const isInput = INPUT_ERRORS.includes(errorType);
  const advice = isInput ? '' : ` Ask again with the same request id to learn what became of it: ${body.requestId}`;
  throw new CliError(isInput ? EXIT_CODES.usage : EXIT_CODES.failure, errorType, `${errorMessage}${advice}`);
}

/** AWS refused the call before the function was run, or the call may have arrived: that is the difference between "no" and "nobody knows". */
function unanswered(cause: unknown, requestId: string): CliError {
  const reason = reasonName(cause);
  // A refusal of a second call says nothing of the first one.
  const isRefused =
    cause instanceof LambdaServiceException && cause.$fault === 'client' && cause.$metadata.attempts === 1;
  const message = isRefused
    ? `AWS did not let the open function be called (${reason}): nothing was opened.`
    : `The open function did not answer (${reason}): it is not known whether a position was opened. ` +
      `Ask again with the same request id, which never opens twice: --request-id ${requestId}`;
  return new CliError(EXIT_CODES.failure, isRefused ? reason : 'not-known', message, { cause });
}
