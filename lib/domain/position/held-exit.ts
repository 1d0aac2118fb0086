import type { PositionRecord } from './position.ts';

/** What selling everything would have brought at the due exit, after fees, where a `holdAbove` rule kept the shares. */
export type HoldDecision = { readonly atMs: number; readonly priceMicros: bigint; readonly proceedsMicros: bigint };

/** The last look of a due exit that holds. A price of null was not known. */
export type HoldLook = { readonly atMs: number; readonly priceMicros: bigint | null };

/** The exit is due, and its rule holds the shares or has not seen their price yet. A request ends that. */
export function isHeld({ holdLook, exitRequest }: Pick<PositionRecord, 'holdLook' | 'exitRequest'>): boolean {
  return holdLook !== undefined && exitRequest === undefined;
}
