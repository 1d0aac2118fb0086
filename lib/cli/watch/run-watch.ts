import { once } from 'node:events';
import type { Paint } from '#lib/cli/terminal.ts';
import type { NowState } from '#lib/console/now/now-changes.ts';
import type { NowFeed } from '#lib/console/now/now-feed.ts';
import type { Clock } from '#lib/ports/clock.ts';
import { renderWatch } from './watch-picture.ts';
import { createWatchScreen } from './watch-screen.ts';

export type WatchDeps = {
  readonly feed: Pick<NowFeed, 'subscribe'>;
  readonly clock: Pick<Clock, 'nowMs'>;
  readonly screen: NodeJS.WriteStream;
  /** Null where keys cannot be read: then Ctrl-C ends it as a signal. */
  readonly keys: NodeJS.ReadStream | null;
  readonly paint: Paint;
  readonly signal: AbortSignal;
};

/** Countdowns have seconds. */
const TICK_MS = 500;
const WIDTH_MIN = 20;
const HEIGHT_MIN = 6;
/** `q`, Ctrl-C and Ctrl-D, which reach a program as keys while it reads them one by one. */
const END_KEYS: readonly string[] = ['q', 'Q', '\u0003', '\u0004'];
const HELP = 'q ends it · `tminus show ID` tells all of a position';

/** Shows a suite on the whole screen until a key or a signal ends it. */
export async function runWatch({ feed, clock, screen, keys, paint, signal }: WatchDeps): Promise<void> {
  const ended = new AbortController();
  const end = (): void => ended.abort();
  if (signal.aborted) return;
  signal.addEventListener('abort', end, { once: true });
  const view = createWatchScreen(screen);
  let state: NowState | null = null;
  const draw = (): void => {
    if (state === null) return;
    const width = Math.max(WIDTH_MIN, screen.columns ?? 80);
    // One line for the keys, and one below it, where the cursor stands.
    const height = Math.max(HEIGHT_MIN, screen.rows ?? 24) - 2;
    const help = paint('quiet', HELP.slice(0, width));
    view.show(renderWatch(state, { width, height }, clock.nowMs(), paint), help);
  };
  const resize = (): void => {
    view.clear();
    draw();
  };
  const stopKeys = keys === null ? () => undefined : readKeys(keys, end);
  const unsubscribe = feed.subscribe((next) => {
    state = next;
    draw();
  });
  const timer = setInterval(draw, TICK_MS);
  screen.on('resize', resize);
  try {
    if (!ended.signal.aborted) await once(ended.signal, 'abort');
  } finally {
    screen.off('resize', resize);
    clearInterval(timer);
    unsubscribe();
    stopKeys();
    view.end();
    signal.removeEventListener('abort', end);
  }
}

/** Returns what gives the keyboard back. */
function readKeys(keys: NodeJS.ReadStream, end: () => void): () => void {
  const onData = (data: Buffer | string): void => {
    if ([...String(data)].some((key) => END_KEYS.includes(key))) end();
  };
  keys.setRawMode(true);
  keys.on('data', onData);
  keys.on('end', end);
  keys.resume();
  return () => {
    keys.off('data', onData);
    keys.off('end', end);
    keys.setRawMode(false);
    keys.pause();
  };
}
