import type { BookLevel } from '#lib/domain/market/market.ts';
import type { Random } from '../random.ts';
import { createRandom } from '../random.ts';
import type { BookSides } from './book-sides.ts';

const TICK_MICROS = 10_000n;
const LEVEL_COUNT = 10;

/** From here on an outcome has no bids (see the figures at `playGeneratedWindow`): a chance of two in a thousand. */
const NO_BIDS_DEVIATIONS = 2.95;

/** Spreads in ticks by their measured frequency: 86 % one, 10 % two, 2.5 % three, the rest four. */
const SPREAD_TICKS = [
  { below: 0.86, ticks: 1 },
  { below: 0.96, ticks: 2 },
  { below: 0.985, ticks: 3 },
  { below: 1, ticks: 4 },
] as const;

export type BookMoment = {
  readonly seed: string;
  readonly step: number;
  /** Chance of UP and the same in standard deviations, see `GeneratedPath`. */
  readonly probability: number;
  readonly certainty: number;
  readonly shareLeft: number;
};

export function generateBook(moment: BookMoment): BookSides {
  const random = createRandom(`${moment.seed}|book|${moment.step}`);
  const { bidTicks, askTicks } = bestPrices(moment, random);
  return {
    bids: bidTicks === undefined ? [] : generateLevels(bidTicks, -1, moment.shareLeft, random),
    asks: askTicks === undefined ? [] : generateLevels(askTicks, 1, moment.shareLeft, random),
  };
}

type BestPrices = { readonly bidTicks: number | undefined; readonly askTicks: number | undefined };

function bestPrices({ probability, certainty }: BookMoment, random: Random): BestPrices {
  if (certainty <= -NO_BIDS_DEVIATIONS) return { bidTicks: undefined, askTicks: 1 };
  if (certainty >= NO_BIDS_DEVIATIONS) return { bidTicks: 99, askTicks: undefined };
  const draw = random.nextFloat();
  const extraTicks = (SPREAD_TICKS.find(({ below }) => draw < below)?.ticks ?? 1) - 1;
  const bidTicks = Math.min(Math.max(Math.floor(probability * 100), 1), 98);
  return {
    bidTicks: Math.max(bidTicks - Math.floor(extraTicks / 2), 1),
    askTicks: Math.min(bidTicks + 1 + Math.ceil(extraTicks / 2), 99),
  };
}

function generateLevels(bestTicks: number, direction: 1 | -1, shareLeft: number, random: Random): readonly BookLevel[] {
  const levels: BookLevel[] = [];
  for (let index = 0; index < LEVEL_COUNT; index += 1) {
    const ticks = bestTicks + direction * index;
    if (ticks < 1 || ticks > 99) break;
    levels.push({
      priceMicros: BigInt(ticks) * TICK_MICROS,
      sharesMicros: levelSharesMicros(index, ticks, shareLeft, random),
    });
  }
  return levels;
}

/**
 * Size of a level, log-normal around the measured medians: 350 shares at the best price (5 % below 24), 525 behind it.
 * Levels near 0 and 1 are four times as large, and sizes shrink in the last fifth of the window.
 */
function levelSharesMicros(index: number, ticks: number, shareLeft: number, random: Random): bigint {
  const medianShares = index === 0 ? 350 : 525;
  const deviation = index === 0 ? 1.3 : 0.5;
  const edgeFactor = Math.min(ticks, 100 - ticks) <= 3 ? 4 : 1;
  const endFactor = Math.sqrt(Math.min(Math.max(5 * shareLeft, 0.1), 1));
  const shares = medianShares * Math.exp(deviation * random.nextGaussian()) * edgeFactor * endFactor;
  return BigInt(Math.max(Math.round(shares * 100), 100)) * 10_000n;
}
