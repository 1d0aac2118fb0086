import type { AttemptResult, EndedAttempt, OrderAttempt } from './order-attempt.ts';
import type { OpenPosition, Position } from './position.ts';
import type { PositionEvent } from './position-event.ts';

function resultOf(event: PositionEvent): AttemptResult {
  if (event.type === 'order-refused') {
    return { phase: 'refused', code: event.code, cause: event.cause, text: event.text };
  }
  if (event.type === 'order-not-sent') return { phase: 'not-sent', code: event.code, text: event.text };
  return { phase: 'settled' };
}

/** The attempts that `event` ended. They move from the position's row to a record of their own. */
export function endedAttempts(before: OpenPosition, event: PositionEvent, after: Position): readonly EndedAttempt[] {
  const { positionId } = after;
  const live = new Set(after.attempts.map(({ intent }) => intent.orderHash));
  return before.attempts
    .filter(({ intent }) => !live.has(intent.orderHash))
    .map(({ intent, postCount }) => ({
      positionId,
      intent,
      postCount,
      result: resultOf(event),
      endedAtMs: event.atMs,
    }));
}

/** All attempts of a position by number. The record of an ended attempt takes precedence over the row. */
export function allAttempts(
  position: Pick<Position, 'positionId' | 'attempts'> | undefined,
  ended: readonly EndedAttempt[],
): readonly OrderAttempt[] {
  const byNumber = new Map<number, OrderAttempt>();
  if (position !== undefined) {
    const { positionId, attempts } = position;
    for (const { intent, postCount, phase } of attempts)
      byNumber.set(intent.attemptNumber, { positionId, intent, postCount, result: { phase }, endedAtMs: null });
  }
  for (const attempt of ended) byNumber.set(attempt.intent.attemptNumber, attempt);
  return [...byNumber.values()].sort((a, b) => a.intent.attemptNumber - b.intent.attemptNumber);
}
