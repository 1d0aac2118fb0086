import type { Position } from '#lib/domain/position/position.ts';
import { describePosition, type PositionView } from '#lib/domain/position/position-view.ts';
import type { OpeningRefusal } from '#lib/domain/refusal/opening-refusal.ts';
import { TminusError } from '#lib/errors/errors.ts';

type Opened = { readonly outcome: 'opened' | 'already-requested'; readonly position: Position };
type Refused = { readonly outcome: 'refused'; readonly refusal: OpeningRefusal };

/** What a caller of `open` gets as JSON. A refusal carries its code and what to do. */
export type OpenAnswer =
  | { readonly outcome: 'opened' | 'already-requested'; readonly position: PositionView }
  | ({ readonly outcome: 'refused' } & OpeningRefusal);

export function toOpenAnswer(result: Opened | Refused): { readonly statusCode: number; readonly answer: OpenAnswer } {
  if (result.outcome === 'refused') return { statusCode: 422, answer: { outcome: 'refused', ...result.refusal } };
  const { outcome } = result;
  return {
    statusCode: outcome === 'opened' ? 201 : 200,
    answer: { outcome, position: describePosition(result.position) },
  };
}

/**
 * What a caller over HTTP learns of a failure: our own sentences, nothing of a library's. Whether anything was opened is
 * not known: the caller asks again with the same `requestId`.
 */
export function toOpenFailure(error: unknown): {
  readonly outcome: 'failed';
  readonly error: string;
  readonly message: string;
} {
  return error instanceof TminusError
    ? { outcome: 'failed', error: error.name, message: error.message }
    : { outcome: 'failed', error: 'InternalError', message: 'The request failed. Repeat it with the same requestId.' };
}
