import type { Position } from '#lib/domain/position/position.ts';
import { describePosition, type PositionView } from '#lib/domain/position/position-view.ts';
import type { OpeningRefusal } from '#lib/domain/refusal/opening-refusal.ts';
import { TminusError } from '#lib/errors/errors.ts';

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
  | ({ readonly outcome: 'refused' } & OpeningRefusal);

export type OpenFailure = { readonly outcome: 'failed'; readonly code: string; readonly message: string };

type Opened = { readonly outcome: 'opened' | 'already-requested'; readonly position: Position };
type Refused = { readonly outcome: 'refused'; readonly refusal: OpeningRefusal };

export function toOpenAnswer(result: Opened | Refused): { readonly statusCode: number; readonly answer: OpenAnswer } {
  if (result.outcome === 'refused') return { statusCode: 422, answer: { outcome: 'refused', ...result.refusal } };
  const { outcome, position } = result;
  return {
    statusCode: outcome === 'opened' ? 201 : 200,
    answer: { outcome, position: toPositionAnswer(position) },
  };
}

/** A failure as HTTP callers see it: texts of this suite only, never a library's. */
export function toOpenFailure(error: unknown): OpenFailure {
  return error instanceof TminusError
    ? { outcome: 'failed', code: error.name, message: error.message }
    : { outcome: 'failed', code: 'InternalError', message: 'The request failed. Repeat it with the same requestId.' };
}
