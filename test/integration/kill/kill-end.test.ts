import { afterAll, describe, it } from 'vitest';
import { EXIT_LEAD_MS, type ExitStory, playExitStory, titleOf } from '#test/fixtures/kill/kill-exit-story.ts';
import type { Machine } from '#test/fixtures/kill/killed-machine.ts';
import { countOf } from '#test/fixtures/test-length.ts';

/**
 * The machine (functions, queues, timers, venue and table at once) is killed while it writes the end of a position,
 * before and after the write, and started again. `npm run test:long` does so three times, with other times in every
 * round.
 */
const STORIES: readonly ExitStory[] = [
  {
    first: { point: 'table: deadline write', when: 'before' },
    second: { point: 'table: deadline write', when: 'after' },
    // The shares arrive after both markets have ended: the deadline finds every share still there.
    settlementMs: 2 * EXIT_LEAD_MS,
  },
  {
    first: { point: 'table: closing write', when: 'before' },
    second: { point: 'table: closing write', when: 'after' },
    settlementMs: 1_000,
  },
];

const machines: Machine[] = [];
afterAll(() => Promise.all(machines.map((machine) => machine.stop())));

const rounds = Array.from({ length: countOf({ short: 1, long: 3 }) }, (_, round) => round);
const cases = rounds.flatMap((round) => STORIES.map((story) => ({ story, title: titleOf(story), round })));

describe.concurrent('the whole machine dies while it writes an end, and is started again', () => {
  it.each(cases)('leaves every position managed: $title (round $round)', { timeout: 900_000 }, ({ story, round }) =>
    playExitStory(story, round, machines),
  );
});
