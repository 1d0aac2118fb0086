import type { PastPrice } from '#lib/adapters/polymarket/history/find-past-price.ts';
import { takerFeeMicros } from '#lib/domain/market/fees.ts';
import { floorTo, mulDivFloor, mulDivRound, ONE_MICROS } from '#lib/domain/market/money.ts';
import { SHARES_STEP_MICROS, USUAL_FEE_RATE_MICROS } from '#lib/domain/market/venue-rules.ts';
import { type boughtTotals, soldTotals } from '#lib/domain/position/fill-totals.ts';
import type { Recording } from '#lib/venue/books/parse-recording.ts';
import { playGuarded } from '../play-product.ts';
import { type JudgedPosition, sideOf } from './judge-history.ts';

/** What the suite would have sold the guarded shares for. */
export type PricedExit = {
  readonly soldMicros: bigint;
  /** Before the fee. */
  readonly valueMicros: bigint;
  readonly feesMicros: bigint;
  /**
   * `recorded-book`: the suite's own use cases, played against the recorded book. `price-history`: all shares at the
   * last price seen before the exit, without the spread and whatever the book held.
   */
  readonly source: 'recorded-book' | 'price-history';
};

export type ExitReading = { readonly exit: PricedExit } | { readonly unknown: string };

/** Judgement: a price that is seen so much earlier or later is another one. In a five-minute window 60 s. */
const TOLERANCE = { msMin: 60_000, shareOfWindow: 0.05 } as const;

/** Of a recorded window. */
export async function exitInRecording(
  recording: Recording,
  position: JudgedPosition,
  exitLeadMs: number,
): Promise<ExitReading> {
  const sharesMicros = floorTo(position.guardedMicros, SHARES_STEP_MICROS);
  const played = await playGuarded(recording, sideOf(position), { sharesMicros, exitLeadMs });
  if (played === null) return { unknown: 'the recording begins after the exit' };
  return { exit: { ...toExit(soldTotals(played)), source: 'recorded-book' } };
}

function toExit({ sharesMicros, valueMicros, feesMicros }: ReturnType<typeof boughtTotals>) {
  return { soldMicros: sharesMicros, valueMicros, feesMicros };
}

export function exitAtPrice(price: PastPrice | null, position: JudgedPosition): ExitReading {
  const { exitAtMs, market, guardedMicros } = position;
  if (price === null || exitAtMs === null || market === null) return { unknown: 'no price of that time is known' };
  const windowMs = market.endsAtMs - market.startsAtMs;
  const toleranceMs = Math.max(TOLERANCE.msMin, windowMs * TOLERANCE.shareOfWindow);
  const lastAtMs = price.observedAtMs + price.resolutionMs;
  if (price.observedAtMs < exitAtMs - toleranceMs || lastAtMs > exitAtMs + toleranceMs) {
    return { unknown: 'the price history has no price close enough to the exit' };
  }
  const sharesMicros = floorTo(guardedMicros, SHARES_STEP_MICROS);
  const { priceMicros } = price;
  const valueMicros = mulDivRound(sharesMicros, priceMicros, ONE_MICROS);
  const feesMicros = takerFeeMicros({ sharesMicros, priceMicros, feeRateMicros: USUAL_FEE_RATE_MICROS });
  return { exit: { soldMicros: sharesMicros, valueMicros, feesMicros, source: 'price-history' } };
}

/** What the exit brings in all: what stays unsold has the result's worth. Null where that is not known. */
export function proceedsOf(position: JudgedPosition, exit: PricedExit): bigint | null {
  const restMicros = position.guardedMicros - exit.soldMicros;
  const rest =
    restMicros === 0n ? 0n : position.payoutMicros && mulDivFloor(restMicros, position.payoutMicros, ONE_MICROS);
  return rest === null ? null : exit.valueMicros - exit.feesMicros + rest;
}
