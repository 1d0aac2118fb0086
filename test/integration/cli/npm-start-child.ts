import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { vi } from 'vitest';

/**
 * The story in seconds: exit after ten, which leaves a busy machine the time to buy, and shares that settle a little
 * later than that.
 */
const QUICK_STORY = {
  STORY_TIME_TO_EXIT_MS: '10000',
  OPEN_TIME_TO_EXIT_MS_MIN: '1000',
  // On a busy machine the price runs away from a buy that is held up.
  OPEN_SLACK_TICKS: '20',
  PAPER_SETTLEMENT_FIXED_MS: '11200',
  PAPER_SELL_SETTLEMENT_FIXED_MS: '300',
  TIMER_GRAIN_MS: '1000',
  TIMER_LEAD_MS: '1000',
  TIMER_MARGIN_MS: '500',
};

/** Guards against a wait without end; no test depends on its length. */
const WAIT_MS_MAX = 150_000;

export type StoryChild = {
  readonly child: ChildProcess;
  out(): string;
  err(): string;
  /** Waits for a text on standard output. */
  says(text: string): Promise<void>;
  /** Code, or the signal that ended it. */
  readonly ended: Promise<number | string | null>;
};

export const makeStateDir = (): string => mkdtempSync(join(tmpdir(), 'tminus-start-'));
export const removeStateDir = (stateDir: string): void => rmSync(stateDir, { recursive: true, force: true });

/** `npm start` as a process of its own, in a pipe and without colours. */
export function startStory(
  stateDir: string,
  args: readonly string[],
  env: Record<string, string> = {},
  [command = '', ...commandArgs]: readonly string[] = [process.execPath, 'lib/cli/tminus.mjs', 'start'],
): StoryChild {
  const child = spawn(command, [...commandArgs, '--state-dir', stateDir, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...QUICK_STORY, NO_COLOR: '1', ...env },
  });
  let out = '';
  let err = '';
  child.stdout.on('data', (chunk) => {
    out += chunk;
  });
  child.stderr.on('data', (chunk) => {
    err += chunk;
  });
  return {
    child,
    out: () => out,
    err: () => err,
    says: (text) =>
      vi.waitFor(
        () => {
          if (!out.includes(text)) throw new Error(`"${text}" was not said. Out: ${out}\nErr: ${err}`);
        },
        { timeout: WAIT_MS_MAX, interval: 20 },
      ),
    ended: new Promise((resolve) => child.on('close', (code, signal) => resolve(code ?? signal))),
  };
}
