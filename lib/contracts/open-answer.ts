import type { Position } from '#lib/domain/position/position.ts';
import { describePosition, type PositionView } from '#lib/domain/position/position-view.ts';
import type { OpeningRefusal } from '#lib/domain/refusal/opening-refusal.ts';
import type { ApiError, ErrorAnswer } from './api/api-error.ts';

/**
 * A position in JSON for callers and `--json`. It has `side`, as the request does; `outcome` names the answer itself.
 */
export type PositionAnswer = Omit<PositionView, 'outcome'> & { readonly side: string };

export function toPositionAnswer(position: Position): PositionAnswer {
  const { outcome: side, ...view } = describePosition(position);
  return { ...view, side };
}

/** What a caller of `open` gets as JSON. `code` names a refusal or an error; `message` says what to do. */
export type OpenAnswer =
  | { readonly outcome: 'opened' | 'already-requested'; readonly position: PositionAnswer }
  | ({ readonly outcome: 'refused' } & OpeningRefusal & ErrorAnswer);

/** `code` and `message` are the error's, for callers from before it had an object of its own. */
export type OpenFailure = {
  readonly outcome: 'failed';
  readonly code: string;
  readonly message: string;
} & ErrorAnswer;

type Opened = { readonly outcome: 'opened' | 'already-requested'; readonly position: Position };
type Refused = { readonly outcome: 'refused'; readonly refusal: OpeningRefusal };

export function toOpenAnswer(
  result: Opened | Refused,
  requestId: string,
): { readonly statusCode: number; readonly answer: OpenAnswer } {
  if (result.outcome === 'refused') {
    const { refusal } = result;
    const { code, message, retryAtMs } = refusal;
    const error = { code, message, retryable: retryAtMs !== undefined, requestId };
    return { statusCode: 422, answer: { outcome: 'refused', ...refusal, error } };
  }
  const { outcome, position } = result;
  return {
    statusCode: outcome === 'opened' ? 201 : 200,
    answer: { outcome, position: toPositionAnswer(position) },
  };
}

export function toOpenFailure(error: ApiError): OpenFailure {
  const { code, message } = error;
  return { outcome: 'failed', code, message, error };
}
