import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { openRecordingsFolder } from '#infra/venue/recordings-folder.ts';
import { playGeneratedWindow } from '#lib/venue/books/generated-window.ts';
import { listMarket } from '#lib/venue/books/list-market.ts';
import type { PlayingMarket } from '#lib/venue/books/playing-market.ts';
import { playRecordedWindow } from '#lib/venue/books/recorded-window.ts';
import type { WindowFigures } from '#test/factories/window-figures.ts';
import { measureWindows } from '#test/factories/window-figures.ts';
import { IS_LONG } from '#test/fixtures/test-length.ts';

const ENDS_AT_MS = 1_773_307_500_000;
const listed = (seed: string) =>
  listMarket({
    seed,
    slug: 'btc-updown-5m-1773307200',
    asset: 'BTC',
    startsAtMs: ENDS_AT_MS - 300_000,
    endsAtMs: ENDS_AT_MS,
  });

/** The figures measured on 82 recorded windows, and how far a set of windows may be from them. */
function describeFigures(name: string, play: () => readonly PlayingMarket[]): void {
  describe(`figures of ${name}`, () => {
    let figures: WindowFigures;
    beforeAll(() => {
      figures = measureWindows(play());
    }, 60_000);

    it('leaves the loser without bids as often as recorded', () => {
      expect(Math.abs(figures.loserWithoutBids[120] - 0.01)).toBeLessThan(0.02);
      expect(Math.abs(figures.loserWithoutBids[60] - 0.14)).toBeLessThan(0.05);
      expect(Math.abs(figures.loserWithoutBids[30] - 0.38)).toBeLessThan(0.1);
      expect(Math.abs(figures.loserWithoutBids[5] - 0.65)).toBeLessThan(0.1);
    });

    it('has a spread of one cent as often as recorded', () => {
      expect(Math.abs(figures.tightSpread - 0.86)).toBeLessThan(0.03);
    });

    it('moves the mid as far in the minute after T − 120 s', () => {
      expect(Math.abs(figures.medianMove - 0.11)).toBeLessThan(0.03);
    });

    it('has books about as deep', () => {
      expect(figures.bestLevelShares.low).toBeLessThan(80);
      expect(figures.bestLevelShares.median).toBeGreaterThan(250);
      expect(figures.bestLevelShares.median).toBeLessThan(500);
      expect(figures.fiveLevelsShares.low).toBeGreaterThan(700);
      expect(figures.fiveLevelsShares.median).toBeGreaterThan(2_000);
      expect(figures.fiveLevelsShares.median).toBeLessThan(4_500);
    });
  });
}

describeFigures('1,000 generated windows', () =>
  Array.from({ length: 1_000 }, (_, index) => playGeneratedWindow({ market: listed(`f${index}`), seed: `f${index}` })),
);

// Recordings are not part of the repository. Where they lie beside it, the long run measures the same figures on them.
const folder = fileURLToPath(new URL('../../../shared/recordings/btc-5m', import.meta.url));
if (IS_LONG && existsSync(folder)) {
  describeFigures('the recorded windows', () => {
    const recordings = openRecordingsFolder(folder);
    return recordings.names.map((name) => playRecordedWindow(recordings.get(name), listed(name)));
  });
}
