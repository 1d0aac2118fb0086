import { setTimeout as delay } from 'node:timers/promises';
import { CliError, EXIT_CODES, type ExitCode } from '#lib/cli/cli-error.ts';
import { type Suite, type SuiteChoice, withSuite } from '#lib/cli/find-suite.ts';
import { getKnownPosition } from '#lib/cli/get-known-position.ts';
import type { Terminal } from '#lib/cli/terminal.ts';
import { toJson } from '#lib/cli/to-json.ts';
import { toPositionAnswer } from '#lib/contracts/open-answer.ts';
import { EXIT_WAKE_UP_ID } from '#lib/domain/plan/plan-wake-up.ts';
import { isClosed, type Position } from '#lib/domain/position/position.ts';

import { utcTime } from '#lib/words/time-text.ts';

export type ExitOptions = SuiteChoice & { readonly wait?: boolean; readonly json?: boolean };

const POLL_MS = 250;
/** The end is written at T − 5 s; a process that died needs a sweep more (lib/domain/README.md, laws, law 1). */
const WAIT_AFTER_END_MS = 95_000;

/** Asks for the exit now. The message does what the timer's does, only earlier. */
export async function exitCommand(terminal: Terminal, positionId: string, options: ExitOptions): Promise<ExitCode> {
  return withSuite(options, terminal.env, async (suite) => {
    const position = await getKnownPosition(suite, positionId);
    const plan = planExitByHand(position, terminal.nowMs());
    const message = { positionId, wakeUpId: EXIT_WAKE_UP_ID, source: 'by-hand' } as const;
    await suite.queue.send(message, terminal.nowMs());
    if (options.json !== true) terminal.out(plan);
    const after = options.wait === true ? await waitForEnd(suite, position, terminal) : position;
    if (options.json === true) terminal.out(toJson({ outcome: 'requested', position: toPositionAnswer(after) }));
    else if (options.wait === true) {
      terminal.out(`${after.state}. \`tminus show ${positionId}${suite.flags}\` tells how it went.`);
    }
    return options.wait === true && !hasEnded(after) ? EXIT_CODES.failure : EXIT_CODES.ok;
  });
}

/** What the request will do. @throws CliError 3 when there is nothing to exit */
export function planExitByHand(position: Position, nowMs: number): string {
  switch (position.state) {
    case 'buying':
      return 'Asked for. The answer to the buy is still out: what it bought is sold as soon as that is known.';
    case 'holding':
      return 'Asked for. The sell goes out now and is retried through the queue until it is sold or the market is about to end.';
    case 'exiting':
      return `The exit is under way already; the next step comes at ${utcTime(position.wakeUp.atMs, nowMs)}. Nothing changes.`;
    case 'exited':
    case 'redeemed':
    case 'worthless':
    case 'voided':
    case 'stranded':
      throw new CliError(EXIT_CODES.refused, 'already-closed', `The position is closed already (${position.state}).`);
    case 'awaiting-resolution':
      throw new CliError(
        EXIT_CODES.refused,
        'past-deadline',
        "The deadline has passed: nothing can be sold any more, and the market's result decides.",
      );
  }
}

function hasEnded(position: Position): boolean {
  return isClosed(position) || position.state === 'awaiting-resolution';
}

async function waitForEnd(suite: Suite, asked: Position, terminal: Terminal): Promise<Position> {
  let position = asked;
  while (!hasEnded(position) && terminal.nowMs() < asked.marketEndsAtMs + WAIT_AFTER_END_MS) {
    await delay(POLL_MS);
    position = await getKnownPosition(suite, asked.positionId);
  }
  return position;
}
