import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { makeStateDir, removeStateDir, type StoryChild, startStory } from './npm-start-child.ts';

export type PlayedScenario = {
  /** What it said without line breaks: a sentence may be broken anywhere. */
  told(): string;
  /** The log of the functions, in a directory below the state's. */
  log(directory?: string): string;
};

/** One story for all facts, and what holds for every one. It ends by itself: nothing stops it here. */
export function playScenario(name: string, env: Record<string, string>): PlayedScenario {
  let stateDir: string;
  let story: StoryChild;
  let code: number | string | null;

  beforeAll(async () => {
    stateDir = makeStateDir();
    story = startStory(stateDir, ['--scenario', name], env);
    code = await story.ended;
  }, 400_000);

  afterAll(async () => {
    story.child.kill('SIGKILL');
    await story.ended;
    removeStateDir(stateDir);
  });

  it('ends by itself, with code 0 and nothing on standard error', () => {
    expect({ code, err: story.err() }).toEqual({ code: 0, err: '' });
  });

  it('fits a terminal of 80 columns', () => {
    const lines = story.out().split('\n');
    const widths = lines.filter((line) => !line.includes(stateDir)).map((line) => line.length);
    expect(Math.max(...widths)).toBeLessThanOrEqual(80);
  });

  return {
    told: () => story.out().replaceAll(/\s+/g, ' '),
    log: (directory = '') => readFileSync(join(stateDir, directory, 'functions.log'), 'utf8'),
  };
}
