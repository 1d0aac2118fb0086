import { setTimeout as pause } from 'node:timers/promises';
import { systemClock as clock } from '#lib/adapters/system/system-clock.ts';
import { CliError, EXIT_CODES, type ExitCode } from '#lib/cli/cli-error.ts';
import { endWithParent, untilInterrupted } from '#lib/cli/interruption.ts';
import { followSuite } from '#lib/cli/suite/connect-console.ts';
import type { SuiteChoice } from '#lib/cli/suite/find-suite.ts';
import { TERMINAL_WIDTH, type Terminal } from '#lib/cli/terminal.ts';
import { runWatch } from '#lib/cli/watch/run-watch.ts';
import { renderWatch } from '#lib/cli/watch/watch-picture.ts';
import type { NowState } from '#lib/console/now/now-changes.ts';
import type { NowFeed } from '#lib/console/now/now-feed.ts';
import { toJson } from '#lib/words/to-json.ts';

export type WatchOptions = SuiteChoice & { readonly once?: boolean; readonly json?: boolean };

/** A read that is under way when the watch ends may wait for a suite that does not answer. */
const STOP_MS_MAX = 1_000;

/**
 * What is open now, on the whole screen until a key ends it; once where the output is no terminal. @throws CliError 5
 * when there is no suite
 */
export async function watchCommand(terminal: Terminal, options: WatchOptions): Promise<ExitCode> {
  const { screen, paint, env } = terminal;
  const interruption = untilInterrupted();
  const parent = endWithParent(env);
  try {
    const feed = await followSuite(options, env);
    try {
      if (screen === null || options.once === true || options.json === true) {
        show(terminal, await readOnce(feed, interruption.signal), options);
      } else {
        const keys = process.stdin.isTTY ? process.stdin : null;
        await runWatch({ feed, clock, screen, keys, paint, signal: interruption.signal });
      }
    } finally {
      await Promise.race([feed.stop(), pause(STOP_MS_MAX, undefined, { ref: false })]);
    }
    return EXIT_CODES.ok;
  } finally {
    parent.dispose();
    interruption.dispose();
  }
}

/** After the table's first answer, prices and checks each change the state once more. */
const STATES_UNTIL_WHOLE = 3;

/** @throws CliError 5 when the suite does not answer */
async function readOnce(feed: NowFeed, signal: AbortSignal): Promise<NowState> {
  let answeredCount = 0;
  const { promise, resolve, reject } = Promise.withResolvers<NowState>();
  const onAbort = (): void => reject(new CliError(EXIT_CODES.failure, 'interrupted', 'Interrupted.'));
  signal.addEventListener('abort', onAbort, { once: true });
  const unsubscribe = feed.subscribe((state) => {
    const { link, checks } = state.sections;
    if (link.value.state === 'lost') reject(new CliError(EXIT_CODES.notRunning, 'suite-away', link.value.reason));
    if (link.value.state !== 'ok') return;
    answeredCount += 1;
    const isChecked = 'unread' in checks.value || checks.value.state === 'read';
    if (isChecked && answeredCount >= STATES_UNTIL_WHOLE) resolve(state);
  });
  try {
    return await promise;
  } finally {
    unsubscribe();
    signal.removeEventListener('abort', onAbort);
  }
}

function show(terminal: Terminal, state: NowState, { json }: WatchOptions): void {
  const atMs = clock.nowMs();
  if (json === true) {
    const { about, openings, checks, prices, news } = state.sections;
    const sections = { about: about.value, openings: openings.value, checks: checks.value, prices: prices.value };
    const positions = [...state.rows.values()].map(({ value }) => value).filter(({ isOpen }) => isOpen);
    terminal.out(toJson({ atMs, ...sections, positions, news: news.value }));
    return;
  }
  const width = Math.max(TERMINAL_WIDTH, terminal.screen?.columns ?? 0);
  terminal.out(renderWatch(state, { width, height: null }, atMs, terminal.paint));
}
