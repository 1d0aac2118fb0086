import type { Market, Outcome } from '#lib/domain/market/market.ts';
import { ONE_MICROS } from '#lib/domain/market/money.ts';
import type { BookSides } from './book-sides.ts';
import { mirrorSides } from './book-sides.ts';
import { generateBook } from './generated-book.ts';
import type { GeneratedPath, PathPin } from './generated-path.ts';
import { generatePath } from './generated-path.ts';
import type { PlayingMarket } from './playing-market.ts';
import { outcomeOfToken, RESOLUTION_LAG_MS } from './playing-market.ts';
import { strikeUsd, underlyingMicros } from './underlying-price.ts';

export type MidPin = {
  readonly outcome: Outcome;
  readonly priceMicros: bigint;
  readonly atMs: number;
  /** The outcome that a generated window ends with. Default: chance. */
  readonly winner?: Outcome | undefined;
};

export type GeneratedWindow = {
  readonly market: Market;
  readonly seed: string;
  /**
   * The token passes through this mid (within a tick) and keeps bids until a fifth of the window is left. For times
   * when at least a tenth is left.
   */
  readonly tokenMidAt?: MidPin;
};

/** The least probability of a pinned token until a fifth of its window is left. */
const PINNED_PROBABILITY_MIN = 0.02;
const PINNED_UNTIL_SHARE_LEFT = 0.2;

const PINNED_WALK_COUNT_MAX = 64;

/**
 * Plays a generated window: a random walk whose mid ends at 0 or 1, with a book around it. Calibrated with 82 recorded
 * five-minute BTC windows (last book at or before the moment); generated: 3,000 seeds.
 *
 * | figure                                          | recorded          | generated         |
 * | ----------------------------------------------- | ----------------- | ----------------- |
 * | loser without bids at T − 120 / 60 / 30 / 5 s   | 1 / 14 / 41 / 68 % | 1 / 14 / 32 / 70 % |
 * | spread of at most one cent                      | 86 %              | 86 %              |
 * | move of the mid, T − 120 s to T − 60 s, median  | 0.095 to 0.11     | 0.11              |
 * | best level, 5 % / median / 95 %, at T − 120 s   | 24 / 347 / 1,680  | 43 / 422 / 4,303 |
 * | five best levels, 5 % / median, at T − 120 s    | 1,021 / 3,055     | 1,682 / 2,981 |
 */
export function playGeneratedWindow({ market, seed, tokenMidAt }: GeneratedWindow): PlayingMarket {
  const windowMs = market.endsAtMs - market.startsAtMs;
  const path = choosePath(seed, market, tokenMidAt);
  const { asset } = market;
  const strike = asset === null ? 0 : strikeUsd(asset, seed);
  const stepAt = (atMs: number): number => Math.floor((atMs - market.startsAtMs) / path.stepMs);
  const upSidesAt = (step: number): BookSides =>
    generateBook({
      seed,
      step,
      probability: path.probabilityAt(step),
      certainty: path.certaintyAt(step),
      shareLeft: (path.stepCount - step) / path.stepCount,
    });
  return {
    market,
    winner: winnerOf(path),
    resolvesAtMs: market.endsAtMs + RESOLUTION_LAG_MS,
    bookAt(tokenId, atMs) {
      const outcome = outcomeOfToken(market, tokenId);
      if (outcome === undefined || atMs >= market.endsAtMs) return undefined;
      const step = Math.min(stepAt(atMs), path.stepCount - 1);
      // Before its start a market shows its first book, renewed like any other.
      const upSides = upSidesAt(Math.max(step, 0));
      const sides = outcome === 'UP' ? upSides : mirrorSides(upSides);
      return { tokenId, ...sides, tickMicros: market.tickMicros, atMs: market.startsAtMs + step * path.stepMs };
    },
    underlyingMicrosAt: (atMs) =>
      asset === null ? 0n : underlyingMicros(asset, strike, windowMs, path.deviationsAt(stepAt(atMs))),
  };
}

function choosePath(seed: string, market: Market, tokenMidAt: MidPin | undefined): GeneratedPath {
  const windowMs = market.endsAtMs - market.startsAtMs;
  if (tokenMidAt === undefined) return generatePath(seed, windowMs);
  const pin = toPathPin(market, tokenMidAt);
  const paths = Array.from({ length: PINNED_WALK_COUNT_MAX }, (_, index) => index);
  const chosen = paths.find((index) => suitsPin(generatePath(`${seed}|${index}`, windowMs, pin), pin, tokenMidAt));
  return generatePath(`${seed}|${chosen ?? 0}`, windowMs, pin);
}

function toPathPin(market: Market, { outcome, priceMicros, atMs }: MidPin): PathPin {
  const tokenProbability = Number(priceMicros) / Number(ONE_MICROS);
  return {
    probability: outcome === 'UP' ? tokenProbability : 1 - tokenProbability,
    sinceStartMs: atMs - market.startsAtMs,
  };
}

const winnerOf = (path: GeneratedPath): Outcome => (path.deviationsAt(path.stepCount) >= 0 ? 'UP' : 'DOWN');

function suitsPin(path: GeneratedPath, pin: PathPin, { outcome, winner }: MidPin): boolean {
  return (winner ?? winnerOf(path)) === winnerOf(path) && keepsBids(path, pin, outcome);
}

function keepsBids(path: GeneratedPath, pin: PathPin, outcome: Outcome): boolean {
  const lastStep = Math.floor(path.stepCount * (1 - PINNED_UNTIL_SHARE_LEFT));
  for (let step = Math.floor(pin.sinceStartMs / path.stepMs); step <= lastStep; step += 1) {
    const upProbability = path.probabilityAt(step);
    if ((outcome === 'UP' ? upProbability : 1 - upProbability) < PINNED_PROBABILITY_MIN) return false;
  }
  return true;
}
