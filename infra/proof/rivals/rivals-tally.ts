import type { MarketVersion } from '#lib/domain/market/market.ts';
import { maxMicros } from '#lib/domain/market/money.ts';
import type { LifeFigures } from './weigh-life.ts';

/** Of the lives in which shares were bought. Amounts are decimal strings of micros; shares are null without a life. */
export type StrategyFigures = {
  readonly lives: number;
  /** Lives with shares left at the market's end. */
  readonly left: Count;
  readonly unmanaged: Count & { readonly ofShares: number | null };
  readonly soldTwice: Count;
  readonly oversold: Count;
  readonly askedTooMuch: Count;
  readonly unclaimed: Count & { readonly micros: string };
  /** What selling at T − 2:00 would have brought and neither a sale nor a payout did; a gain counts as nothing. */
  readonly lost: { readonly micros: string; readonly ofExitValue: number | null };
  /** The same with its gains: what was received less what selling at T − 2:00 would have brought. */
  readonly netMicros: string;
  readonly exitValueMicros: string;
  /** Sells that were sent in these lives. */
  readonly sellCount: number;
  readonly firstExitLatenessMs: {
    readonly lives: number;
    readonly median: number | null;
    readonly p99: number | null;
  };
};

type Count = { readonly lives: number; readonly share: number | null };

export type Tally = {
  add(life: LifeFigures | null): void;
  report(version: MarketVersion): StrategyFigures;
};

export function createTally(): Tally {
  const played: Record<MarketVersion, LifeFigures[]> = { v1: [], v2: [] };
  return {
    add: (life) => {
      if (life !== null) played[life.version].push(life);
    },
    report: (version) => figuresOf(played[version]),
  };
}

function figuresOf(lives: readonly LifeFigures[]): StrategyFigures {
  const sum = (figure: (life: LifeFigures) => bigint): bigint =>
    lives.reduce((total, life) => total + figure(life), 0n);
  const count = (isCounted: (life: LifeFigures) => boolean): Count => {
    const counted = lives.filter(isCounted).length;
    return { lives: counted, share: lives.length === 0 ? null : counted / lives.length };
  };
  const exitValueMicros = sum((life) => life.exitValueMicros);
  const lostMicros = sum((life) => maxMicros(life.exitValueMicros - life.receivedMicros, 0n));
  return {
    lives: lives.length,
    left: count(({ leftMicros }) => leftMicros > 0n),
    unmanaged: {
      ...count(({ unmanagedMicros }) => unmanagedMicros > 0n),
      ofShares: ratioOf(
        sum((life) => life.unmanagedMicros),
        sum((life) => life.boughtMicros),
      ),
    },
    soldTwice: count(({ isSoldTwice }) => isSoldTwice),
    oversold: count(({ isOversold }) => isOversold),
    askedTooMuch: count(({ isAskedTooMuch }) => isAskedTooMuch),
    unclaimed: {
      ...count(({ unclaimedMicros }) => unclaimedMicros >= CENT_MICROS),
      micros: String(sum((life) => life.unclaimedMicros)),
    },
    lost: { micros: String(lostMicros), ofExitValue: ratioOf(lostMicros, exitValueMicros) },
    netMicros: String(sum((life) => life.receivedMicros - life.exitValueMicros)),
    exitValueMicros: String(exitValueMicros),
    sellCount: lives.reduce((total, life) => total + life.sellCount, 0),
    firstExitLatenessMs: latenessOf(lives),
  };
}

const CENT_MICROS = 10_000n;

function ratioOf(part: bigint, whole: bigint): number | null {
  return whole === 0n ? null : Number(part) / Number(whole);
}

function latenessOf(lives: readonly LifeFigures[]): StrategyFigures['firstExitLatenessMs'] {
  const lateMs = lives.flatMap(({ firstExitLateMs }) => (firstExitLateMs === null ? [] : [firstExitLateMs]));
  const ordered = lateMs.toSorted((a, b) => a - b);
  const quantile = (share: number): number | null =>
    ordered[Math.min(Math.floor(share * ordered.length), ordered.length - 1)] ?? null;
  return { lives: ordered.length, median: quantile(0.5), p99: quantile(0.99) };
}
