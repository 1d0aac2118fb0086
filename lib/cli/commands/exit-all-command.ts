import { setTimeout as delay } from 'node:timers/promises';
import { CliError, EXIT_CODES, type ExitCode } from '#lib/cli/cli-error.ts';
import { type ConfirmOptions, isConfirmed } from '#lib/cli/confirm.ts';
import { plainTable } from '#lib/cli/render/plain-table.ts';
import { renderPositionsTable } from '#lib/cli/render/positions-table.ts';
import { narrate } from '#lib/cli/render/wrap-text.ts';
import { type Suite, type SuiteChoice, withSuite } from '#lib/cli/suite/find-suite.ts';
import type { Terminal } from '#lib/cli/terminal.ts';
import { toExitsAnswer } from '#lib/contracts/api/exits-answer.ts';
import { ExitAllRequestSchema } from '#lib/contracts/api/requests.ts';
import type { Mode } from '#lib/domain/position/position.ts';
import { describePosition } from '#lib/domain/position/position-view.ts';
import {
  type ExitResult,
  type ExitsAhead,
  isExitAsked,
  listExits,
  requestExits,
} from '#lib/lifecycle/sell/request-exits.ts';
import { whatOf } from '#lib/words/position-words.ts';
import { toJson } from '#lib/words/to-json.ts';

export type ExitAllOptions = SuiteChoice &
  ConfirmOptions & { readonly mode?: Mode; readonly market?: string; readonly minPrice?: string };

/** Requests the exit of every open position, after showing them and a yes. */
export async function exitAllCommand(terminal: Terminal, options: ExitAllOptions): Promise<ExitCode> {
  return withSuite(options, terminal.env, (suite) => exitAll(terminal, suite, options));
}

/**
 * Code 0 when every position that was seen has its exit requested, 1 when one has not or could not be seen, and 3 when
 * the answer was no.
 */
export async function exitAll(
  terminal: Terminal,
  suite: Suite,
  { mode, market, minPrice, yes, json }: ExitAllOptions,
  before?: object,
): Promise<ExitCode> {
  const floor = readFloor(minPrice);
  const clock = {
    nowMs: () => terminal.nowMs(),
    sleepUntil: (atMs: number) => delay(Math.max(atMs - terminal.nowMs(), 0)),
  };
  const deps = { store: suite.store, queue: suite.queue, clock };
  const ahead = await listExits(deps, { mode, marketSlug: market });
  if (json !== true) terminal.out(previewOf(ahead, terminal));
  const { positions } = ahead;
  const question = `Sell ${positions.length === 1 ? 'this position' : `these ${positions.length} positions`} now?`;
  const isAsked = positions.length > 0;
  if (isAsked && !(await isConfirmed(terminal, { ...(yes && { yes }), ...(json && { json }) }, question))) {
    // What was done before the question is done.
    if (json === true && before !== undefined) terminal.out(toJson(before));
    return EXIT_CODES.refused;
  }
  const results = await requestExits(deps, positions, floor);
  if (json === true) terminal.out(toJson({ ...before, ...toExitsAnswer(ahead, results, isExitAsked) }));
  else if (isAsked) terminal.out(`\n${resultLines(results)}\n\n${narrate(summaryOf(results, suite.flags))}`);
  const isComplete = ahead.corruptIds.length === 0 && ahead.unseenCount === 0 && results.every(isExitAsked);
  return isComplete ? EXIT_CODES.ok : EXIT_CODES.failure;
}

function readFloor(minPrice: string | undefined) {
  if (minPrice === undefined) return {};
  const parsed = ExitAllRequestSchema.safeParse({ minPrice });
  if (parsed.success) return { minPriceMicros: parsed.data.minPrice ?? 0n };
  throw new CliError(EXIT_CODES.usage, 'usage', `--min-price ${parsed.error.issues[0]?.message ?? 'is not a price'}.`);
}

function previewOf({ positions, awaiting, corruptIds, unseenCount }: ExitsAhead, terminal: Terminal): string {
  const views = positions.map(describePosition);
  return [
    views.length === 0
      ? 'No open position can be sold.'
      : renderPositionsTable(views, terminal.nowMs(), terminal.paint, terminal.screen?.columns),
    ...(awaiting.length > 0 ? [narrate(`${awaiting.length} more wait for the result of their market.`)] : []),
    ...(corruptIds.length > 0 ? [narrate(`Cannot be read, and is not sold: ${corruptIds.join(', ')}`)] : []),
    ...(unseenCount > 0 ? [narrate(`${unseenCount} more are counted as open and not listed yet. Run it again.`)] : []),
  ].join('\n');
}

const OUTCOME_WORDS = {
  requested: 'exit requested',
  'already-exiting': 'its exit had begun before',
  'already-requested': 'closed meanwhile',
  refused: 'not requested',
  failed: 'FAILED',
} as const satisfies Record<ExitResult['outcome'], string>;

/** Refused, because there is nothing to ask for any more. */
const ASKED_WORDS = 'under way or over';

function resultLines(results: readonly ExitResult[]): string {
  return plainTable(
    ['Position', 'What', 'Result'],
    results.map((result) => {
      const { position, outcome } = result;
      const code = 'code' in result && result.code !== undefined ? ` (${result.code})` : '';
      const words = outcome === 'refused' && isExitAsked(result) ? ASKED_WORDS : OUTCOME_WORDS[outcome];
      return [position.positionId, whatOf(describePosition(position)), `${words}${code}`];
    }),
  );
}

function summaryOf(results: readonly ExitResult[], flags: string): string {
  const openCount = results.filter((result) => !isExitAsked(result)).length;
  const requested = `${results.length - openCount} of ${results.length} exits are requested`;
  const rest = openCount === 0 ? '' : ' Run it again for the rest: repeating it changes nothing for the others.';
  return `${requested}; \`tminus positions${flags}\` shows how they end.${rest}`;
}
