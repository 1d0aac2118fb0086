import type { BookLevel, Outcome } from '#lib/domain/market/market.ts';
import { floorTo, mulDivFloor, ONE_MICROS } from '#lib/domain/market/money.ts';
import type { FillTotals } from '#lib/domain/market/order.ts';
import { SHARES_STEP_MICROS, USUAL_FEE_RATE_MICROS } from '#lib/domain/market/venue-rules.ts';
import { totalsOfSlices, walkBook } from '#lib/domain/market/walk-book.ts';
import type { Recording } from '#lib/venue/books/parse-recording.ts';
import { recordedSidesAt } from '#lib/venue/books/recorded-window.ts';
import type { ReplayPlan } from './replay-plan.ts';
import { type ReplayRow, SHARES_MICROS_MIN, toReplayRow } from './replay-row.ts';

/** An order meets the book that stands this long after its decision: the venue's taker delay. */
const DECISION_TO_BOOK_MS = 250;

/**
 * A plan simple enough to be checked by another program: one FAK buy of dollars ÷ best ask shares, and one FAK sell of
 * what was bought, both at any price. Null when the row is left out.
 */
export function playSingleFak(recording: Recording, side: Outcome, plan: ReplayPlan): ReplayRow | null {
  const sidesAfter = (leadMs: number) =>
    recordedSidesAt(recording, side, recording.windowEndMs - leadMs + DECISION_TO_BOOK_MS);
  const asks = sidesAfter(plan.entryLeadMs)?.asks ?? [];
  const [best] = asks;
  if (best === undefined) return null;
  const wantedMicros = floorTo(mulDivFloor(plan.budgetMicros, ONE_MICROS, best.priceMicros), SHARES_STEP_MICROS);
  const bought = fill({ bids: [], asks }, 'BUY', wantedMicros);
  if (bought.sharesMicros < SHARES_MICROS_MIN) return null;
  const bids = sidesAfter(plan.exitLeadMs)?.bids ?? [];
  const sold = fill({ bids, asks: [] }, 'SELL', bought.sharesMicros);
  const refusals = sold.sharesMicros === 0n ? 1 : 0;
  return toReplayRow(recording, { side, bought, sold, refusals, firstExitLatenessMs: 0 });
}

type Sides = { readonly bids: readonly BookLevel[]; readonly asks: readonly BookLevel[] };

/** The resting type makes the buy one for shares: a FAK buy of the venue spends dollars. */
function fill(sides: Sides, side: 'BUY' | 'SELL', sharesMicros: bigint): FillTotals {
  const limitPriceMicros = side === 'BUY' ? ONE_MICROS : 0n;
  const slices = walkBook(sides, { side, orderType: 'GTC', sharesMicros, limitPriceMicros });
  return totalsOfSlices(slices, USUAL_FEE_RATE_MICROS);
}
