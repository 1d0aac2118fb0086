import { afterAll, describe, it } from 'vitest';
import { type ExitStory, playExitStory } from '#test/fixtures/kill/kill-exit-story.ts';
import type { Machine } from '#test/fixtures/kill/killed-machine.ts';

/**
 * The machine (functions, queues, timers, venue and table at once) is killed while it writes the end of a position, before and
 * after the write, and started again.
 *
 * KILL_ROUNDS=n plays everything n times, with other times in every round so that the deaths meet other calls.
 */
const ROUND_COUNT = Number(process.env.KILL_ROUNDS ?? '0');

const STORIES: readonly ExitStory[] = [
  // Nothing settles in time: the deadline finds every share still there.
  { point: 'table: deadline write', exitLeadMs: 5_000, settlementMs: 18_000, dueMs: 5_000 },
  { point: 'table: closing write', exitLeadMs: 16_000, settlementMs: 1_000, dueMs: 6_000 },
];

const machines: Machine[] = [];
afterAll(() => Promise.all(machines.map((machine) => machine.stop())));

const rounds = Array.from({ length: Math.max(ROUND_COUNT, 1) }, (_, round) => round);
const cases = rounds.flatMap((round) => STORIES.map((story) => ({ story, point: story.point, round })));

describe.concurrent('the whole machine dies while it writes an end, and is started again', () => {
  it.each(cases)('leaves every position managed: $point (round $round)', { timeout: 200_000 }, ({ story, round }) =>
    playExitStory({ ...story, dueMs: story.dueMs + round * 170 }, machines, ROUND_COUNT > 0),
  );
});
