import { expect, it } from 'vitest';
import { progressBar, progressText, timeText } from '#lib/cli/render/run-progress.ts';
import { TERMINAL_WIDTH } from '#lib/cli/terminal.ts';

it('says how much is done, how fast it goes and how long it takes', () => {
  const progress = { doneCount: 424_000, count: 1_000_000, perSecond: 812.4 };
  expect(progressText(progress)).toBe('424,000 of 1,000,000 lives, 812/s, 11 min 50 s left');
  expect(progressBar(progress)).toBe('[########...........] 42 %  424,000 of 1,000,000 lives, 812/s, 11 min 50 s left');
});

it('promises no time before there is a rate, and none at the end', () => {
  expect(progressText({ doneCount: 0, count: 100, perSecond: 0 })).toBe('0 of 100 lives');
  expect(progressText({ doneCount: 100, count: 100, perSecond: 50 })).toBe('100 of 100 lives');
});

it('fits a terminal whatever the numbers are', () => {
  const bars = [0, 1, 99_999_999, 100_000_000].flatMap((doneCount) =>
    [0, 0.01, 3, 12_345].map((perSecond) => progressBar({ doneCount, count: 100_000_000, perSecond })),
  );
  for (const bar of bars) expect(bar.length).toBeLessThan(TERMINAL_WIDTH);
});

it('tells a time in two units', () => {
  expect([0.2, 59.5, 61, 3_599, 3_600, 90_061].map(timeText)).toEqual([
    ...['1 s', '1 min 0 s', '1 min 1 s', '59 min 59 s', '1 h 0 min', '25 h 1 min'],
  ]);
});
