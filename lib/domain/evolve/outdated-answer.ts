import type { Position } from '#lib/domain/position/position.ts';
import type { PositionEvent } from '#lib/domain/position/position-event.ts';

function postCountOf(position: Position, orderHash: string): number | undefined {
  return position.attempts.find((attempt) => attempt.intent.orderHash === orderHash)?.postCount;
}

/**
 * Has the order been posted again since the post that this answer belongs to? Then a refusal, or a lost answer, of the
 * earlier post says nothing of the later one. That the venue has the order is true of both.
 * @param postedOn the row on which the order was posted
 */
export function isOutdatedAnswer(event: PositionEvent, postedOn: Position, now: Position): boolean {
  switch (event.type) {
    case 'order-refused':
    case 'order-not-sent':
    case 'order-unknown':
      return postCountOf(postedOn, event.orderHash) !== postCountOf(now, event.orderHash);
    default:
      return false;
  }
}
