import { afterEach, beforeEach, expect, it } from 'vitest';
import type { StorySummary } from '#lib/cli/story/story-summary.ts';
import { makeStateDir, removeStateDir, type StoryChild, startStory } from './npm-start-child.ts';

let stateDir: string;
const children: StoryChild[] = [];

beforeEach(() => {
  stateDir = makeStateDir();
});

afterEach(async () => {
  for (const { child, ended } of children.splice(0)) {
    child.kill('SIGKILL');
    await ended;
  }
  removeStateDir(stateDir);
});

function start(args: readonly string[], env?: Record<string, string>): StoryChild {
  const story = startStory(stateDir, args, env);
  children.push(story);
  return story;
}

it('picks up what a killed run left in mid-exit, sells nothing twice, and leaves nothing unmanaged', {
  timeout: 90_000,
}, async () => {
  const killed = start(['--markets', '1']);
  // Sold, and not settled yet: whoever forgot that would sell the same shares again.
  await killed.says(' Sold ');
  killed.child.kill('SIGKILL');
  await killed.ended;
  const next = start(['--markets', '1', '--json']);
  expect(await next.ended).toBe(0);
  const summary = JSON.parse(next.out()) as StorySummary;
  expect(summary.unmanagedIds).toEqual([]);
  const pickedUp = summary.positions.filter((position) => position.pickedUp);
  expect(pickedUp.length).toBeGreaterThan(0);
  for (const position of pickedUp) {
    expect(['exited', 'awaiting-resolution']).toContain(position.state);
    expect(BigInt(position.soldMicros)).toBeLessThanOrEqual(BigInt(position.sharesMicros));
  }
});

it('answers an interrupted story, whose positions are still held, with code 1', { timeout: 60_000 }, async () => {
  const story = start([], { STORY_TIME_TO_EXIT_MS: '60000', PAPER_SETTLEMENT_FIXED_MS: '0' });
  await story.says('Now nothing of ours has to stay awake');
  story.child.kill('SIGINT');
  expect(await story.ended).toBe(1);
  expect(story.out()).toContain('left buying, holding or exiting. Start again');
});
