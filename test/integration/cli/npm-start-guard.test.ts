import { describe, expect, it } from 'vitest';
import { makeStateDir, removeStateDir, startStory } from './npm-start-child.ts';
import { playScenario } from './play-scenario.ts';

/** The index of the wallet is some seconds behind. */
const QUICK_SCENARIO = { STORY_TIME_TO_EXIT_MS: '16000' };

describe('npm start -- --scenario guard', () => {
  const { told, log } = playScenario('guard', QUICK_SCENARIO);

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

  it('finds the shares in the watch function, without an error', () => {
    expect(log('guard')).toContain('"service":"watch"');
    expect(log('guard')).not.toContain('"level":"ERROR"');
  });
});

it('says by name that the chain’s node is missing', async ({ onTestFinished }) => {
  const stateDir = makeStateDir();
  onTestFinished(() => removeStateDir(stateDir));
  const without = startStory(stateDir, ['--scenario', 'guard'], { ANVIL_PATH: '/nowhere/anvil' });
  expect(await without.ended).toBe(5);
  expect(without.err()).toMatch(/ANVIL_PATH/);
});
