import { randomUUID } from 'node:crypto';
import { CliError, EXIT_CODES, type ExitCode } from '#lib/cli/cli-error.ts';
import { exitTermsOf } from '#lib/cli/options.ts';
import { ruleLines } from '#lib/cli/render/rule-lines.ts';
import { narrate } from '#lib/cli/render/wrap-text.ts';
import { type SuiteChoice, withSuite } from '#lib/cli/suite/find-suite.ts';
import type { Terminal } from '#lib/cli/terminal.ts';
import { GuardRequestSchema } from '#lib/contracts/guard-request.ts';
import { parseInput } from '#lib/contracts/parse-input.ts';
import type { GuardBody, GuardReply } from '#lib/suite-client/invoke-guard.ts';
import { exitAheadText, guardedText, guardNotes, marketText } from '#lib/words/opened-words.ts';
import { toJson } from '#lib/words/to-json.ts';

export type GuardOptions = SuiteChoice &
  Omit<GuardBody, 'requestId' | 'marketSlug' | 'exitLeadSeconds'> & {
    readonly market: string;
    readonly requestId?: string;
    /** Seconds. */
    readonly exitLead?: number;
    readonly json?: boolean;
  };

type Refused = Extract<GuardReply, { readonly outcome: 'refused' | 'failed' }>;
type Guarded = Exclude<GuardReply, Refused>;

/** Guards shares that were bought elsewhere, through the suite's `open` function. */
export async function guardCommand(terminal: Terminal, options: GuardOptions): Promise<ExitCode> {
  const body = toBody(options);
  parseInput(GuardRequestSchema, body, 'guard request');
  const { requestId } = body;
  return withSuite(options, terminal.env, async (suite) => {
    // Printed before the call: if its answer is lost, the caller needs the id to repeat it.
    if (options.json !== true) terminal.out(`Request ${requestId} to ${suite.place}.`);
    const reply = await suite.guard(body);
    if (reply.outcome === 'refused' || reply.outcome === 'failed') throw notGuarded(reply, requestId);
    if (options.json === true) terminal.out(toJson({ requestId, ...reply }));
    else terminal.out(describeGuarded(reply, terminal));
    return EXIT_CODES.ok;
  });
}

function toBody(options: GuardOptions): GuardBody {
  const { market, side, mode, requestId = `cli-${randomUUID()}`, shares: count, cost, expectShares } = options;
  return {
    ...{ requestId, marketSlug: market, side, mode },
    ...(count !== undefined && { shares: count }),
    ...(cost !== undefined && { cost }),
    ...(expectShares !== undefined && { expectShares }),
    ...exitTermsOf(options),
  };
}

function notGuarded(reply: Refused, requestId: string): CliError {
  const { code, message } = reply;
  if (code === 'InvalidInputError') return new CliError(EXIT_CODES.usage, code, message);
  const isOpen = reply.outcome === 'failed' ? reply.mayHaveOpened : reply.isRetryable;
  if (reply.outcome === 'refused' && !isOpen) return new CliError(EXIT_CODES.refused, code, message);
  const advice = isOpen
    ? ` Repeat the command with the same request id, which never guards twice: --request-id ${requestId}`
    : '';
  return new CliError(EXIT_CODES.failure, code, `${message}${advice}`);
}

function describeGuarded(reply: Guarded, { paint, nowMs }: Terminal): string {
  const { outcome, position: view } = reply;
  const head = outcome === 'guarded' ? paint('good', 'Guarded') : paint('warn', 'Guarded before, by the same request');
  const lines = [
    `${head}: ${marketText(view)}`,
    `  ${guardedText(view)}`,
    `  ${exitAheadText(view, nowMs())}`,
    ...ruleLines(view),
    `  position ${view.positionId}`,
  ];
  return [...lines, ...guardNotes(reply).map(narrate)].join('\n');
}
