import type { Outcome } from '#lib/domain/market/market.ts';
import { ONE_MICROS } from '#lib/domain/market/money.ts';
import type { FillTotals } from '#lib/domain/market/order.ts';
import { averagePriceMicros } from '#lib/domain/position/position-view.ts';
import type { Recording } from '#lib/venue/books/parse-recording.ts';

/** One side of one recorded window, played once. Amounts are whole millionths, prices dollars per share. */
export type ReplayRow = {
  readonly slug: string;
  readonly side: Outcome;
  /** Average price of the fills before fees. */
  readonly entryPrice: number;
  /** Null when nothing was sold. */
  readonly exitPrice: number | null;
  readonly sharesMicros: number;
  readonly soldMicros: number;
  /** Of both orders. */
  readonly feesMicros: number;
  /** Shares that were not sold count as 1 dollar if their side won, and as 0 if it lost or the winner is unknown. */
  readonly pnlMicros: number;
  /** The same without any sale. */
  readonly holdPnlMicros: number;
  /** Sells that were refused, or found no buyer. */
  readonly refusals: number;
  /** From the moment at which the exit was due to its first order; null without one. */
  readonly firstExitLatenessMs: number | null;
};

export type PlayedRow = {
  readonly side: Outcome;
  readonly bought: FillTotals;
  readonly sold: FillTotals;
  readonly refusals: number;
  readonly firstExitLatenessMs: number | null;
};

/** Rows that bought less are left out: the venue takes no smaller order. */
export const SHARES_MICROS_MIN = 5_000_000n;

export function toReplayRow(recording: Recording, played: PlayedRow): ReplayRow {
  const { side, bought, sold, refusals, firstExitLatenessMs } = played;
  const payMicros = recording.winner === side ? ONE_MICROS : 0n;
  const spentMicros = bought.valueMicros + bought.feesMicros;
  const worthMicros = (sharesMicros: bigint): bigint => (sharesMicros * payMicros) / ONE_MICROS;
  const leftMicros = worthMicros(bought.sharesMicros - sold.sharesMicros);
  return {
    slug: slugOf(recording),
    side,
    entryPrice: priceOf(bought) ?? 0,
    exitPrice: priceOf(sold),
    sharesMicros: Number(bought.sharesMicros),
    soldMicros: Number(sold.sharesMicros),
    feesMicros: Number(bought.feesMicros + sold.feesMicros),
    pnlMicros: Number(sold.valueMicros - sold.feesMicros + leftMicros - spentMicros),
    holdPnlMicros: Number(worthMicros(bought.sharesMicros) - spentMicros),
    refusals,
    firstExitLatenessMs,
  };
}

/** A recording's file is named after its market. */
export function slugOf({ name }: Recording): string {
  return name.replace(/\.jsonl\.gz$/, '');
}

function priceOf(totals: FillTotals): number | null {
  const micros = averagePriceMicros(totals);
  return micros === null ? null : Number(micros) / Number(ONE_MICROS);
}
