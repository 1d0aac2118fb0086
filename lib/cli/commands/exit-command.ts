import { setTimeout as delay } from 'node:timers/promises';
import { CliError, EXIT_CODES, type ExitCode } from '#lib/cli/cli-error.ts';
import { getKnownPosition, type Suite, type SuiteChoice, withSuite } from '#lib/cli/find-suite.ts';
import { hasEnded } from '#lib/cli/render/unfinished.ts';
import { narrate } from '#lib/cli/render/wrap-text.ts';
import type { Terminal } from '#lib/cli/terminal.ts';
import { toJson } from '#lib/cli/to-json.ts';
import { toPositionAnswer } from '#lib/contracts/open-answer.ts';
import type { Position } from '#lib/domain/position/position.ts';
import { describePosition } from '#lib/domain/position/position-view.ts';
import { requestExit } from '#lib/lifecycle/sell/request-exit.ts';
import { resultText } from '#lib/words/describe-shares.ts';
import { centsOf, dollars, shares } from '#lib/words/money-text.ts';
import { EXIT_REASON_WORDS } from '#lib/words/position-words.ts';
import { utcTime } from '#lib/words/time-text.ts';

export type ExitOptions = SuiteChoice & { readonly wait?: boolean; readonly json?: boolean };

const POLL_MS = 250;
/** Law 1: 90 s after the market's end at the latest the exit is over (lib/domain/README.md, laws). */
const WAIT_AFTER_END_MS = 95_000;

/** Requests the exit now, with the message that the timer would send later. */
export async function exitCommand(terminal: Terminal, positionId: string, options: ExitOptions): Promise<ExitCode> {
  return withSuite(options, terminal.env, async (suite) => {
    const position = await getKnownPosition(suite, positionId);
    const plan = planExitByHand(position, terminal.nowMs());
    await requestExit({ store: suite.store, queue: suite.queue, clock: terminal }, { positionId });
    if (options.json !== true) terminal.out(narrate(plan));
    const after = options.wait === true ? await waitForEnd(suite, position, terminal) : position;
    if (options.json === true) terminal.out(toJson({ outcome: 'requested', position: toPositionAnswer(after) }));
    else if (options.wait === true) {
      terminal.out(narrate(`${describeEnd(after)}\n\`tminus show ${positionId}${suite.flags}\` shows every step.`));
    }
    return options.wait === true && !hasEnded(after) ? EXIT_CODES.failure : EXIT_CODES.ok;
  });
}

/** What the request will do. @throws CliError 3 when there is nothing to exit */
export function planExitByHand(position: Position, nowMs: number): string {
  switch (position.state) {
    case 'buying':
      return 'Exit requested. The venue has not answered the buy yet; what it bought is sold as soon as the answer is known.';
    case 'holding':
      return 'Exit requested. The sell is posted now, and tried again until everything is sold or the market is about to end.';
    case 'exiting':
      return `The exit has started already, and the request changes nothing. The next step is due at ${utcTime(position.wakeUp.atMs, nowMs)}.`;
    case 'exited':
    case 'redeemed':
    case 'worthless':
    case 'voided':
    case 'stranded':
      throw new CliError(EXIT_CODES.refused, 'already-closed', `The position is closed already: ${position.state}.`);
    case 'awaiting-resolution':
      throw new CliError(
        EXIT_CODES.refused,
        'past-deadline',
        "The deadline has passed and nothing can be sold any more. The market's result decides what the shares pay.",
      );
  }
}

/** How the exit ended, with shares, price and result. */
export function describeEnd(position: Position): string {
  const view = describePosition(position);
  const sold = `Sold ${shares(view.soldMicros)} shares at ${centsOf(view.exitPrice)} for ${dollars(view.proceedsMicros)}.`;
  const left = `${shares(view.remainingMicros)} shares`;
  switch (position.state) {
    case 'exited':
      return `${view.exitReason === 'elsewhere' ? `${EXIT_REASON_WORDS.elsewhere}.` : sold} Result after fees: ${resultText(view, 'not final')}.`;
    case 'awaiting-resolution':
      return `${view.soldMicros === '0' ? '' : `${sold} `}Not sold in time: ${left}. The market's result decides what they pay.`;
    case 'voided':
      return `Nothing was bought: ${EXIT_REASON_WORDS[position.exitReason]}.`;
    case 'redeemed':
    case 'worthless':
    case 'stranded':
      return `The position is ${position.state}. Result after fees: ${resultText(view, 'not final')}.`;
    case 'buying':
    case 'holding':
    case 'exiting':
      return `The position is still ${position.state}, with ${left}.`;
  }
}

async function waitForEnd(suite: Suite, asked: Position, terminal: Terminal): Promise<Position> {
  let position = asked;
  while (!hasEnded(position) && terminal.nowMs() < asked.marketEndsAtMs + WAIT_AFTER_END_MS) {
    await delay(POLL_MS);
    position = await getKnownPosition(suite, asked.positionId);
  }
  return position;
}
