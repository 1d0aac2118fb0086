import { maxMicros, mulDivFloor, ONE_MICROS } from '#lib/domain/market/money.ts';
import { soldTotals } from './fill-totals.ts';
import type { LastBid, Position, PositionRecord } from './position.ts';

/** A sale below this percentage of what its shares were worth at the bid last seen is far below it: judgement. */
const FAR_BELOW_PERCENT = 80n;
/** The slack that every sell has, two ticks of a cent: near zero a tick alone is more than a fifth of the price. */
const USUAL_SLACK_MICROS = 20_000n;

export type LowSale = {
  /** The best bid last seen before the sale, and when. */
  readonly bidMicros: bigint;
  readonly bidAtMs: number;
  /** What the shares sold were worth at the bids last seen, less what they brought, before fees. */
  readonly lostMicros: bigint;
};

/** Null unless the shares were sold far below the last price seen. */
export function findLowSale(position: PositionRecord): LowSale | null {
  const { lastBid } = position;
  const { sharesMicros, valueMicros } = soldTotals(position);
  if (lastBid === null || sharesMicros === 0n) return null;
  const lostMicros = lastBid.soldMicros - valueMicros;
  const isFarBelow = valueMicros * 100n < lastBid.soldMicros * FAR_BELOW_PERCENT;
  if (!isFarBelow || lostMicros <= mulDivFloor(sharesMicros, USUAL_SLACK_MICROS, ONE_MICROS)) return null;
  return { bidMicros: lastBid.priceMicros, bidAtMs: lastBid.atMs, lostMicros };
}

/** Counts shares that `before` did not know as sold at the bid last seen; those of a failed sale the other way. */
export function valueNewSales(before: Position, after: Position): Position {
  const { lastBid } = after;
  if (after === before || lastBid === null) return after;
  const newMicros = soldTotals(after).sharesMicros - soldTotals(before).sharesMicros;
  if (newMicros === 0n) return after;
  const soldMicros = maxMicros(lastBid.soldMicros + (newMicros * lastBid.priceMicros) / ONE_MICROS, 0n);
  return { ...after, lastBid: { ...lastBid, soldMicros } };
}

/** A bid of today replaces the last one; without one that stays. */
export function withSeenBid(lastBid: LastBid | null, bidMicros: bigint | null, atMs: number): LastBid | null {
  if (bidMicros === null) return lastBid;
  return { priceMicros: bidMicros, atMs, soldMicros: lastBid?.soldMicros ?? 0n };
}
