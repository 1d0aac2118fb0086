import type { OrderIntent } from '#lib/domain/position/order-attempt.ts';
import type { PositionTerms } from '#lib/domain/position/position.ts';
import { InvariantError } from '#lib/errors/errors.ts';

/**
 * Law 6, before every sell: the order that is about to be written down, or posted again, sells the token that the stored row
 * bought, of its outcome and its market.
 * @throws InvariantError naming what differs; nothing is written or posted
 */
export function assertOwnOrder(stored: PositionTerms, intent: OrderIntent): void {
  const differing = [
    ...(intent.side === 'SELL' ? [] : ['side']),
    ...(intent.tokenId === stored.tokenId ? [] : ['token']),
    ...(intent.tokenId === stored.otherTokenId ? ['outcome'] : []),
    ...(intent.negRisk === stored.negRisk ? [] : ['market']),
  ];
  if (differing.length === 0) return;
  throw new InvariantError('A sell names another thing than the stored position bought', {
    positionId: stored.positionId,
    differing: differing.join(', '),
  });
}
