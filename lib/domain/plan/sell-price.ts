import type { OrderBook } from '#lib/domain/market/market.ts';
import { floorTo, maxMicros, minMicros, ONE_MICROS } from '#lib/domain/market/money.ts';
import { toWholeCents } from '#lib/domain/market/order-amounts.ts';
import type { ExitPolicy, PriceRung } from '#lib/domain/position/exit-policy.ts';

export type SellPriceInput = {
  readonly policy: ExitPolicy;
  /** The book of the token just read, or null when it could not be had. */
  readonly book: Pick<OrderBook, 'bids' | 'tickMicros'> | null;
  /** Tick when the position was opened; the book's own, when there is one, is newer. */
  readonly tickMicros: bigint;
  /** Average price paid; the yardstick while no bid is in sight. */
  readonly entryPriceMicros: bigint;
  /** Time left to the market's end when the order is posted. */
  readonly leadMs: number;
  /** Tries in a row that found no buyer. */
  readonly noBuyerCount: number;
};

/** Two fruitless tries take one rung early; the last rung, "any price", is taken by the clock alone. */
const TRIES_PER_RUNG = 2;

function rungAt(policy: ExitPolicy, leadMs: number, noBuyerCount: number): PriceRung | undefined {
  const { priceLadder } = policy;
  const byClock = priceLadder.findLastIndex((rung) => leadMs <= rung.fromLeadMs);
  const byTries = Math.min(byClock + Math.floor(noBuyerCount / TRIES_PER_RUNG), priceLadder.length - 2);
  return priceLadder[Math.max(byClock, byTries)];
}

/**
 * Today's floor: the worst price at which the exit sells now. It follows the best bid at a distance that grows as time
 * runs out; without a bid it is a falling share of the entry price, so that one stray bid in an empty book does not
 * take everything while there is still time. A multiple of the tick, and of a cent where that is not below the user's
 * own minimum; from one tick to one dollar less a tick.
 */
export function minSellPriceMicros(input: SellPriceInput): bigint {
  const tick = input.book?.tickMicros ?? input.tickMicros;
  const rung = rungAt(input.policy, input.leadMs, input.noBuyerCount);
  const lowest = ceilTo(maxMicros(tick, input.policy.minPriceMicros), tick);
  if (rung === undefined || rung.slackTicks === 'any') return lowest;
  const bestBid = input.book?.bids[0]?.priceMicros;
  const wanted =
    bestBid === undefined
      ? (input.entryPriceMicros * BigInt(rung.blindPercent)) / 100n
      : bestBid - BigInt(rung.slackTicks) * tick;
  const onTick = minMicros(floorTo(maxMicros(wanted, 0n), tick), ONE_MICROS - tick);
  return maxMicros(lowest, toWholeCents('SELL', onTick));
}

/**
 * The price at which a sell rests while the venue takes no other: a tick above the best bid, which joins or beats every
 * other seller and does not cross; without a bid the best ask, without a book today's floor. Never below that floor.
 */
export function restingPriceMicros(
  book: Pick<OrderBook, 'bids' | 'asks' | 'tickMicros'> | null,
  tickMicros: bigint,
  floorMicros: bigint,
): bigint {
  const tick = book?.tickMicros ?? tickMicros;
  const bestBid = book?.bids[0]?.priceMicros;
  const bestMicros = bestBid === undefined ? (book?.asks[0]?.priceMicros ?? floorMicros) : bestBid + tick;
  return minMicros(maxMicros(bestMicros, floorMicros), ONE_MICROS - tick);
}

function ceilTo(value: bigint, step: bigint): bigint {
  return floorTo(value + step - 1n, step);
}
