import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { main } from '#lib/cli/main.ts';
import { marketSlug, WINDOW_MS } from '#lib/domain/market/up-down-markets.ts';
import type { PositionView } from '#lib/domain/position/position-view.ts';
import { createFakeTerminal } from '#test/fakes/fake-terminal.ts';
import { makeStateDir, removeStateDir, type StoryChild, startStory } from './npm-start-child.ts';

let stateDir: string;
let story: StoryChild;

/** One story for all facts: it is the same stack that the commands talk to. */
beforeAll(async () => {
  stateDir = makeStateDir();
  story = startStory(stateDir, ['--keep-running']);
  await story.says('The stack keeps running');
});

afterAll(async () => {
  story.child.kill('SIGKILL');
  await story.ended;
  removeStateDir(stateDir);
});

async function run(...args: string[]) {
  const terminal = createFakeTerminal();
  const code = await main([...args, '--state-dir', stateDir], terminal);
  return { code, out: terminal.outLines.join('\n'), err: terminal.errLines.join('\n') };
}

async function listPositions(...args: string[]): Promise<readonly PositionView[]> {
  return JSON.parse((await run('positions', '--json', ...args)).out) as PositionView[];
}

describe('npm start', () => {
  it('tells the refusal of that night and how it was overcome', () => {
    expect(story.out()).toContain('Sell refused: not enough balance / allowance');
    expect(story.out()).toMatch(/trying\s+again\s+in\s+[\d.]+\s+s\s+through\s+the\s+queue/);
    expect(story.out()).toContain('No position is left buying, holding or exiting.');
  });

  it('shows the Discord messages', () => {
    expect(story.out()).toMatch(/│ 🔵 PAPER · BTC UP · bought +│/);
    expect(story.out()).toMatch(/│ 🔵 PAPER · ETH UP · bought +│/);
  });

  it('fits a terminal of 80 columns and leaves colours out of a pipe', () => {
    const widths = story
      .out()
      .split('\n')
      // A path is as long as it is.
      .filter((line) => !line.includes(stateDir))
      .map((line) => line.length);
    expect(Math.max(...widths)).toBeLessThanOrEqual(80);
    expect(story.out()).not.toContain('\u001b[');
  });

  it('keeps the log of the functions out of the story', () => {
    expect(story.out()).not.toContain('"level"');
    expect(story.err()).toBe('');
    expect(readFileSync(join(stateDir, 'functions.log'), 'utf8')).toContain('"service":"sell"');
  });
});

describe('the command line beside it', () => {
  it('lists what the story left: closed, or waiting for the result, with the refusals counted', async () => {
    const positions = await listPositions();
    const bought = positions.filter(({ state }) => state !== 'voided');
    expect(bought.map(({ asset }) => asset).sort()).toEqual(['BTC', 'ETH']);
    for (const view of bought) {
      expect(['exited', 'awaiting-resolution']).toContain(view.state);
      expect(view.refusals).toContainEqual({ cause: 'unsettled-buy', count: expect.any(Number) });
      expect(BigInt(view.soldMicros)).toBeLessThanOrEqual(BigInt(view.sharesMicros));
      expect(view.exitAtMs).toBeGreaterThanOrEqual(view.exitDueAtMs);
    }
    expect(await listPositions('--state', 'holding')).toEqual([]);
  });

  it('shows the life of a position', async () => {
    const [first] = await listPositions();
    const { code, out } = await run('show', first?.positionId ?? '');
    expect(code).toBe(0);
    expect(out).toContain('Buy saved before it is posted');
    expect(out).toContain('posted at');
    const json: unknown = JSON.parse((await run('show', first?.positionId ?? '', '--json')).out);
    expect(json).toMatchObject({ position: { positionId: first?.positionId }, timeline: expect.any(Array) });
  });

  it('refuses to exit what is over, and what does not exist', async () => {
    const closed = (await listPositions()).find(({ closedAtMs }) => closedAtMs !== null);
    expect((await run('exit', closed?.positionId ?? '')).code).toBe(closed === undefined ? 4 : 3);
    expect((await run('exit', 'nobody')).code).toBe(4);
    expect((await run('show', 'nobody')).code).toBe(4);
  });

  it('opens nothing while halted, and names the reason', async () => {
    // The next window: the running one may be about to end.
    const slug = marketSlug('BTC', '15m', Date.now() + WINDOW_MS['15m']);
    const open = ['open', '--asset', 'BTC', '--side', 'UP', '--usd', '25', '--market-slug', slug, '--json'];
    expect((await run('halt', '--mode', 'paper', '--reason', 'a test', '--by', 'alice')).code).toBe(0);
    const refused = await run(...open);
    expect(refused.code).toBe(3);
    expect(JSON.parse(refused.err)).toMatchObject({
      code: 'halted',
      message: expect.stringContaining('by alice: "a test"'),
    });
    expect((await run('resume')).code).toBe(0);
  });

  it('refuses by name what it cannot exit, and repeats nothing under the same request id', async () => {
    const [first] = await listPositions();
    const open = ['open', '--asset', first?.asset ?? '', '--side', 'UP', '--usd', '25', '--json'];
    const unknown = await run(...open, '--market-slug', `${first?.asset?.toLowerCase()}-updown-5m-1`);
    expect([unknown.code, JSON.parse(unknown.err).code]).toEqual([3, 'market-unknown']);
    const repeated = await run(...open, '--request-id', first?.requestId ?? '');
    expect(repeated.code).toBe(first?.state === 'voided' ? 3 : 0);
    expect(JSON.parse(repeated.out)).toMatchObject({
      outcome: 'already-requested',
      position: { positionId: first?.positionId },
    });
  });

  it('refuses a second stack on the same directory', async () => {
    expect(await run('start', '--json')).toMatchObject({
      code: 5,
      err: expect.stringContaining('Another local stack'),
    });
  });

  it('says what runs and since when', async () => {
    const { code, out } = await run('status');
    expect(code).toBe(0);
    // A long path of the state directory is broken over lines.
    const text = out.replaceAll('\n', ' ');
    expect(text).toMatch(/^Running: the local stack in .* \(process \d+\), since .* UTC, for \d+:\d\d\. /);
    expect(out).toMatch(/^Openings are allowed\.$/m);
    expect(JSON.parse((await run('status', '--json')).out)).toMatchObject({
      pid: story.child.pid,
      open: expect.any(Array),
    });
  });

  it('stops it in order, with the code of the story', async () => {
    expect(await run('stop')).toMatchObject({ code: 0, out: expect.stringContaining(`process ${story.child.pid}`) });
    expect(await story.ended).toBe(0);
    expect(story.out()).toContain('Stopping.');
    for (const command of ['positions', 'status', 'stop']) expect((await run(command)).code).toBe(5);
  });
});
