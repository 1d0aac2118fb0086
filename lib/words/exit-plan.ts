import { activeRequest } from '#lib/domain/position/exit-request.ts';
import type { BuyingPosition, ExitingPosition, HoldingPosition } from '#lib/domain/position/position.ts';
import { cents, shares } from './money-text.ts';
import { utcTime } from './time-text.ts';

export type SellablePosition = BuyingPosition | HoldingPosition | ExitingPosition;

type Part = { readonly sharesMicros?: bigint | undefined; readonly minPriceMicros?: bigint | undefined };

/** What a request for the exit does with a position, once it is taken. */
export function exitPlanText(position: SellablePosition, nowMs: number, part: Part = {}): string {
  const isOwn = part.sharesMicros !== undefined || part.minPriceMicros !== undefined;
  switch (position.state) {
    case 'buying':
      return 'Exit requested. The venue has not answered the buy yet; what it bought is sold as soon as the answer is known.';
    case 'holding':
      return isOwn ? partText(position, nowMs, part) : WHOLE_EXIT;
    case 'exiting':
      if (isOwn) return partText(position, nowMs, part);
      if (activeRequest(position, nowMs) !== undefined) return WHOLE_EXIT;
      return `The exit has started already, and the request changes nothing. The next step is due at ${utcTime(position.wakeUp.atMs, nowMs)}.`;
  }
}

const WHOLE_EXIT =
  'Exit requested. The sell is posted now, and tried again until everything is sold or the market is about to end.';

function partText({ exitDueAtMs }: SellablePosition, nowMs: number, { sharesMicros, minPriceMicros }: Part): string {
  const what = sharesMicros === undefined ? 'Exit requested' : `Exit of ${shares(sharesMicros)} shares requested`;
  const floor = minPriceMicros === undefined ? '' : `, at ${cents(minPriceMicros)} or more`;
  const rest = sharesMicros === undefined ? 'What is not sold' : 'The rest';
  return `${what}${floor}. It is tried until ${utcTime(exitDueAtMs, nowMs)}. ${rest} is sold then, at the prices of the exit by the clock.`;
}
