import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { CliError, EXIT_CODES, type ExitCode } from '#lib/cli/cli-error.ts';
import { exitAllCommand } from '#lib/cli/commands/exit-all-command.ts';
import type { ConfirmOptions } from '#lib/cli/confirm.ts';
import { hasEnded } from '#lib/cli/render/unfinished.ts';
import { narrate } from '#lib/cli/render/wrap-text.ts';
import { getKnownPosition, type Suite, type SuiteChoice, withSuite } from '#lib/cli/suite/find-suite.ts';
import type { Terminal } from '#lib/cli/terminal.ts';
import { EXIT_REFUSALS } from '#lib/contracts/api/exit-refusals.ts';
import { ExitRequestSchema } from '#lib/contracts/api/requests.ts';
import { toExitPart } from '#lib/contracts/exit-part.ts';
import { toPositionAnswer } from '#lib/contracts/open-answer.ts';
import type { Mode, Position } from '#lib/domain/position/position.ts';
import { describePosition } from '#lib/domain/position/position-view.ts';
import { type ExitPart, type RequestExitOutcome, requestExit } from '#lib/lifecycle/sell/request-exit.ts';
import { resultText } from '#lib/words/describe-shares.ts';
import { exitPlanText } from '#lib/words/exit-plan.ts';
import { centsOf, dollars, shares } from '#lib/words/money-text.ts';
import { EXIT_REASON_WORDS } from '#lib/words/position-words.ts';
import { toJson } from '#lib/words/to-json.ts';

export type ExitOptions = SuiteChoice &
  ConfirmOptions & {
    readonly shares?: string;
    readonly minPrice?: string;
    readonly requestId?: string;
    readonly wait?: boolean;
    readonly all?: boolean;
    readonly mode?: Mode;
    readonly market?: string;
  };

const POLL_MS = 250;
/** Law 1: 90 s after the market's end at the latest the exit is over (lib/domain/README.md, laws). */
const WAIT_AFTER_END_MS = 95_000;

/** Requests the exit of one position, or of all, now. */
export async function exitCommand(
  terminal: Terminal,
  positionId: string | undefined,
  options: ExitOptions,
): Promise<ExitCode> {
  if (options.all === true) {
    if (positionId !== undefined) throw usage('--all exits every position. Leave out the id, or leave out --all.');
    return exitAllCommand(terminal, options);
  }
  if (positionId === undefined) throw usage('Which position? `tminus positions` lists the open ones; --all means all.');
  if (options.mode !== undefined || options.market !== undefined || options.yes === true) {
    throw usage('--mode, --market and --yes belong to --all.');
  }
  const part = readPart(options);
  return withSuite(options, terminal.env, (suite) => exitOne(terminal, suite, { positionId, part, options }));
}

const usage = (message: string) => new CliError(EXIT_CODES.usage, 'usage', message);

type ReadPart = ExitPart & { readonly requestId?: string };

/** A new id makes one run one request: to repeat it, its id has to be given. */
function readPart({ shares: count, minPrice, requestId }: ExitOptions): ReadPart {
  if (count === undefined && minPrice === undefined) return {};
  const given = {
    ...(count !== undefined && { shares: count }),
    ...(minPrice !== undefined && { minPrice }),
    requestId: requestId ?? randomUUID(),
  };
  const parsed = ExitRequestSchema.safeParse({ positionId: 'any', ...given });
  if (parsed.success) return { requestId: given.requestId, ...toExitPart(parsed.data) };
  const [issue] = parsed.error.issues;
  const name = { shares: '--shares', minPrice: '--min-price', requestId: '--request-id' }[String(issue?.path[0])];
  throw usage(`${name ?? 'The request'} ${issue?.message ?? 'is not valid'}.`);
}

type OneExit = { readonly positionId: string; readonly part: ReadPart; readonly options: ExitOptions };

async function exitOne(terminal: Terminal, suite: Suite, { positionId, part, options }: OneExit): Promise<ExitCode> {
  const position = await getKnownPosition(suite, positionId);
  const plan = planExitByHand(position, terminal.nowMs(), part);
  const deps = { store: suite.store, queue: suite.queue, clock: terminal };
  const asked = await requestExit(deps, { positionId, ...part });
  if (asked.outcome === 'refused') throw refusedBy(asked);
  const { outcome } = asked;
  const repeated = 'This request was taken before, and sells nothing again.';
  if (options.json !== true) terminal.out(narrate(outcome === 'already-requested' ? repeated : plan));
  const isPart = part.sharesMicros !== undefined;
  const after = options.wait === true ? await waitForEnd(suite, position, terminal, isPart) : asked.position;
  if (options.json === true) {
    const { requestId } = part;
    terminal.out(toJson({ outcome, ...(requestId && { requestId }), position: toPositionAnswer(after) }));
  } else if (options.wait === true) {
    terminal.out(narrate(`${describeEnd(after)}\n\`tminus show ${positionId}${suite.flags}\` shows every step.`));
  } else if (isPart) terminal.out(narrate(`The request's id is ${part.requestId}.`));
  return options.wait === true && !isOver(after, isPart) ? EXIT_CODES.failure : EXIT_CODES.ok;
}

function refusedBy(asked: Extract<RequestExitOutcome, { outcome: 'refused' }>): CliError {
  return new CliError(EXIT_CODES.refused, asked.code, 'message' in asked ? asked.message : EXIT_REFUSALS[asked.code]);
}

/** What the request will do. @throws CliError 3 when there is nothing to exit */
export function planExitByHand(position: Position, nowMs: number, part: ExitPart = {}): string {
  switch (position.state) {
    case 'buying':
    case 'holding':
    case 'exiting':
      return exitPlanText(position, nowMs, part);
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
  const sale = `${shares(view.soldMicros)} shares at ${centsOf(view.exitPrice)} for ${dollars(view.proceedsMicros)}`;
  const sold = `Sold ${sale}.`;
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
    case 'holding':
      // Parts that were sold before are in the sum.
      return view.soldMicros === '0'
        ? `The position is still holding, with ${left}.`
        : `Sold so far: ${sale}. ${left} are held.`;
    case 'buying':
    case 'exiting':
      return `The position is still ${position.state}, with ${left}.`;
  }
}

async function waitForEnd(suite: Suite, asked: Position, terminal: Terminal, isPart: boolean): Promise<Position> {
  let position = await getKnownPosition(suite, asked.positionId);
  while (!isOver(position, isPart) && terminal.nowMs() < asked.marketEndsAtMs + WAIT_AFTER_END_MS) {
    await delay(POLL_MS);
    position = await getKnownPosition(suite, asked.positionId);
  }
  return position;
}

/** A part is sold when the position is held again. */
function isOver(position: Position, isPart: boolean): boolean {
  return hasEnded(position) || (isPart && position.state === 'holding' && position.exitRequest === undefined);
}
