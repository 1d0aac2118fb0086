import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { findRunningStack } from '#infra/local/find-running-stack.ts';
import { main } from '#lib/cli/main.ts';
import type { StorySummary } from '#lib/cli/story/story-summary.ts';
import { marketSlug, WINDOW_MS } from '#lib/domain/market/up-down-markets.ts';
import { createFakeTerminal } from '#test/fakes/fake-terminal.ts';
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

it('picks up what a killed run left in mid-exit, sells nothing twice, and leaves nothing unmanaged', async () => {
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

it('answers an interrupted story, whose positions are still held, with code 1', async () => {
  const story = start([], { STORY_TIME_TO_EXIT_MS: '60000', PAPER_SETTLEMENT_FIXED_MS: '0' });
  await story.says('No process has to stay awake now');
  story.child.kill('SIGINT');
  expect(await story.ended).toBe(1);
  expect(story.out()).toContain('2 positions are left buying, holding or exiting. Start again');
});

it('stops with npm, which passes its signals to a shell only', async () => {
  const npm = startStory(stateDir, ['--keep-running', '--markets', '0'], {}, ['npm', 'start', '--']);
  children.push(npm);
  await npm.says('The stack keeps running');
  npm.child.kill('SIGTERM');
  await npm.ended;
  await vi.waitFor(() => expect(findRunningStack(stateDir)).toBeUndefined(), { timeout: 120_000 });
});

it('says on Ctrl-C which positions a stack that was kept running leaves open', async () => {
  const story = start(['--keep-running', '--markets', '0'], { OPEN_TIME_TO_EXIT_MS_MIN: '1000', EXIT_LEAD_MS: '9000' });
  await story.says('The stack keeps running');
  const terminal = createFakeTerminal();
  // The next window: the running one may be about to end.
  const slug = marketSlug('BTC', '15m', Date.now() + WINDOW_MS['15m']);
  const open = ['open', '--asset', 'BTC', '--side', 'UP', '--usd', '25', '--market-slug', slug];
  const opened = await main([...open, '--state-dir', stateDir], terminal);
  expect({ opened, err: terminal.errLines }).toEqual({ opened: 0, err: [] });
  story.child.kill('SIGINT');
  expect(await story.ended).toBe(1);
  expect(story.out()).toMatch(/Left open\. .*same state directory:\n {2}BTC UP {4}holding, exit due at/);
});
