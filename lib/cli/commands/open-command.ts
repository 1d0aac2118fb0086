import { randomUUID } from 'node:crypto';
import { CliError, EXIT_CODES, type ExitCode } from '#lib/cli/cli-error.ts';
import { type SuiteChoice, withSuite } from '#lib/cli/find-suite.ts';
import type { Terminal } from '#lib/cli/terminal.ts';
import { toJson } from '#lib/cli/to-json.ts';
import type { PositionAnswer } from '#lib/contracts/open-answer.ts';
import { OpenRequestSchema } from '#lib/contracts/open-request.ts';
import { parseInput } from '#lib/contracts/parse-input.ts';
import type { OpenBody, OpenReply } from '#lib/suite-client/invoke-open.ts';
import { centsOf, dollars, shares } from '#lib/words/money-text.ts';
import { EXIT_REASON_WORDS, wordsOr } from '#lib/words/position-words.ts';
import { countdown, utcTime } from '#lib/words/time-text.ts';

export type OpenOptions = SuiteChoice &
  Omit<OpenBody, 'requestId' | 'exitLeadSeconds'> & {
    readonly requestId?: string;
    /** Seconds. */
    readonly exitLead?: number;
    readonly json?: boolean;
  };

/** Opens a position through the suite's `open` function. Exit code 3 when nothing was bought. */
export async function openCommand(terminal: Terminal, options: OpenOptions): Promise<ExitCode> {
  const { asset, window, side, usd, mode, marketSlug, requestId = `cli-${randomUUID()}` } = options;
  const { exitLead, floor, slackTicks, maintenance } = options;
  const body = {
    ...{ requestId, asset, window, side, usd, mode },
    ...(marketSlug !== undefined && { marketSlug }),
    ...(exitLead !== undefined && { exitLeadSeconds: exitLead }),
    ...(floor !== undefined && { floor }),
    ...(slackTicks !== undefined && { slackTicks }),
    ...(maintenance !== undefined && { maintenance }),
  };
  parseInput(OpenRequestSchema, body, 'open request');
  return withSuite(options, terminal.env, async (suite) => {
    // Printed before the call: if its answer is lost, the caller needs the id to repeat it.
    if (options.json !== true) terminal.out(`Request ${requestId} to ${suite.place}.`);
    const reply = await suite.open(body);
    if (!('position' in reply)) throw notOpened(reply, requestId);
    const { outcome, position } = reply;
    if (options.json === true) terminal.out(toJson({ requestId, outcome, position }));
    else terminal.out(describeOpened(outcome, position, terminal));
    return position.state === 'voided' ? EXIT_CODES.refused : EXIT_CODES.ok;
  });
}

function notOpened(reply: Exclude<OpenReply, { readonly position: PositionAnswer }>, requestId: string): CliError {
  const { code, message } = reply;
  if (reply.outcome === 'refused') return new CliError(EXIT_CODES.refused, code, message);
  if (code === 'InvalidInputError') return new CliError(EXIT_CODES.usage, code, message);
  const advice = reply.mayHaveOpened
    ? ` Repeat the command with the same request id, which never opens twice: --request-id ${requestId}`
    : '';
  return new CliError(EXIT_CODES.failure, code, `${message}${advice}`);
}

function describeOpened(
  outcome: 'opened' | 'already-requested',
  view: PositionAnswer,
  { paint, nowMs }: Terminal,
): string {
  const what = `${view.asset} ${view.side} in ${view.marketSlug} (${view.mode})`;
  const id = `  position ${view.positionId}`;
  if (view.state === 'voided') {
    const reason = view.exitReason === null ? '' : `: ${wordsOr(EXIT_REASON_WORDS, view.exitReason)}`;
    return `${paint('bad', 'Not bought')}: ${what}${reason}.\n${id}`;
  }
  const head = outcome === 'opened' ? paint('good', 'Opened') : paint('warn', 'Opened before, by the same request');
  const bought =
    view.sharesMicros === '0'
      ? 'the venue has not answered the buy yet; it is looked up'
      : `${shares(view.sharesMicros)} shares at ${centsOf(view.entryPrice)} for ${dollars(view.costMicros)}`;
  return `${head}: ${what}\n  ${bought}\n  ${view.state}, ${exitOf(view, nowMs())}\n${id}`;
}

function exitOf({ exitAtMs, exitDueAtMs }: PositionAnswer, nowMs: number): string {
  if (exitAtMs !== null) return `exited at ${utcTime(exitAtMs, nowMs)}`;
  return `exit at ${utcTime(exitDueAtMs, nowMs)}, in ${countdown(exitDueAtMs - nowMs)}`;
}
