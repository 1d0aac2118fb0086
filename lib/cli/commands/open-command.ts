import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { CliError, EXIT_CODES, type ExitCode } from '#lib/cli/cli-error.ts';
import { untilInterrupted } from '#lib/cli/interruption.ts';
import { openInNextWindow, type WaitingDeps } from '#lib/cli/open-in-next-window.ts';
import { exitTermsOf } from '#lib/cli/options.ts';
import { ruleLines } from '#lib/cli/render/rule-lines.ts';
import { narrate } from '#lib/cli/render/wrap-text.ts';
import { type SuiteChoice, withSuite } from '#lib/cli/suite/find-suite.ts';
import type { Terminal } from '#lib/cli/terminal.ts';
import type { PositionAnswer } from '#lib/contracts/open-answer.ts';
import { OpenRequestSchema } from '#lib/contracts/open-request.ts';
import { parseInput } from '#lib/contracts/parse-input.ts';
import { type Span, windowAt } from '#lib/domain/market/up-down-markets.ts';
import type { OpenBody, OpenReply } from '#lib/suite-client/invoke-open.ts';
import { boughtText, exitAheadText, marketText, notBoughtText } from '#lib/words/opened-words.ts';
import { toJson } from '#lib/words/to-json.ts';

export type OpenOptions = SuiteChoice &
  Omit<OpenBody, 'requestId' | 'windowAt' | 'exitLeadSeconds'> & {
    readonly requestId?: string;
    /** Seconds. */
    readonly exitLead?: number;
    readonly json?: boolean;
    /** Opens in the next window, once it has begun. */
    readonly wait?: boolean;
  };

/** Opens a position through the suite's `open` function. Exit code 3 when nothing was bought. */
export async function openCommand(terminal: Terminal, options: OpenOptions): Promise<ExitCode> {
  const { asset, window, side, usd, mode, marketSlug, maintenance, requestId = `cli-${randomUUID()}` } = options;
  const span = nextWindow(options, terminal.nowMs());
  const body = {
    ...{ requestId, side, usd, mode },
    ...(window !== undefined && { window }),
    ...(asset !== undefined && { asset }),
    ...(span !== undefined && { windowAt: span.startsAtMs }),
    ...(marketSlug !== undefined && { marketSlug }),
    ...(maintenance !== undefined && { maintenance }),
    ...exitTermsOf(options),
  };
  parseInput(OpenRequestSchema, body, 'open request');
  return withSuite(options, terminal.env, async (suite) => {
    // Printed before the call: if its answer is lost, the caller needs the id to repeat it.
    if (options.json !== true) terminal.out(`Request ${requestId} to ${suite.place}.`);
    const ask = () => suite.open(body);
    const reply =
      asset === undefined || span === undefined
        ? await ask()
        : await askWhenItBegins(terminal, { asset, length: window ?? '5m', span, ask, json: options.json === true });
    if (reply === null) throw new CliError(EXIT_CODES.refused, 'interrupted', 'Interrupted. Nothing was opened.');
    if (!('position' in reply)) throw notOpened(reply, requestId);
    const { outcome, position } = reply;
    if (options.json === true) terminal.out(toJson({ requestId, outcome, position }));
    else terminal.out(describeOpened(outcome, position, terminal));
    return position.state === 'voided' ? EXIT_CODES.refused : EXIT_CODES.ok;
  });
}

function nextWindow({ wait, window = '5m' }: OpenOptions, nowMs: number): Span | undefined {
  return wait === true ? windowAt(window, windowAt(window, nowMs).endsAtMs) : undefined;
}

/** Ctrl-C ends the wait. A request that was sent already is not taken back: its answer is awaited. */
async function askWhenItBegins(
  terminal: Terminal,
  waiting: Pick<WaitingDeps, 'asset' | 'length' | 'span' | 'ask'> & { readonly json: boolean },
): Promise<OpenReply | null> {
  const { screen, nowMs } = terminal;
  const { signal, dispose } = untilInterrupted();
  const overwrite = (text: string): void => void screen?.write(`\r  ${text} left `);
  try {
    return await openInNextWindow({
      ...waiting,
      nowMs,
      isInterrupted: () => signal.aborted,
      sleepUntil: async (atMs) => {
        await delay(Math.max(atMs - nowMs(), 0), undefined, { signal }).catch(() => undefined);
      },
      say: (text) => {
        if (!waiting.json) terminal.out(narrate(text));
      },
      showCountdown: screen === null || waiting.json ? undefined : overwrite,
    });
  } finally {
    if (screen !== null && !waiting.json) terminal.out('');
    dispose();
  }
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
  const what = marketText(view);
  const id = `  position ${view.positionId}`;
  if (view.state === 'voided') return `${paint('bad', 'Not bought')}: ${what}${notBoughtText(view)}.\n${id}`;
  const head = outcome === 'opened' ? paint('good', 'Opened') : paint('warn', 'Opened before, by the same request');
  const exit = `  ${exitAheadText(view, nowMs())}`;
  return [`${head}: ${what}`, `  ${boughtText(view)}`, exit, ...ruleLines(view), id].join('\n');
}
