import * as z from 'zod';
import { type SignedDeps, signAndSend } from '#lib/adapters/aws-signed/sign-and-send.ts';
import { parseInput, parseJson } from '#lib/contracts/parse-input.ts';
import { FUNCTION_TIMEOUT_MS } from '#lib/runtime/delivery-rules.ts';
import { AnswerSchema, type OpenBody, type OpenReply, WHAT } from './invoke-open.ts';

const UrlAnswerSchema = z.union([
  AnswerSchema,
  z.object({ outcome: z.literal('failed'), code: z.string(), message: z.string() }),
]);

/**
 * Opens by the function URL, as a strategy does: `POST /open`, signed with IAM. @throws InvalidInputError when the
 * answer is not what the contract says, UpstreamUnavailableError without usable credentials
 */
export async function openByUrl(deps: SignedDeps, url: string, body: OpenBody): Promise<OpenReply> {
  const outcome = await signAndSend(deps, {
    service: 'lambda',
    url: new URL('open', url).href,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
    deadlineMs: FUNCTION_TIMEOUT_MS.open,
  });
  if (outcome.kind === 'not-sent') {
    return failure('not-sent', 'The function URL was not reached: nothing was opened.', false);
  }
  if (outcome.kind === 'lost' || outcome.text === null) {
    return failure(
      'not-known',
      'The function URL did not answer: it is not known whether a position was opened.',
      true,
    );
  }
  const { status, text } = outcome;
  // Lambda itself answers so, before the function runs.
  if (status === 403)
    return failure('forbidden', 'AWS refused the signed call of the function URL (403): nothing was opened.', false);
  if (status === 429 || status >= 500) {
    return failure(
      'not-known',
      `The function URL answered ${status}: it is not known whether a position was opened.`,
      true,
    );
  }
  const answer = parseInput(UrlAnswerSchema, parseJson(text, WHAT), WHAT);
  return answer.outcome === 'failed' ? failure(answer.code, answer.message, false) : answer;
}

function failure(code: string, message: string, mayHaveOpened: boolean): OpenReply {
  return { outcome: 'failed', code, message, mayHaveOpened };
}
