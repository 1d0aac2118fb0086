/** How long a match takes to become final. Drawn per order, or the same for all (`fixedMs`, for demonstrations). */
export type SettlementLag =
  | { readonly fixedMs: number }
  | {
      readonly minMs: number;
      readonly maxMs: number;
      /** How many orders in a hundred take longer than `maxMs`, up to `tailMaxMs`. */
      readonly tailPercent: number;
      readonly tailMaxMs: number;
    };

/**
 * Measured after April 2026: usually 2 to 4 s, in bad cases 10 to 50 s (venue §3.5); the share of those is judgement.
 */
export const DEFAULT_SETTLEMENT_LAG: SettlementLag = { minMs: 2_000, maxMs: 4_000, tailPercent: 5, tailMaxMs: 50_000 };

const UINT32_COUNT = 2 ** 32;

/** A share of 1, from 0 up, that eight hexadecimal digits of the hash stand for. */
function fractionAt(orderHash: string, start: number): number {
  return Number.parseInt(orderHash.slice(start, start + 8), 16) / UINT32_COUNT;
}

/**
 * The lag of one order, in whole milliseconds. Drawn from the hash (`0x` and at least 16 hexadecimal digits) and
 * nothing else, so that a repeated run and a repeated write agree.
 */
export function settlementLagMs(orderHash: string, lag: SettlementLag): number {
  if ('fixedMs' in lag) return lag.fixedMs;
  const isInTail = fractionAt(orderHash, 2) * 100 < lag.tailPercent;
  const [fromMs, toMs] = isInTail ? [lag.maxMs, lag.tailMaxMs] : [lag.minMs, lag.maxMs];
  return Math.floor(fromMs + fractionAt(orderHash, 10) * (toMs - fromMs));
}
