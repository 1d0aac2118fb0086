import { ONE_MICROS } from '#lib/domain/market/money.ts';
import { USUAL_FEE_RATE_MICROS } from '#lib/domain/market/venue-rules.ts';
import { totalsOfSlices, walkBook } from '#lib/domain/market/walk-book.ts';
import { midMicros } from '#lib/venue/books/book-sides.ts';
import type { Recording } from '#lib/venue/books/parse-recording.ts';
import { recordedSidesAt } from '#lib/venue/books/recorded-window.ts';
import type { ReplayRow } from './replay-row.ts';

/** What selling a position's shares would have cost at one moment, by the book alone. */
export type ExitCost = {
  readonly sharesMicros: number;
  readonly soldMicros: number;
  /** The sold shares at the mid price, less what the bids paid. */
  readonly spreadMicros: number;
  readonly feesMicros: number;
};

/** Null where nothing was recorded by then. */
export function exitCostAt(recording: Recording, row: ReplayRow, leadMs: number): ExitCost | null {
  const sides = recordedSidesAt(recording, row.side, recording.windowEndMs - leadMs);
  if (sides === undefined) return null;
  const sharesMicros = BigInt(row.sharesMicros);
  const order = { side: 'SELL', orderType: 'FAK', sharesMicros, limitPriceMicros: 0n } as const;
  const sold = totalsOfSlices(walkBook(sides, order), USUAL_FEE_RATE_MICROS);
  return {
    sharesMicros: row.sharesMicros,
    soldMicros: Number(sold.sharesMicros),
    spreadMicros: Number((sold.sharesMicros * midMicros(sides)) / ONE_MICROS - sold.valueMicros),
    feesMicros: Number(sold.feesMicros),
  };
}
