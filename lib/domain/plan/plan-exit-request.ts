import { floorTo, formatMicros } from '#lib/domain/market/money.ts';
import { activeRequest } from '#lib/domain/position/exit-request.ts';
import { DUST_SHARES_MICROS, unhedgedSharesMicros } from '#lib/domain/position/fill-totals.ts';
import { isHeld } from '#lib/domain/position/held-exit.ts';
import {
  type BuyingPosition,
  clockExitAtMs,
  type ExitingPosition,
  type HoldingPosition,
} from '#lib/domain/position/position.ts';

export const EXIT_REFUSAL_CODES = [
  'exit-under-way',
  'not-bought-yet',
  'exit-pending',
  'attempts-used',
  'more-than-held',
  'rest-too-small',
] as const;
/**
 * - `exit-under-way`: the exit of the whole position is due, or has begun.
 * - `not-bought-yet`: a part of shares that may never arrive.
 * - `exit-pending`: an earlier request has not sold its shares yet.
 * - `attempts-used`: the other half of all attempts is kept for the exit by the clock.
 * - `more-than-held`, `rest-too-small`: the number of shares does not suit what is held.
 */
export type ExitRefusalCode = (typeof EXIT_REFUSAL_CODES)[number];

export type ExitRefusal = {
  readonly code: ExitRefusalCode;
  readonly message: string;
  /** The same request may be taken later. */
  readonly retryable: boolean;
};

/** Why a partial exit, or one with a floor, is not taken; null when it is. An exit of everything always is. */
export function findExitRefusal(
  position: BuyingPosition | HoldingPosition | ExitingPosition,
  { sharesMicros }: { readonly sharesMicros?: bigint | undefined },
  nowMs: number,
): ExitRefusal | null {
  const { state, exitDueAtMs, policy, attemptCount } = position;
  const request = activeRequest(position, nowMs);
  if (nowMs >= exitDueAtMs - policy.prepareLeadMs || (state === 'exiting' && request === undefined)) {
    return refuse('exit-under-way', 'The exit of the whole position has begun, at the prices of its own policy.');
  }
  // As many requests as orders: the row keeps the id of each.
  const usedCount = Math.max(attemptCount, position.takenRequestIds?.length ?? 0);
  if (usedCount >= Math.floor(policy.attemptCountMax / 2)) {
    return refuse('attempts-used', 'The orders kept for requests are used up. Sell all, or wait for the exit.');
  }
  if (sharesMicros === undefined) return null;
  if (state === 'buying') {
    return refuse('not-bought-yet', 'The venue has not answered the buy yet. Ask again in some seconds.', true);
  }
  if (request !== undefined) {
    return refuse(
      'exit-pending',
      'An earlier request is still being sold. Ask again when it is done, or sell all.',
      true,
    );
  }
  return findSizeRefusal(position, sharesMicros);
}

/** Why a position is not held to the end; null when it is. */
export function findHoldRefusal(position: BuyingPosition | HoldingPosition | ExitingPosition, nowMs: number) {
  const { state, exitDueAtMs, policy, exitRequest } = position;
  const isByClock = exitDueAtMs === clockExitAtMs(position) && exitRequest === undefined;
  if (state === 'exiting' || !isByClock) {
    return refuse('exit-under-way', 'Its exit was asked for, or has begun. Nothing was changed.');
  }
  // The order is being prepared by another invocation, or is past that and held.
  const isBegun = nowMs >= exitDueAtMs - policy.prepareLeadMs;
  if (!isBegun || (state === 'holding' && isHeld(position))) return null;
  return refuse('exit-under-way', 'Its exit begins this moment. Nothing was changed.');
}

/** A rest below the venue's minimum could only be sold at once, and not while it takes resting orders alone. */
function findSizeRefusal(position: HoldingPosition | ExitingPosition, sharesMicros: bigint): ExitRefusal | null {
  const heldMicros = unhedgedSharesMicros(position);
  const held = `${sharesText(heldMicros)} shares are held`;
  const restMicros = heldMicros - sharesMicros;
  if (restMicros < 0n) {
    return refuse('more-than-held', `${held}. Ask for fewer, or leave out the number to sell all.`);
  }
  const minimumMicros = position.minOrderSharesMicros;
  if (restMicros < DUST_SHARES_MICROS || restMicros >= minimumMicros) return null;
  const rest = `would leave ${sharesText(restMicros)}, below the venue's smallest order of ${sharesText(minimumMicros)}`;
  const most = heldMicros - minimumMicros;
  const advice = most < DUST_SHARES_MICROS ? 'Leave' : `Ask for ${sharesText(most)} at most, or leave`;
  return refuse('rest-too-small', `${held}, and this ${rest}. ${advice} out the number to sell all.`);
}

/** Rounded down: more could not be sold. */
function sharesText(sharesMicros: bigint): string {
  return formatMicros(floorTo(sharesMicros, DUST_SHARES_MICROS));
}

function refuse<Code extends ExitRefusalCode>(code: Code, message: string, retryable = false) {
  return { code, message, retryable };
}
