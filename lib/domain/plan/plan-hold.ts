import { saleProceedsMicros } from '#lib/domain/market/fees.ts';
import { ONE_MICROS } from '#lib/domain/market/money.ts';
import { holdsAtAnyPrice } from '#lib/domain/position/exit-policy.ts';
import { isOvertaken } from '#lib/domain/position/exit-request.ts';
import { clockExitAtMs, type ExitingPosition, type HoldingPosition } from '#lib/domain/position/position.ts';
import { lastAttemptAtMs } from './plan-wake-up.ts';
import { type Look, sellBackOf } from './sell-back.ts';

type DuePosition = HoldingPosition | ExitingPosition;

/** What a look at the book says of a due exit that a rule may hold. */
export type Held = { readonly priceMicros: bigint | null; readonly proceedsMicros: bigint | null };

/** Whether the rule may keep the shares: at the exit by the clock alone, before anything of it was sold. */
export function mayHold(position: DuePosition, postAtMs: number): boolean {
  const { policy, exitDueAtMs, exitRequest } = position;
  if (policy.rules?.holdAboveMicros === undefined || postAtMs < exitDueAtMs) return false;
  if (exitDueAtMs !== clockExitAtMs(position)) return false;
  const isAsked = exitRequest !== undefined && !isOvertaken(position, postAtMs);
  return !isAsked && (position.state === 'holding' || isOvertaken(position, postAtMs));
}

/**
 * Held at or above the rule's price, for all shares; sold (null) below it. A price that is not known is looked for once
 * more, if there is time for an order after that. One that is held at any price is not sold for want of one.
 */
export function decideHold(position: DuePosition, look: Look, sharesMicros: bigint): Held | null {
  const { policy, holdLook, feeRateMicros } = position;
  const sellBack = sellBackOf(look, sharesMicros, position);
  // Bids that are withdrawn for a moment are no price to give a winner away at.
  if (sellBack === null || !sellBack.isWhole || sellBack.isWide) {
    if (holdsAtAnyPrice(policy)) return { priceMicros: null, proceedsMicros: null };
    const isSecond = holdLook?.priceMicros === null;
    return isSecond || look.atMs >= lastAttemptAtMs(position) ? null : { priceMicros: null, proceedsMicros: null };
  }
  const { priceMicros } = sellBack;
  if (priceMicros < (policy.rules?.holdAboveMicros ?? ONE_MICROS)) return null;
  return { priceMicros, proceedsMicros: saleProceedsMicros({ sharesMicros, priceMicros, feeRateMicros }) };
}
