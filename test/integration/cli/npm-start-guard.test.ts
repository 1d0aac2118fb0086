import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeStateDir, removeStateDir, type StoryChild, startStory } from './npm-start-child.ts';

/** The index of the wallet is some seconds behind. */
const QUICK_SCENARIO = { STORY_TIME_TO_EXIT_MS: '16000' };

let stateDir: string;
let story: StoryChild;
let code: number | string | null;

/** One story for all facts. It ends by itself: nothing stops it here. */
beforeAll(async () => {
  stateDir = makeStateDir();
  story = startStory(stateDir, ['--scenario', 'guard'], QUICK_SCENARIO);
  code = await story.ended;
}, 400_000);

afterAll(async () => {
  story.child.kill('SIGKILL');
  await story.ended;
  removeStateDir(stateDir);
});

/** Without line breaks: a sentence may be broken anywhere. */
const told = (): string => story.out().replaceAll(/\s+/g, ' ');

describe('npm start -- --scenario guard', () => {
  it('ends by itself, with code 0 and nothing on standard error', () => {
    expect({ code, err: story.err() }).toEqual({ code: 0, err: '' });
  });

  it('tells that a bot bought and was killed, that its shares were found, and how they were sold', () => {
    for (const asset of ['BTC', 'ETH']) {
      expect(told()).toMatch(new RegExp(`It buys [\\d.]+ ${asset} UP at [\\d.]+¢ for \\$[\\d.]+ in `));
      expect(told()).toContain(`LIVE · ${asset} UP · guarded`);
      expect(told()).toContain(`LIVE · ${asset} UP · sold (forced exit)`);
    }
    const [killed, guarded, due] = ['The bot is killed', '· guarded', 'the exit is due'].map((each) =>
      told().indexOf(each),
    );
    expect([killed, guarded, due]).toEqual([killed, guarded, due].toSorted((a, b) => Number(a) - Number(b)));
    expect(killed).toBeGreaterThan(0);
    expect(told()).toContain('No position is left buying, holding or exiting.');
  });

  it('fits a terminal of 80 columns', () => {
    const lines = story.out().split('\n');
    const widths = lines.filter((line) => !line.includes(stateDir)).map((line) => line.length);
    expect(Math.max(...widths)).toBeLessThanOrEqual(80);
  });

  it('finds the shares in the watch function, without an error', () => {
    const log = readFileSync(join(stateDir, 'guard', 'functions.log'), 'utf8');
    expect(log).toContain('"service":"watch"');
    expect(log).not.toContain('"level":"ERROR"');
  });
});

it('says by name that the chain’s node is missing', async () => {
  const without = startStory(stateDir, ['--scenario', 'guard'], { ANVIL_PATH: '/nowhere/anvil' });
  expect(await without.ended).toBe(5);
  expect(without.err()).toMatch(/ANVIL_PATH/);
});
