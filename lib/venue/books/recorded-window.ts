import type { Market, Outcome } from '#lib/domain/market/market.ts';
import { ONE_MICROS } from '#lib/domain/market/money.ts';
import type { BookSides } from './book-sides.ts';
import { midMicros, mirrorSides } from './book-sides.ts';
import { normalQuantile } from './normal-distribution.ts';
import type { RecordedBook, Recording } from './parse-recording.ts';
import type { PlayingMarket } from './playing-market.ts';
import { outcomeOfToken, RESOLUTION_LAG_MS } from './playing-market.ts';
import { strikeUsd, underlyingMicros } from './underlying-price.ts';

/**
 * Plays a recording: every book comes as long before the market's end as it came before the recorded one. A token
 * without a recorded book is the mirror of the other. The underlying is implied: the distance from the price to beat
 * that makes the mid fair.
 */
export function playRecordedWindow(recording: Recording, market: Market): PlayingMarket {
  const shiftMs = market.endsAtMs - recording.windowEndMs;
  const windowMs = market.endsAtMs - market.startsAtMs;
  const winner = recording.winner ?? leaderAtEnd(recording);
  const { asset } = market;
  const strike = asset === null ? 0 : strikeUsd(asset, `${recording.name}|${market.slug}`);
  return {
    market: { ...market, tickMicros: recordedBookAt(recording, Number.NEGATIVE_INFINITY).tickMicros },
    winner,
    resolvesAtMs: market.endsAtMs + RESOLUTION_LAG_MS,
    bookAt(tokenId, atMs) {
      const outcome = outcomeOfToken(market, tokenId);
      if (outcome === undefined || atMs >= market.endsAtMs) return undefined;
      const recorded = recordedBookAt(recording, atMs - shiftMs);
      // Before the recording's start its first book is shown, renewed at every read.
      const bookAtMs = Math.min(recorded.atMs + shiftMs, atMs);
      return { tokenId, ...sidesOf(recorded, outcome), tickMicros: recorded.tickMicros, atMs: bookAtMs };
    },
    underlyingMicrosAt(atMs) {
      if (asset === null) return 0n;
      const shareLeft = Math.min(Math.max((market.endsAtMs - atMs) / windowMs, 0), 1);
      const recorded = recordedBookAt(recording, atMs - shiftMs);
      const upMid = Number(midMicros(sidesOf(recorded, 'UP'))) / Number(ONE_MICROS);
      return underlyingMicros(asset, strike, windowMs, impliedDeviations(upMid, shareLeft, winner));
    },
  };
}

export function recordedMidMicros(recording: Recording, outcome: Outcome, leadMs: number): bigint {
  return midMicros(sidesOf(recordedBookAt(recording, recording.windowEndMs - leadMs), outcome));
}

/** The recorded book of a token at or before that time, in the recording's own time; undefined before the first. */
export function recordedSidesAt(recording: Recording, outcome: Outcome, atMs: number): BookSides | undefined {
  const recorded = recordedBookAt(recording, atMs);
  return recorded.atMs <= atMs ? sidesOf(recorded, outcome) : undefined;
}

function sidesOf(recorded: RecordedBook, outcome: Outcome): BookSides {
  return recorded.outcome === outcome ? recorded.sides : mirrorSides(recorded.sides);
}

/** The last book at or before that time, in the recording's own time; the first one when there is none. */
function recordedBookAt({ books }: Recording, atMs: number): RecordedBook {
  let low = 0;
  let high = books.length;
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if ((books[middle]?.atMs ?? 0) <= atMs) low = middle + 1;
    else high = middle;
  }
  const recorded = books[Math.max(low - 1, 0)];
  if (recorded === undefined) throw new RangeError('The recording holds no books');
  return recorded;
}

/** Without a recorded winner, the outcome that led in the last book. */
function leaderAtEnd(recording: Recording): Outcome {
  return 2n * recordedMidMicros(recording, 'UP', 0) >= ONE_MICROS ? 'UP' : 'DOWN';
}

const SHARE_LEFT_MIN = 1 / 300;

/** Inverse of `probabilityAt` of generated windows; after the end it is on the winner's side of the price to beat. */
function impliedDeviations(upMid: number, shareLeft: number, winner: Outcome): number {
  const probability = shareLeft === 0 ? (winner === 'UP' ? 0.999 : 0.001) : Math.min(Math.max(upMid, 0.001), 0.999);
  return normalQuantile(probability) * Math.sqrt(Math.max(shareLeft, SHARE_LEFT_MIN));
}
