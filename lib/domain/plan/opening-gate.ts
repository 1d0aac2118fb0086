import { areContradicting, BOOK_AGE_MS_MAX, findBookFlaw } from '#lib/domain/market/book-flaw.ts';
import type { Market, OrderBook } from '#lib/domain/market/market.ts';
import { floorTo, formatMicros, maxMicros, ONE_MICROS } from '#lib/domain/market/money.ts';
import type { OrderTerms } from '#lib/domain/market/order.ts';
import { SHARES_STEP_MICROS } from '#lib/domain/market/venue-rules.ts';
import { totalsOfSlices, walkBook } from '#lib/domain/market/walk-book.ts';
import type { OpeningRefusal, OpeningRefusalCode } from '#lib/domain/refusal/opening-refusal.ts';

export type OpeningGatePolicy = {
  /** Share of the cost, fees included, that selling the bought shares at once has to return. */
  readonly roundTripPercentMin: number;
  /** How far a book's own time may lie from ours. Markets that run for long are quieter: see `bookAgeMsMaxOf`. */
  readonly bookAgeMsMax: number;
};

/**
 * In recorded books of BTC markets (43,815 before the last possible opening) an opening of $25 returns 90 % in the
 * median, and less than 80 % in 7.5 % of the books, nearly all of them with an ask below 20 cents.
 */
export const DEFAULT_OPENING_GATE: OpeningGatePolicy = { roundTripPercentMin: 80, bookAgeMsMax: BOOK_AGE_MS_MAX };

type GateInput = { readonly nowMs: number; readonly openingPolicy: OpeningGatePolicy };

function refusal(code: OpeningRefusalCode, message: string): OpeningRefusal {
  return { code, message };
}

/** Refuses prices that are not today's. `otherBook` is that of the other outcome; undefined when it was not read. */
export function findBookRefusal(
  { nowMs, openingPolicy }: GateInput,
  { slug, endsAtMs }: Pick<Market, 'slug' | 'endsAtMs'>,
  book: OrderBook,
  otherBook: OrderBook | undefined,
): OpeningRefusal | null {
  const flaw = findBookFlaw(book, nowMs, bookAgeMsMaxOf(openingPolicy, endsAtMs - nowMs));
  if (flaw === 'stale') return refusal('book-stale', staleText(slug, book.atMs, nowMs));
  if (flaw === 'crossed') {
    return refusal(
      'book-implausible',
      `The book of ${slug} has ${sidesOf(book)}, so a part of it is out of date. Try again in a few seconds.`,
    );
  }
  if (otherBook !== undefined && areContradicting(book, otherBook)) {
    return refusal(
      'book-implausible',
      `The books of both outcomes of ${slug} contradict each other: one has ${sidesOf(book)}, the other ${sidesOf(otherBook)}. Try again in a few seconds.`,
    );
  }
  return null;
}

/** A hundredth of the time to the market's end: a book of a daily market may rest for minutes, one of 5 minutes not. */
function bookAgeMsMaxOf({ bookAgeMsMax }: OpeningGatePolicy, timeLeftMs: number): number {
  return Math.max(bookAgeMsMax, timeLeftMs / 100);
}

function staleText(slug: string, bookAtMs: number, nowMs: number): string {
  const date = `${new Date(bookAtMs).toISOString().slice(0, 19).replace('T', ' ')} UTC`;
  if (bookAtMs > nowMs) {
    return `The book of ${slug} is dated ${date}, ${spanOf(bookAtMs - nowMs)} ahead of this machine's clock. Check the clock.`;
  }
  return `The book of ${slug} is dated ${date}, ${spanOf(nowMs - bookAtMs)} ago: its prices may no longer hold. Try again in a few seconds.`;
}

const SPANS = [
  { unit: 'days', ms: 86_400_000 },
  { unit: 'hours', ms: 3_600_000 },
  { unit: 'minutes', ms: 60_000 },
] as const;

/** "3 days", "95 seconds": the largest unit of which there are at least two. */
function spanOf(ms: number): string {
  const span = SPANS.find((each) => ms >= 2 * each.ms);
  return span === undefined ? `${Math.round(ms / 1_000)} seconds` : `${Math.floor(ms / span.ms)} ${span.unit}`;
}

/** "buyers at $0.01 and sellers at $0.99". */
function sidesOf({ bids, asks }: OrderBook): string {
  const side = (who: string, [best]: OrderBook['bids']) =>
    best === undefined ? `no ${who}` : `${who} at $${priceText(best.priceMicros)}`;
  return `${side('buyers', bids)} and ${side('sellers', asks)}`;
}

/** Cents; finer prices with all their digits. */
function priceText(priceMicros: bigint): string {
  return priceMicros % 10_000n === 0n ? formatMicros(priceMicros) : formatMicros(priceMicros, 4);
}

/**
 * Refuses what could not be got back: the bids have to take all bought shares and return enough of their cost. The
 * shares that the book shows would be bought are sold into the bids that it shows, both with their fees.
 */
export function findRoundTripRefusal(
  { nowMs, openingPolicy }: GateInput,
  { slug, feeRateMicros }: Pick<Market, 'slug' | 'feeRateMicros'>,
  book: OrderBook,
  buy: OrderTerms,
): OpeningRefusal | null {
  const bought = totalsOfSlices(walkBook(book, buy), feeRateMicros);
  const sharesMicros = floorTo(bought.sharesMicros, SHARES_STEP_MICROS);
  const sale = { side: 'SELL', orderType: 'FAK', sharesMicros, limitPriceMicros: 1n } as const;
  const sold = totalsOfSlices(walkBook(book, sale), feeRateMicros);
  if (book.bids.length === 0) {
    return refusal(
      'book-too-thin',
      `The book of ${slug} has ${sidesOf(book)}: what is bought could not be sold again. Try again later, or choose another market.`,
    );
  }
  if (sold.sharesMicros < sharesMicros) {
    return refusal(
      'book-too-thin',
      `The book has bids for only ${formatMicros(sold.sharesMicros)} of ${formatMicros(sharesMicros)} shares, too few to sell them again. Reduce the amount.`,
    );
  }
  const costMicros = bought.valueMicros + bought.feesMicros;
  const returnMicros = maxMicros(sold.valueMicros - sold.feesMicros, 0n);
  const { roundTripPercentMin } = openingPolicy;
  if (returnMicros * 100n < costMicros * BigInt(roundTripPercentMin)) {
    const percent = formatMicros((returnMicros * 100n * ONE_MICROS) / costMicros, 0);
    return refusal(
      'round-trip-loss',
      `The book of ${slug} has ${sidesOf(book)}: selling the ${formatMicros(sharesMicros)} shares again at once would return $${formatMicros(returnMicros)} of $${formatMicros(costMicros)} (${percent} %), and an opening needs ${roundTripPercentMin} %. Try again when the prices are closer, or choose another market.`,
    );
  }
  // Only where the share of the cost is configured lower.
  if (findBookFlaw(book, nowMs, Number.POSITIVE_INFINITY) !== 'wide') return null;
  return refusal(
    'book-implausible',
    `The book of ${slug} has ${sidesOf(book)}: so far apart, neither is a price. Try again when they are closer.`,
  );
}
