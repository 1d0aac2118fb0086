import { gotText, plainTable, shortState } from '#lib/cli/render/plain-table.ts';
import { hasEnded } from '#lib/cli/render/unfinished.ts';
import { wrapText } from '#lib/cli/render/wrap-text.ts';
import { type Paint, TERMINAL_WIDTH } from '#lib/cli/terminal.ts';
import { describePosition, type PositionView } from '#lib/domain/position/position-view.ts';
import { knownDollars, resultText } from '#lib/words/describe-shares.ts';
import { centsOf, dollars, shares, signedDollars } from '#lib/words/money-text.ts';
import { EXIT_REASON_WORDS, setbackWords, wordsOr } from '#lib/words/position-words.ts';
import { utcTime } from '#lib/words/time-text.ts';
import { toneOfPnl, toneOfState } from '#lib/words/tone.ts';
import { offset } from './live-table.ts';
import type { TrackedPosition } from './tracked-position.ts';

export type SummarisedPosition = PositionView & {
  readonly pickedUp: boolean;
  /** Exit minus the time it was due, in seconds; null when nothing was sold. */
  readonly secondsAfterDue: number | null;
};

/** The result of a run; with `--json` nothing else is printed. */
export type StorySummary = {
  readonly positions: readonly SummarisedPosition[];
  /** Positions still `buying`, `holding` or `exiting`. */
  readonly unmanagedIds: readonly string[];
  /** Markets in which the opening was refused or the buy was not filled. */
  readonly notBoughtCount: number;
  readonly discordMessageCount: number;
  /** Of the positions whose result is known. */
  readonly pnlMicros: string;
  /** Closed positions without a known result: another program bought their shares, or sold them unseen. */
  readonly unknownCount: number;
  readonly durationSeconds: number;
};

export type StoryFacts = {
  readonly marketCount: number;
  readonly discordMessageCount: number;
  readonly durationMs: number;
};

export function summarise(tracked: readonly TrackedPosition[], facts: StoryFacts): StorySummary {
  const positions = tracked.map(({ position, isPickedUp }) => {
    const view = describePosition(position);
    const isOut = view.exitAtMs !== null && view.soldMicros !== '0';
    return {
      ...view,
      pickedUp: isPickedUp,
      secondsAfterDue: isOut ? ((view.exitAtMs ?? 0) - view.exitDueAtMs) / 1_000 : null,
    };
  });
  const boughtCount = positions.filter(({ pickedUp, state }) => !pickedUp && state !== 'voided').length;
  return {
    positions,
    unmanagedIds: tracked.filter(({ position }) => !hasEnded(position)).map(({ position }) => position.positionId),
    notBoughtCount: facts.marketCount - boughtCount,
    discordMessageCount: facts.discordMessageCount,
    pnlMicros: positions.reduce((sum, { pnlMicros }) => sum + BigInt(pnlMicros ?? '0'), 0n).toString(),
    unknownCount: positions.filter(({ pnlMicros, closedAtMs }) => pnlMicros === null && closedAtMs !== null).length,
    durationSeconds: Math.round(facts.durationMs / 1_000),
  };
}

/** The end of the story: entry, exit, reason and result of each position, and how refusals were overcome. */
export function renderSummary(summary: StorySummary, tracked: readonly TrackedPosition[], paint: Paint): string {
  const rows = tracked.map(({ label, position, isPickedUp }) => {
    const view = describePosition(position);
    const pnlMicros = view.pnlMicros === null ? null : BigInt(view.pnlMicros);
    return [
      `${label}${isPickedUp ? ' *' : ''}`,
      paint(toneOfState(view.state), shortState(view.state)),
      `${knownDollars(view.costMicros)} ${centsOf(view.entryPrice)}`,
      view.payoutMicros === '0' && view.soldMicros !== '0'
        ? `${dollars(view.proceedsMicros)} ${centsOf(view.exitPrice)}`
        : gotText(view),
      dollars(view.feesMicros),
      paint(toneOfPnl(pnlMicros), resultText(view, '–')),
      view.exitAtMs === null || view.soldMicros === '0' ? '–' : offset(view.exitAtMs - view.exitDueAtMs),
    ];
  });
  const head = ['Position', 'State', 'Bought', 'Got', 'Fees', 'Result', 'Lateness'];
  return [
    paint('strong', 'Summary'),
    plainTable(head, rows, { rightAligned: [2, 3, 4, 5, 6] }),
    ...(tracked.some(({ isPickedUp }) => isPickedUp) ? ['* left open by an earlier run'] : []),
    '',
    ...describeEnds(tracked),
    '',
    `${resultOf(summary, paint)} Discord messages: ${summary.discordMessageCount}. Took ${summary.durationSeconds} s.`,
    ...describeOutcome(summary, tracked, paint),
  ].join('\n');
}

