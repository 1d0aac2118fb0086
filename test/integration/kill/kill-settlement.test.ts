import { afterAll, describe, it } from 'vitest';
import {
  playSettlementStory,
  type SettlementDeath,
  type SettlementStory,
} from '#test/fixtures/kill/kill-settlement-story.ts';
import type { Machine } from '#test/fixtures/kill/killed-machine.ts';
import { IS_LONG } from '#test/fixtures/test-length.ts';

/**
 * The machine (functions, queues, timers, venue and table at once) is killed between two writes of a settlement and
 * started again. `npm test` kills after the result and after the end; `npm run test:long` before and after each call.
 */
const before = (point: SettlementDeath['point']): SettlementDeath => ({ point, when: 'before' });
const after = (point: SettlementDeath['point']): SettlementDeath => ({ point, when: 'after' });
const both = (point: SettlementDeath['point']): SettlementStory => ({ first: before(point), second: after(point) });

const SHORT: readonly SettlementStory[] = [
  { first: after('table: result'), second: after('table: redeemed or worthless') },
];
const LONG: readonly SettlementStory[] = [
  both("venue: the market's result"),
  both('table: late fills'),
  both('table: result'),
  both('table: redeemed or worthless'),
  both('queue: settlement message'),
];

const machines: Machine[] = [];
afterAll(() => Promise.all(machines.map((machine) => machine.stop())));

const stories = (IS_LONG ? [...SHORT, ...LONG] : SHORT).map((story) => ({
  story,
  title: `${story.first.when} ${story.first.point}, ${story.second.when} ${story.second.point}`,
}));

describe.concurrent('the whole machine dies in a settlement, and is started again', () => {
  it.each(stories)('books every result once: $title', { timeout: 900_000 }, ({ story }) =>
    playSettlementStory(story, machines),
  );
});
