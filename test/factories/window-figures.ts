import type { Outcome } from '#lib/domain/market/market.ts';
import { ONE_MICROS } from '#lib/domain/market/money.ts';
import { midMicros } from '#lib/venue/books/book-sides.ts';
import type { PlayingMarket } from '#lib/venue/books/playing-market.ts';

/** Figures to compare generated windows with recorded ones. Fractions are of 1, sizes in shares. */
export type WindowFigures = {
  readonly loserWithoutBids: Readonly<Record<120 | 60 | 30 | 5, number>>;
  readonly tightSpread: number;
  readonly medianMove: number;
  readonly bestLevelShares: { readonly low: number; readonly median: number; readonly high: number };
  readonly fiveLevelsShares: { readonly low: number; readonly median: number };
};

const LEADS = [120, 60, 30, 5] as const;

export function measureWindows(windows: readonly PlayingMarket[]): WindowFigures {
  const withoutBids = { 120: 0, 60: 0, 30: 0, 5: 0 };
  let spreadCount = 0;
  let tightCount = 0;
  const moves: number[] = [];
  const bestLevels: number[] = [];
  const fiveLevels: number[] = [];
  for (const window of windows) {
    const { market, winner } = window;
    const loser: Outcome = winner === 'UP' ? 'DOWN' : 'UP';
    const book = (outcome: Outcome, leadSeconds: number) =>
      window.bookAt(market.tokenIds[outcome], market.endsAtMs - leadSeconds * 1_000) ?? { bids: [], asks: [] };
    for (const lead of LEADS) if (book(loser, lead).bids.length === 0) withoutBids[lead] += 1;
    for (let lead = 290; lead > 0; lead -= 5) {
      const { bids, asks } = book('UP', lead);
      if (bids[0] === undefined || asks[0] === undefined) continue;
      spreadCount += 1;
      if (asks[0].priceMicros - bids[0].priceMicros <= 10_000n) tightCount += 1;
    }
    moves.push(Math.abs(Number(midMicros(book('UP', 120)) - midMicros(book('UP', 60)))) / Number(ONE_MICROS));
    for (const side of [book('UP', 120).bids, book('UP', 120).asks]) {
      const sizes = side.map((level) => Number(level.sharesMicros) / Number(ONE_MICROS));
      if (sizes[0] === undefined) continue;
      bestLevels.push(sizes[0]);
      fiveLevels.push(sizes.slice(0, 5).reduce((sum, size) => sum + size, 0));
    }
  }
  const shareOf = (count: number): number => count / windows.length;
  return {
    loserWithoutBids: {
      120: shareOf(withoutBids[120]),
      60: shareOf(withoutBids[60]),
      30: shareOf(withoutBids[30]),
      5: shareOf(withoutBids[5]),
    },
    tightSpread: tightCount / spreadCount,
    medianMove: quantile(moves, 0.5),
    bestLevelShares: {
      low: quantile(bestLevels, 0.05),
      median: quantile(bestLevels, 0.5),
      high: quantile(bestLevels, 0.95),
    },
    fiveLevelsShares: { low: quantile(fiveLevels, 0.05), median: quantile(fiveLevels, 0.5) },
  };
}

function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(share * (sorted.length - 1))] ?? Number.NaN;
}
