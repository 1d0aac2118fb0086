import { afterAll, describe, it } from 'vitest';
import { type ExitStory, playExitStory } from '#test/fixtures/kill/kill-exit-story.ts';
import type { Machine } from '#test/fixtures/kill/killed-machine.ts';

/**
 * The machine (functions, queues, timers, venue and table at once) is killed in the middle of a sell, before and after each
 * call that matters, and started again.
 *
 * KILL_ROUNDS=n plays everything n times, with other times in every round so that the deaths meet other calls, and waits
 * until an order that was never placed is proven absent (half a minute after its market's end).
 */
const ROUND_COUNT = Number(process.env.KILL_ROUNDS ?? '0');

const STORIES: readonly ExitStory[] = [
  { point: 'venue: book read before the sell', exitLeadMs: 15_000, settlementMs: 1_000, dueMs: 5_000 },
  { point: 'table: sell-intended', exitLeadMs: 15_000, settlementMs: 1_000, dueMs: 6_500 },
  { point: 'table: sell result', exitLeadMs: 15_000, settlementMs: 1_000, dueMs: 5_500 },
  // The first sell is refused, because the shares have not settled.
  { point: 'queue: retry message', exitLeadMs: 15_000, settlementMs: 5_500, dueMs: 6_000 },
];

const machines: Machine[] = [];
afterAll(() => Promise.all(machines.map((machine) => machine.stop())));

const rounds = Array.from({ length: Math.max(ROUND_COUNT, 1) }, (_, round) => round);
const cases = rounds.flatMap((round) => STORIES.map((story) => ({ story, point: story.point, round })));

describe.concurrent('the whole machine dies in a sell, and is started again', () => {
  it.each(cases)('leaves every position managed: $point (round $round)', { timeout: 200_000 }, ({ story, round }) =>
    playExitStory({ ...story, dueMs: story.dueMs + round * 170 }, machines, ROUND_COUNT > 0),
  );
});