function resultOf({ pnlMicros, unknownCount, positions }: StorySummary, paint: Paint): string {
  const total = BigInt(pnlMicros);
  if (unknownCount === 0) return `Result after fees: ${paint(toneOfPnl(total), signedDollars(total))}.`;
  if (unknownCount === positions.length) return 'Result after fees: unknown.';
  return `Result after fees: ${paint(toneOfPnl(total), signedDollars(total))}, and ${unknownCount} unknown.`;
}

/** Positions with the same end share a sentence. */
function describeEnds(tracked: readonly TrackedPosition[]): readonly string[] {
  const labelsByEnd = Map.groupBy(tracked, describeEnd);
  return [...labelsByEnd].flatMap(([end, those]) =>
    wrapText(`${those.map(({ label }) => label).join(', ')}: ${end}`, TERMINAL_WIDTH),
  );
}

function describeEnd({ position }: TrackedPosition): string {
  const view = describePosition(position);
  const refusals = view.refusals.map(({ cause, count }) => `${count} × ${setbackWords(cause)}`).join(', ');
  const left = `${shares(view.remainingMicros)} shares`;
  const reason = view.exitReason === null ? '' : ` Reason: ${wordsOr(EXIT_REASON_WORDS, view.exitReason)}.`;
  const setbacks = refusals === '' ? 'no sell was refused' : `sells refused: ${refusals}`;
  switch (position.state) {
    case 'exited':
      return `${setbacks}${refusals === '' ? '' : `; order ${view.attemptCount} was filled`}.${reason}`;
    case 'awaiting-resolution':
      return `not sold: ${left} left; ${setbacks}. The market ends at ${utcTime(position.marketEndsAtMs, position.exitAtMs)}; its result decides what they pay.${reason}`;
    case 'buying':
    case 'holding':
    case 'exiting':
      return `STILL ${position.state}: ${left} held; ${setbacks}.`;
    case 'voided':
      return `nothing was bought.${reason}`;
    case 'redeemed':
      return `${left} not sold; ${setbacks}. The market's result paid ${dollars(view.payoutMicros)} for them.${reason}`;
    case 'worthless':
      return `${left} not sold; ${setbacks}. By the market's result they are worthless.${reason}`;
    case 'stranded':
      return `${left} not sold; ${setbacks}. Chain and record disagree: \`tminus show ${view.positionId}\` has both.${reason}`;
  }
}

function describeOutcome(summary: StorySummary, tracked: readonly TrackedPosition[], paint: Paint): readonly string[] {
  if (tracked.length === 0) return [paint('bad', 'No position was opened.')];
  const unmanagedCount = summary.unmanagedIds.length;
  if (unmanagedCount > 0) {
    const those = unmanagedCount === 1 ? '1 position is' : `${unmanagedCount} positions are`;
    const text = `${those} left buying, holding or exiting. Start again with the same state directory to continue.`;
    return wrapText(text, TERMINAL_WIDTH).map((line) => paint('bad', line));
  }
  const waitingCount = tracked.filter(({ position }) => position.state === 'awaiting-resolution').length;
  const waiting =
    waitingCount === 0
      ? ''
      : ` Awaiting the market's result: ${waitingCount}. Settlement goes on while the stack runs.`;
  const text = `No position is left buying, holding or exiting.${waiting}`;
  return wrapText(text, TERMINAL_WIDTH).map((line) => paint('good', line));
}
