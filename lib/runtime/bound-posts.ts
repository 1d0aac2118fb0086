import type { Exchange } from '#lib/ports/exchange.ts';
import { createTurns } from './bound-requests.ts';

/** Far above a Lambda's ten. An order is held for a quarter of a second before it matches, so fewer would wait for nothing. */
const ORDER_COUNT_MAX = 300;

/**
 * Lets an exchange that works in this process, as paper's does, take so many orders to their end at a time; the others have
 * arrived and wait. All of a thousand at once would each take a step when all others have taken it, and none would end before its
 * deadline.
 */
export function boundPosts(exchange: Exchange): Exchange {
  const takeTurn = createTurns(ORDER_COUNT_MAX);
  return {
    ...exchange,
    postOrder: (position, intent, deadlineAtMs) => takeTurn(() => exchange.postOrder(position, intent, deadlineAtMs)),
  };
}
