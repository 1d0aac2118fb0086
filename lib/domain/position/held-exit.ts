import { holdsAtAnyPrice } from './exit-policy.ts';
import { clockExitAtMs, type PositionRecord } from './position.ts';

/** What selling everything would have brought at the due exit, after fees, where a `holdAbove` rule kept the shares. */
export type HoldDecision = { readonly atMs: number; readonly priceMicros: bigint; readonly proceedsMicros: bigint };

/** The last look of a due exit that holds. A price of null was not known. */
export type HoldLook = { readonly atMs: number; readonly priceMicros: bigint | null };

/** The exit is due, and its rule holds the shares or has not seen their price yet. A request ends that. */
export function isHeld({ holdLook, exitRequest }: Pick<PositionRecord, 'holdLook' | 'exitRequest'>): boolean {
  return holdLook !== undefined && exitRequest === undefined;
}

/** The record says why nothing was sold: a price that was seen, or a request for the result at any price. */
export function isHeldForReason(record: PositionRecord): boolean {
  if (record.exitRequest !== undefined) return false;
  if (isHeld(record) && record.holdDecision !== undefined) return true;
  return holdsAtAnyPrice(record.policy) && record.exitDueAtMs === clockExitAtMs(record);
}
