import { EXIT_CODES, type ExitCode } from '#lib/cli/cli-error.ts';
import { toneOfPnl, toneOfState } from '#lib/cli/render/plain-table.ts';
import { renderTimeline } from '#lib/cli/render/timeline-lines.ts';
import { narrate, wrapText } from '#lib/cli/render/wrap-text.ts';
import { getKnownPosition, type SuiteChoice, withSuite } from '#lib/cli/suite/find-suite.ts';
import { TERMINAL_WIDTH, type Terminal } from '#lib/cli/terminal.ts';
import { toJson } from '#lib/cli/to-json.ts';
import { toPositionAnswer } from '#lib/contracts/open-answer.ts';
import { formatMicros } from '#lib/domain/market/money.ts';
import type { Position } from '#lib/domain/position/position.ts';
import { describePosition, type PositionView } from '#lib/domain/position/position-view.ts';
import { replayTimeline } from '#lib/lifecycle/read/replay-timeline.ts';
import type { HandRecord } from '#lib/ports/store/hand-records.ts';
import { acquiredText, exitRequestText, heldText, resultText } from '#lib/words/describe-shares.ts';
import { centsOf, dollars, shares, signedDollars } from '#lib/words/money-text.ts';
import { EXIT_REASON_WORDS, setbackWords, whatOf } from '#lib/words/position-words.ts';
import { describeFired, describeRules } from '#lib/words/rule-words.ts';
import { tMinus, utcTime } from '#lib/words/time-text.ts';

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
  const time = (atMs: number): string => utcTime(atMs, nowMs());
  const view = describePosition(position);
  const pnlMicros = view.pnlMicros === null ? null : BigInt(view.pnlMicros);
  const result = paint(toneOfPnl(pnlMicros), resultText(view, 'not final'));
  const [described, fired] = [describeRules(view), describeFired(view)];
  const held = heldText(view, nowMs());
  const asked = exitRequestText(view);
  const facts: readonly (readonly [string, string])[] = [
    ['Position', `${view.positionId} (version ${view.version})`],
    ['Request', view.requestId],
    [
      'Market',
      `${view.marketSlug} (${view.marketVersion}), ends ${time(view.marketEndsAtMs)}; exit due ${time(view.exitDueAtMs)}`,
    ],
    ...(described === null ? [] : [['Rules', described] as const]),
    ...(fired === null ? [] : [['Fired', fired] as const]),
    ...(asked === null ? [] : [['Asked', asked] as const]),
    ['State', `${paint(toneOfState(view.state), view.state)}${nextWakeUp(position, time)}`],
    ['Bought', acquiredText(view)],
    [
      'Sold',
      `${shares(view.soldMicros)} at ${centsOf(view.exitPrice)} for ${dollars(view.proceedsMicros)}; ${shares(view.remainingMicros)} left`,
    ],
    ...(view.leftMicros === '0' ? [] : [['Elsewhere', elsewhereText(view)] as const]),
    ['Result', `${result} after fees of ${dollars(view.feesMicros)}${feeDrift(view)}`],
    ...('exitReason' in position
      ? [['Why', `${EXIT_REASON_WORDS[position.exitReason]} (${position.exitReason})`] as const]
      : []),
    ...(held === null ? [] : [['Held', held] as const]),
    ...view.refusals.map(({ cause, count }) => ['Setback', `${count} × ${setbackWords(cause)}`] as const),
  ];
  const title = paint('strong', `${view.mode.toUpperCase()} ${whatOf(view)}`);
  return [
    title,
    ...facts.map(([name, text]) => `  ${name.padEnd(9)} ${wrapText(text, FACT_WIDTH).join(FACT_INDENT)}`),
  ].join('\n');
}

/** `10.00 sold or moved by other programs for $6.00`. */
function elsewhereText({ leftMicros, leftCashMicros }: PositionView): string {
  const cash = leftCashMicros === null ? 'an unknown amount' : dollars(leftCashMicros);
  return `${shares(leftMicros)} sold or moved by other programs for ${cash}`;
}

/** Said only where the venue's true fees are known and differ from the estimate. */
function feeDrift({ feeDriftMicros }: PositionView): string {
  const driftMicros = feeDriftMicros === null ? 0n : BigInt(feeDriftMicros);
  return driftMicros === 0n ? '' : `, ${formatMicros(driftMicros, 6)} of it beyond the estimate`;
}

function nextWakeUp(position: Position, time: (atMs: number) => string): string {
  if (!('wakeUp' in position)) return '';
  const { atMs } = position.wakeUp;
  return `, next wake-up ${time(atMs)} (${tMinus(position.marketEndsAtMs, atMs)})`;
}
