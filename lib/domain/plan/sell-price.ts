import type { OrderBook } from '#lib/domain/market/market.ts';
import { ceilTo, floorTo, maxMicros, minMicros, ONE_MICROS } from '#lib/domain/market/money.ts';
import { toWholeCents } from '#lib/domain/market/order-amounts.ts';
import type { ExitPolicy, PriceRung } from '#lib/domain/position/exit-policy.ts';

export type SellPriceInput = {
  readonly policy: ExitPolicy;
  /** The book just read. Null if the read failed. */
  readonly book: Pick<OrderBook, 'bids' | 'tickMicros'> | null;
  /** The tick at the opening. The book's own tick takes precedence. */
  readonly tickMicros: bigint;
  /** Average price paid, or what stands for it where that is unknown. Used without a bid. */
  readonly entryPriceMicros: bigint;
  /** Time from the post to the market's end. */
  readonly leadMs: number;
  readonly noBuyerCount: number;
  /** A stop fired: the market falls while the order is on its way, so that the first rung is left out. */
  readonly isStopped?: boolean;
};

/** This many attempts without a buyer move one rung ahead. The last rung, any price, is reached by time only. */
const ATTEMPTS_PER_RUNG = 2;

function rungAt({ policy, leadMs, noBuyerCount, isStopped }: SellPriceInput): PriceRung | undefined {
  const { priceLadder } = policy;
  const byClock = priceLadder.findLastIndex((rung) => leadMs <= rung.fromLeadMs);
  const aheadCount = Math.floor(noBuyerCount / ATTEMPTS_PER_RUNG) + (isStopped ? 1 : 0);
  const byAttempts = Math.min(byClock + aheadCount, priceLadder.length - 2);
  return priceLadder[Math.max(byClock, byAttempts)];
}

/**
 * The best bid less a slack that grows as time runs out. Without a bid, a falling share of the entry price: a single
 * low bid in an empty book is not hit while there is time. A multiple of the tick, and of a cent where the user's
 * minimum allows.
 */
export function minSellPriceMicros(input: SellPriceInput): bigint {
  const tick = input.book?.tickMicros ?? input.tickMicros;
  const rung = rungAt(input);
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

/** One tick above the best bid, so that it does not cross; else the best ask. At least the minimum price. */
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
