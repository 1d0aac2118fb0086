import { plainTable, toneOfPnl, toneOfState } from '#lib/cli/render/plain-table.ts';
import { wrapText } from '#lib/cli/render/wrap-text.ts';
import { type Paint, TERMINAL_WIDTH } from '#lib/cli/terminal.ts';
import { describePosition, type PositionView } from '#lib/domain/position/position-view.ts';
import { centsOf, dollars, shares, signedDollars } from '#lib/words/money-text.ts';
import { EXIT_REASON_WORDS, setbackWords, wordsOr } from '#lib/words/position-words.ts';
import { countdown, utcTime } from '#lib/words/time-text.ts';
import { offset } from './live-table.ts';
import { hasEnded, type TrackedPosition } from './tracked-position.ts';

export type SummarisedPosition = PositionView & {
  readonly pickedUp: boolean;
  /** Exit minus the time it was due, in seconds; null when nothing was exited. */
  readonly secondsAfterDue: number | null;
};

/** What a run came to; with `--json` the only thing that is printed. */
export type StorySummary = {
  readonly positions: readonly SummarisedPosition[];
  /** Positions still `buying`, `holding` or `exiting`: there must be none. */
  readonly unmanagedIds: readonly string[];
  /** Markets in which nothing was bought: refused by name, or the buy got nothing. */
  readonly notBoughtCount: number;
  readonly discordMessageCount: number;
  readonly pnlMicros: string;
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
    durationSeconds: Math.round(facts.durationMs / 1_000),
  };
}

/** The end of the story: what, entry, exit, why, result, and how the refusals were overcome. */
export function renderSummary(summary: StorySummary, tracked: readonly TrackedPosition[], paint: Paint): string {
  const rows = tracked.map(({ label, position, isPickedUp }) => {
    const view = describePosition(position);
    const pnlMicros = view.pnlMicros === null ? null : BigInt(view.pnlMicros);
    return [
      `${label}${isPickedUp ? ' *' : ''}`,
      paint(toneOfState(view.state), view.state),
      `${dollars(view.costMicros)} ${centsOf(view.entryPrice)}`,
      view.soldMicros === '0' ? '–' : `${dollars(view.proceedsMicros)} ${centsOf(view.exitPrice)}`,
      dollars(view.feesMicros),
      pnlMicros === null ? '–' : paint(toneOfPnl(pnlMicros), signedDollars(pnlMicros)),
      view.exitAtMs === null || view.sharesMicros === '0' ? '–' : offset(view.exitAtMs - view.exitDueAtMs),
    ];
  });
  const [first] = tracked;
  const dueName = first === undefined ? 'due' : `T−${countdown(first.position.policy.exitLeadMs)}`;
  const head = ['Position', 'State', 'Bought', 'Sold', 'Fees', 'Result', `After ${dueName}`];
  const total = BigInt(summary.pnlMicros);
  return [
    paint('strong', 'Summary'),
    plainTable(head, rows, { rightAligned: [2, 3, 4, 5, 6] }),
    ...(tracked.some(({ isPickedUp }) => isPickedUp) ? ['* picked up from an earlier run'] : []),
    '',
    ...tellEnds(tracked),
    '',
    `Result after fees: ${paint(toneOfPnl(total), signedDollars(total))}. Discord messages: ${summary.discordMessageCount}. Took ${summary.durationSeconds} s.`,
    ...tellOutcome(summary, tracked, paint),
  ].join('\n');
}

/** Positions with the same end share a sentence. */
function tellEnds(tracked: readonly TrackedPosition[]): readonly string[] {
  const labelsByEnd = Map.groupBy(tracked, tellEnd);
  return [...labelsByEnd].flatMap(([end, those]) =>
    wrapText(`${those.map(({ label }) => label).join(', ')}: ${end}`, TERMINAL_WIDTH),
  );
}

function tellEnd({ position }: TrackedPosition): string {
  const view = describePosition(position);
  const refusals = view.refusals.map(({ cause, count }) => `${count} × ${setbackWords(cause)}`).join(', ');
  const left = `${shares(view.remainingMicros)} shares`;
  const why = view.exitReason === null ? '' : ` Reason: ${wordsOr(EXIT_REASON_WORDS, view.exitReason)}.`;
  const setbacks = refusals === '' ? 'no sell was refused' : `refused ${refusals}`;
  switch (position.state) {
    case 'exited':
      return `${setbacks}${refusals === '' ? '' : `; healed by trying again, order ${view.attemptCount} went through`}.${why}`;
    case 'awaiting-resolution':
      return `not sold: ${left} left; ${setbacks}. The market ends at ${utcTime(position.marketEndsAtMs, position.exitAtMs)}; its result decides what they pay.${why}`;
    case 'buying':
    case 'holding':
    case 'exiting':
      return `STILL ${position.state}: ${left} held; ${setbacks}.`;
    case 'voided':
      return `nothing was bought.${why}`;
    case 'redeemed':
    case 'worthless':
    case 'stranded':
      return `${position.state}.${why}`;
  }
}

function tellOutcome(summary: StorySummary, tracked: readonly TrackedPosition[], paint: Paint): readonly string[] {
  if (summary.unmanagedIds.length > 0) {
    const text = `${summary.unmanagedIds.length} left buying, holding or exiting. Start again with the same state directory: they go on.`;
    return [paint('bad', text)];
  }
  const waitingCount = tracked.filter(({ position }) => position.state === 'awaiting-resolution').length;
  const waiting = waitingCount === 0 ? '' : ` ${waitingCount} wait for the market's result.`;
  if (tracked.length === 0) return [paint('bad', 'No position was opened.')];
  return [paint('good', `No position is left buying, holding or exiting.${waiting}`)];
}
