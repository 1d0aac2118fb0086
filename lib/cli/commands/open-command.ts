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
import { countdown, utcTime } from '#lib/words/time-text.ts';

export type OpenOptions = SuiteChoice &
  Omit<OpenBody, 'requestId'> & { readonly requestId?: string; readonly json?: boolean };

export async function openCommand(terminal: Terminal, options: OpenOptions): Promise<ExitCode> {
  const { asset, window, side, usd, mode, marketSlug, requestId = `cli-${randomUUID()}` } = options;
  const body = { requestId, asset, window, side, usd, mode, ...(marketSlug !== undefined && { marketSlug }) };
  parseInput(OpenRequestSchema, body, 'open request');
  return withSuite(options, terminal.env, async (suite) => {
    // Before the call: whoever loses the answer needs the id to ask again.
    if (options.json !== true) terminal.out(`Request ${requestId} (repeat it with --request-id) to ${suite.place}`);
    const reply = await suite.open(body);
    if (!('position' in reply)) throw notOpened(reply, requestId);
    const { outcome, position } = reply;
    if (options.json === true) terminal.out(toJson({ requestId, outcome, position }));
    else terminal.out(describeOpened(outcome, position, terminal));
    return position.state === 'voided' ? EXIT_CODES.failure : EXIT_CODES.ok;
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

function describeOpened(outcome: string, view: PositionAnswer, terminal: Terminal): string {
  const { paint } = terminal;
  const nowMs = terminal.nowMs();
  const what = `${view.asset} ${view.side} in ${view.marketSlug}`;
  const head = outcome === 'opened' ? paint('good', 'Opened') : paint('warn', 'This request opened a position before');
  const exit = `exit at ${utcTime(view.exitDueAtMs, nowMs)}, in ${countdown(view.exitDueAtMs - nowMs)}`;
  const bought = `${shares(view.sharesMicros)} shares at ${centsOf(view.entryPrice)} for ${dollars(view.costMicros)}`;
  const money =
    view.state === 'voided'
      ? paint('bad', `nothing was bought (${view.exitReason ?? 'no reason'})`)
      : view.sharesMicros === '0'
        ? "the buy's answer is still out"
        : bought;
  return [
    `${head}: ${what} (${view.mode})`,
    `  ${money}; ${view.state}, ${exit}`,
    `  position ${view.positionId}`,
  ].join('\n');
}
