import { type FunctionUrlResult, toFunctionUrlResult } from '#lib/contracts/function-url.ts';
import { toOpenFailure } from '#lib/contracts/open-answer.ts';
import { policyOf } from '#lib/errors/error-policy.ts';
import { type ApiError, type ErrorAnswer, retryAfterHeaders, toApiError } from './api-error.ts';
import type { CallVia, LostCall } from './find-call.ts';
import type { Action } from './routes.ts';

/** The answer to a call: over HTTP with its status and headers, by invoke without them. */
export type Reply = {
  readonly statusCode: number;
  readonly answer: object;
  readonly headers?: Readonly<Record<string, string>>;
};

export function toReply(via: CallVia, { statusCode, answer, headers }: Reply): FunctionUrlResult | object {
  return via === 'http' ? toFunctionUrlResult(statusCode, answer, headers) : answer;
}

export function toLostReply({ action = 'open', statusCode, code, message, headers }: LostCall): Reply {
  return { statusCode, headers, answer: toErrorAnswer(action, { code, message, retryable: false }) };
}

/** Answers to openings keep the fields from before the error had an object of its own. */
function toErrorAnswer(action: Action, error: ApiError): ErrorAnswer {
  return action === 'open' ? toOpenFailure(error) : { error };
}

export function toFailedReply(action: Action, error: unknown, input: unknown): Reply {
  const { httpStatus } = policyOf(error);
  const answer = toErrorAnswer(action, toApiError(error, findRequestId(input)));
  return { statusCode: httpStatus, answer, headers: retryAfterHeaders(httpStatus, error) };
}

const REQUEST_ID_LENGTH_MAX = 64;

/** The caller's own, for answer and log. */
export function findRequestId(input: unknown): string | undefined {
  if (typeof input !== 'object' || input === null || !('requestId' in input)) return undefined;
  const { requestId } = input;
  return typeof requestId === 'string' && requestId.length <= REQUEST_ID_LENGTH_MAX ? requestId : undefined;
}
