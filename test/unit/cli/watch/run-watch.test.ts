import { PassThrough } from 'node:stream';
import { afterEach, describe, expect, it } from 'vitest';
import { plainPaint } from '#lib/cli/terminal.ts';
import { runWatch } from '#lib/cli/watch/run-watch.ts';
import { createNowFeed } from '#lib/console/now/now-feed.ts';
import type { Position } from '#lib/domain/position/position.ts';
import { WINDOW_STARTS_AT_MS } from '#test/factories/a-market.ts';
import { aPosition } from '#test/factories/a-position.ts';
import { createConsoleSuite } from '#test/fakes/console-suite.ts';

const NOW_MS = WINDOW_STARTS_AT_MS + 60_000;
const [ENTER, LEAVE] = ['\u001b[?1049h', '\u001b[?1049l'];

const stops: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
});

/** A watch on a terminal of 80 columns and 24 lines, whose suite and pauses the test sets. */
function startWatch(positions: readonly Position[] = []) {
  const suite = createConsoleSuite();
  for (const position of positions) suite.rows.set(position.positionId, position);
  let nowMs = NOW_MS;
  let wake = (): void => undefined;
  const clock = { nowMs: () => nowMs };
  const feed = createNowFeed(
    {
      ...{ clock, connect: async () => suite.connection },
      sleep: (_ms, signal) =>
        new Promise((resolve) => {
          wake = resolve;
          signal.addEventListener('abort', () => resolve());
        }),
    },
    suite.connection,
  );
  stops.push(feed.stop);
  const screen = Object.assign(new PassThrough(), { columns: 80, rows: 24, isTTY: true });
  const keys = Object.assign(new PassThrough(), {
    isRaw: false,
    setRawMode(isRaw: boolean) {
      keys.isRaw = isRaw;
    },
  });
  let written = '';
  screen.on('data', (data) => {
    written += String(data);
  });
  const controller = new AbortController();
  const ended = runWatch({
    ...{ feed, clock, paint: plainPaint, signal: controller.signal },
    screen: screen as never,
    keys: keys as never,
  });
  return {
    ...{ suite, screen, keys, ended, abort: () => controller.abort() },
    written: () => written,
    async until(text: string | RegExp) {
      while (written.match(text) === null) await new Promise((resolve) => screen.once('data', resolve));
    },
    forget: () => {
      written = '';
    },
    poll: (ms = 2_000) => {
      nowMs += ms;
      wake();
    },
  };
}

describe('a watch', () => {
  it.each(['q', 'Q', '\u0003'])('ends by the key %j, and gives the terminal back', async (key) => {
    const watch = startWatch([aPosition({ state: 'holding', positionId: 'position-a' })]);
    await watch.until('position-a');
    expect(watch.written().startsWith(ENTER)).toBe(true);
    expect(watch.keys.isRaw).toBe(true);
    watch.forget();
    watch.keys.write(`x${key}`);
    await watch.ended;
    expect(watch.keys.isRaw).toBe(false);
    // The last picture stays below what was there before.
    expect(watch.written()).toMatch(/BTC 5m UP[\s\S]*\n$/);
    expect(watch.written()).toContain(LEAVE);
    expect(watch.written().split(LEAVE)[1]).not.toContain('q ends it');
  });

  it('ends by a signal', async () => {
    const watch = startWatch();
    await watch.until('No position is open');
    watch.abort();
    await watch.ended;
    expect(watch.written()).toContain(LEAVE);
    expect(watch.screen.listenerCount('resize')).toBe(0);
  });

  it('says that a suite went away, and shows it again when it is back', async () => {
    const watch = startWatch();
    await watch.until('No position is open');
    watch.suite.failure = 'ECONNREFUSED';
    watch.poll();
    await watch.until(/AWAY since .*ECONNREFUSED/);
    watch.forget();
    watch.suite.failure = null;
    watch.suite.rows.set('position-a', aPosition({ state: 'holding', positionId: 'position-a' }));
    watch.poll();
    await watch.until('position-a');
    expect(watch.written()).not.toContain('AWAY');
    watch.keys.write('q');
    await watch.ended;
  });

  it('draws anew in a window of another size', async () => {
    const watch = startWatch();
    await watch.until('No position is open');
    watch.forget();
    Object.assign(watch.screen, { columns: 30, rows: 10 });
    watch.screen.emit('resize');
    expect(watch.written()).toContain('\u001b[2J');
    expect(watch.written()).toMatch(/─{30}\n/);
    expect(watch.written()).not.toContain('─'.repeat(31));
    watch.keys.end();
    await watch.ended;
  });
});
