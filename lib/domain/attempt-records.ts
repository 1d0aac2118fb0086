import type { OrderAttempt } from './order-attempt.ts';
import type { OpenPosition, Position } from './position.ts';
import type { PositionEvent } from './position-event.ts';

function resultOf(event: PositionEvent): OrderAttempt['result'] {
  if (event.type === 'order-refused') {
    return { phase: 'refused', code: event.code, cause: event.cause, text: event.text };
  }
  if (event.type === 'order-not-sent') return { phase: 'not-sent', code: event.code, text: event.text };
  // It left the row because every trade of it is final, or because the venue proved to know nothing of it.
  return { phase: 'settled' };
}

/** The attempts a step touched, as they are to be stored beside the row. */
export function attemptRecords(before: OpenPosition, event: PositionEvent, after: Position): readonly OrderAttempt[] {
  const { positionId } = after;
  const records: OrderAttempt[] = [];
  for (const attempt of after.attempts) {
    if (before.attempts.includes(attempt)) continue;
    const { intent, postCount, phase } = attempt;
    const known = before.attempts.find((earlier) => earlier.intent.orderHash === intent.orderHash);
    // A look-up that brings no news leaves the record as it is: the timeline tells that it was made.
    if (known?.phase === phase && known.postCount === postCount) continue;
    records.push({ positionId, intent, postCount, result: { phase }, updatedAtMs: event.atMs });
  }
  for (const { intent, postCount } of before.attempts) {
    if (after.attempts.some((attempt) => attempt.intent.orderHash === intent.orderHash)) continue;
    records.push({ positionId, intent, postCount, result: resultOf(event), updatedAtMs: event.atMs });
  }
  return records;
}
