import { resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { findRunningStack } from '#infra/local/find-running-stack.ts';
import { isRunning } from '#infra/shared/child-reaper.ts';
import { CliError, EXIT_CODES, type ExitCode } from '#lib/cli/cli-error.ts';
import { DEFAULT_STATE_DIR } from '#lib/cli/options.ts';
import { leftLines, listUnfinished } from '#lib/cli/render/unfinished.ts';
import type { Terminal } from '#lib/cli/terminal.ts';
import { readOpen } from '#lib/lifecycle/read/list-positions.ts';
import { connectSuite } from '#lib/suite-client/connect-suite.ts';
import { toJson } from '#lib/words/to-json.ts';

export type StopOptions = { readonly stateDir?: string; readonly json?: boolean };

const POLL_MS = 100;
/** The stack gives the work under way 10 s; its parts end after that. */
const STOP_DEADLINE_MS = 30_000;

/**
 * Ends the stack that runs on the state directory, in order, and waits until its process is gone. What is open
 * continues at the next start.
 * @throws CliError 5 when none runs, 1 when the process does not answer as a stack or does not end
 */
export async function stopCommand(terminal: Terminal, options: StopOptions): Promise<ExitCode> {
  const { stateDir = DEFAULT_STATE_DIR, json = false } = options;
  const stack = findRunningStack(resolve(stateDir));
  if (stack === undefined) {
    throw new CliError(
      EXIT_CODES.notRunning,
      'not-running',
      `No local stack runs in ${stateDir}: there is nothing to stop.`,
    );
  }
  const { pid, env } = stack;
  const suite = connectSuite(env);
  // A process id may have passed to another program after a kill: only a process whose table answers is ended.
  const { positions } = await readOpen(suite, {}).finally(suite.close);
  process.kill(pid, 'SIGTERM');
  for (const untilMs = Date.now() + STOP_DEADLINE_MS; isRunning(pid); await delay(POLL_MS)) {
    if (Date.now() > untilMs) {
      throw new CliError(
        EXIT_CODES.failure,
        'not-stopped',
        `Process ${pid} does not end. \`kill -9 ${pid}\` ends it at once.`,
      );
    }
  }
  const left = listUnfinished(positions);
  if (json) terminal.out(toJson({ pid, left: left.map(({ positionId }) => positionId) }));
  else
    terminal.out(
      [`Stopped the local stack in ${stateDir} (process ${pid}).`, ...leftLines(left, terminal.nowMs())].join('\n'),
    );
  return EXIT_CODES.ok;
}
