import { afterAll, describe, it } from 'vitest';
import { type ExitDeath, type ExitStory, playExitStory, titleOf } from '#test/fixtures/kill/kill-exit-story.ts';
import type { Machine } from '#test/fixtures/kill/killed-machine.ts';
import { countOf, IS_LONG } from '#test/fixtures/test-length.ts';

/**
 * The machine (functions, queues, timers, venue and table at once) is killed in the middle of a sell and started again.
 * `npm test` kills once at each call that matters; `npm run test:long` kills before and after each, three times, with
 * other times in every round.
 */
const before = (point: ExitDeath['point']): ExitDeath => ({ point, when: 'before' });
const after = (point: ExitDeath['point']): ExitDeath => ({ point, when: 'after' });

/** The shares have arrived when the exit is due, or arrive after it: the first sell is refused. */
const SETTLED_MS = 1_000;
const UNSETTLED_MS = 340_000;

const SHORT: readonly ExitStory[] = [
  {
    first: before('venue: book read before the sell'),
    second: after('table: sell-intended'),
    settlementMs: SETTLED_MS,
  },
  { first: before('table: sell result'), second: after('queue: retry message'), settlementMs: UNSETTLED_MS },
];
const bothAt = (point: ExitDeath['point'], settlementMs: number): ExitStory => ({
  first: before(point),
  second: after(point),
  settlementMs,
});
const LONG: readonly ExitStory[] = [
  bothAt('venue: book read before the sell', SETTLED_MS),
  bothAt('table: sell-intended', SETTLED_MS),
  bothAt('table: sell result', SETTLED_MS),
  bothAt('queue: retry message', UNSETTLED_MS),
];

const machines: Machine[] = [];
afterAll(() => Promise.all(machines.map((machine) => machine.stop())));

const rounds = Array.from({ length: countOf({ short: 1, long: 3 }) }, (_, round) => round);
const cases = rounds.flatMap((round) =>
  (IS_LONG ? [...SHORT, ...LONG] : SHORT).map((story) => ({ story, title: titleOf(story), round })),
);

describe.concurrent('the whole machine dies in a sell, and is started again', () => {
  it.each(cases)('leaves every position managed: $title (round $round)', { timeout: 900_000 }, ({ story, round }) =>
    playExitStory(story, round, machines),
  );
});
