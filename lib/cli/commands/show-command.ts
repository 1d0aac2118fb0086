import { EXIT_CODES, type ExitCode } from '#lib/cli/cli-error.ts';
import { renderTimeline } from '#lib/cli/render/timeline-lines.ts';
import { narrate, wrapText } from '#lib/cli/render/wrap-text.ts';
import { getKnownPosition, type SuiteChoice, withSuite } from '#lib/cli/suite/find-suite.ts';
import { TERMINAL_WIDTH, type Terminal } from '#lib/cli/terminal.ts';
import { toPositionAnswer } from '#lib/contracts/open-answer.ts';
import type { Position } from '#lib/domain/position/position.ts';
import { describePosition } from '#lib/domain/position/position-view.ts';
import { replayTimeline } from '#lib/lifecycle/read/replay-timeline.ts';
import type { HandRecord } from '#lib/ports/store/hand-records.ts';
import { signedDollars } from '#lib/words/money-text.ts';
import { listFacts } from '#lib/words/position-facts.ts';
import { whatOf } from '#lib/words/position-words.ts';
import { utcTime } from '#lib/words/time-text.ts';
import { toJson } from '#lib/words/to-json.ts';

export type ShowOptions = SuiteChoice & { readonly json?: boolean };

export async function showCommand(terminal: Terminal, positionId: string, options: ShowOptions): Promise<ExitCode> {
  return withSuite(options, terminal.env, async (suite) => {
    const { store } = suite;
    const position = await getKnownPosition(suite, positionId);
    const [timeline, attempts, records] = await Promise.all([
      store.listTimeline(positionId),
      store.listAttempts(positionId),
      position.mode === 'live' ? suite.handRecords.list(position.wallet) : [],
    ]);
    const byHand = records.filter((record) => isOfPosition(record, position));
    if (options.json === true) {
      terminal.out(toJson({ position: toPositionAnswer(position), attempts, timeline, byHand }));
      return EXIT_CODES.ok;
    }
    const steps = replayTimeline(position, timeline);
    terminal.out(renderHead(position, terminal));
    terminal.out(`\n${renderTimeline(steps, position.marketEndsAtMs, terminal.paint)}`);
    for (const record of byHand) terminal.out(`\n${narrate(byHandText(record, terminal.nowMs()))}`);
    return EXIT_CODES.ok;
  });
}

/** Of the position's market, while or after it was open. */
function isOfPosition({ conditionId, atMs }: HandRecord, position: Position): boolean {
  return conditionId?.toLowerCase() === position.conditionId.toLowerCase() && atMs >= position.openedAtMs;
}

function byHandText({ action, cashMicros, references, atMs }: HandRecord, nowMs: number): string {
  const what = { sold: 'Sold', redeemed: 'Redeemed', merged: 'Merged', withdrawn: 'Withdrawn' }[action];
  return `${what} by hand at ${utcTime(atMs, nowMs)}: ${signedDollars(cashMicros)}\n${references.join('\n')}`;
}

const FACT_WIDTH = TERMINAL_WIDTH - 12;
const FACT_INDENT = `\n${' '.repeat(12)}`;

function renderHead(position: Position, { paint, nowMs }: Terminal): string {
  const view = describePosition(position);
  const title = paint('strong', `${view.mode.toUpperCase()} ${whatOf(view)}`);
  const lines = listFacts(position, nowMs()).map(({ name, text, tone }) => {
    const [first = '', ...rest] = wrapText(text, FACT_WIDTH).map((line) => paint(tone, line));
    return `  ${name.padEnd(9)} ${[first, ...rest].join(FACT_INDENT)}`;
  });
  return [title, ...lines].join('\n');
}
