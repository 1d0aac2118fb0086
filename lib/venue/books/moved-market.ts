import type { BookLevel, Outcome } from '#lib/domain/market/market.ts';
import { floorTo, ONE_MICROS } from '#lib/domain/market/money.ts';
import { type BookSides, mirrorSides } from './book-sides.ts';
import { outcomeOfToken, type PlayingMarket } from './playing-market.ts';

/** What happens to one token's book for a while; the other token's mirrors it. Times are Unix milliseconds. */
export type PriceMove = { readonly outcome: Outcome; readonly fromMs: number; readonly untilMs: number } & (
  | {
      readonly kind: 'bid';
      /** Where its best bid goes, with the whole book around it. */
      readonly bidMicros: bigint;
      /** How long it takes to get there: 0 is a gap, which shows no price between. */
      readonly rampMs: number;
    }
  | {
      /** Few shares at a price of their own: alone above the other bids, or all that is left below them. */
      readonly kind: 'stray-bid';
      readonly bidMicros: bigint;
      readonly sharesMicros: bigint;
    }
  | { readonly kind: 'no-bids' }
);

/** Books on a ramp change this often, so that a level is touched and crossed within a second. */
const RAMP_STEP_MS = 250;

/** The market with these moves of its price. They do not decide its winner. Of moves at once the last counts. */
export function movePrices(playing: PlayingMarket, moves: readonly PriceMove[]): PlayingMarket {
  const { market } = playing;
  return {
    ...playing,
    bookAt: (tokenId, atMs) => {
      const book = playing.bookAt(tokenId, atMs);
      const outcome = outcomeOfToken(market, tokenId);
      if (book === undefined || outcome === undefined) return book;
      const move = moves.findLast(({ fromMs, untilMs }) => atMs >= fromMs && atMs < untilMs);
      if (move === undefined) return { ...book, atMs: lastChangeMs(moves, book.atMs, atMs) };
      const isMirrored = outcome !== move.outcome;
      const { sides, atMs: changedAtMs } = sidesDuring(move, isMirrored ? mirrorSides(book) : book, atMs);
      return { ...book, ...(isMirrored ? mirrorSides(sides) : sides), atMs: Math.max(book.atMs, changedAtMs) };
    },
  };
}

/** A move's end makes a new book as well, so that no book is older than the one before it. */
function lastChangeMs(moves: readonly PriceMove[], bookAtMs: number, atMs: number): number {
  let changedAtMs = bookAtMs;
  for (const { untilMs } of moves) if (untilMs <= atMs && untilMs > changedAtMs) changedAtMs = untilMs;
  return changedAtMs;
}

type Moved = { readonly sides: BookSides; readonly atMs: number };

function sidesDuring(move: PriceMove, book: BookSides, atMs: number): Moved {
  switch (move.kind) {
    case 'no-bids':
      return { sides: { bids: [], asks: book.asks }, atMs: move.fromMs };
    case 'stray-bid':
      return { sides: withStray(book, move), atMs: move.fromMs };
    case 'bid': {
      const sinceMs = Math.floor((atMs - move.fromMs) / RAMP_STEP_MS) * RAMP_STEP_MS;
      const rampedMs = Math.min(sinceMs, move.rampMs);
      return { sides: shifted(book, move, rampedMs), atMs: move.fromMs + rampedMs };
    }
  }
}

const TICK_MICROS = 10_000n;

/** A book without bids has no price to move. */
function shifted(book: BookSides, move: PriceMove & { readonly kind: 'bid' }, rampedMs: number): BookSides {
  const bestMicros = book.bids[0]?.priceMicros;
  if (bestMicros === undefined) return book;
  const wholeMicros = move.bidMicros - bestMicros;
  const isThere = rampedMs >= move.rampMs;
  const wayMicros = isThere ? wholeMicros : (wholeMicros * BigInt(rampedMs)) / BigInt(move.rampMs);
  const shiftMicros = isThere ? wholeMicros : floorTo(wayMicros, TICK_MICROS);
  const shift = (levels: readonly BookLevel[]): readonly BookLevel[] =>
    levels
      .map(({ priceMicros, sharesMicros }) => ({ priceMicros: priceMicros + shiftMicros, sharesMicros }))
      .filter(({ priceMicros }) => priceMicros > 0n && priceMicros < ONE_MICROS);
  return { bids: shift(book.bids), asks: shift(book.asks) };
}

function withStray({ bids, asks }: BookSides, move: PriceMove & { readonly kind: 'stray-bid' }): BookSides {
  const { bidMicros: priceMicros, sharesMicros } = move;
  const stray = { priceMicros, sharesMicros };
  const isAbove = priceMicros > (bids[0]?.priceMicros ?? ONE_MICROS);
  return {
    bids: isAbove ? [stray, ...bids] : [stray],
    asks: asks.filter((ask) => ask.priceMicros > priceMicros),
  };
}
