import { gotText, plainTable, shortState } from '#lib/cli/render/plain-table.ts';
import { shorten } from '#lib/cli/render/wrap-text.ts';
import { type Paint, printable, TERMINAL_WIDTH } from '#lib/cli/terminal.ts';
import type { PositionView } from '#lib/domain/position/position-view.ts';
import { describePosition } from '#lib/domain/position/position-view.ts';
import { knownDollars, resultText } from '#lib/words/describe-shares.ts';
import { countdown, seconds, tMinus } from '#lib/words/time-text.ts';
import { toneOfPnl, toneOfState } from '#lib/words/tone.ts';
import type { TrackedPosition } from './tracked-position.ts';

/** Fixed, so that the table does not move as figures grow; 79 columns with the gaps between them. */
const COLUMN_WIDTHS = [11, 9, 10, 6, 7, 7, 7, 8];

/** Each position as it stands now, with the time to its exit. */
export function renderLiveTable(tracked: readonly TrackedPosition[], nowMs: number, paint: Paint): string {
  const rows = tracked.map(({ label, position }) => {
    const view = describePosition(position);
    const pnlMicros = view.pnlMicros === null ? null : BigInt(view.pnlMicros);
    const refusedCount = view.refusals.reduce((sum, { count }) => sum + count, 0);
    return [
      label,
      paint(toneOfState(view.state), shortState(view.state)),
      exitClock(view, nowMs),
      String(view.attemptCount),
      refusedCount === 0 ? '–' : paint('warn', String(refusedCount)),
      knownDollars(view.costMicros),
      gotText(view),
      paint(toneOfPnl(pnlMicros), resultText(view, '–')),
    ];
  });
  const head = ['Position', 'State', 'Exit', 'Orders', 'Refused', 'Paid', 'Got', 'Result'];
  const table = plainTable(head, rows, { rightAligned: [3, 4, 5, 6, 7], colWidths: COLUMN_WIDTHS });
  return ['', table, ...tracked.flatMap((each) => lastRefusal(each, paint))].join('\n');
}

/**
 * `in 0:29`, `3 s late`, `settling` once everything is sold, `out +4.6 s`, `out +12 s`; `T−0:04`, `T+0:45` while the
 * result is awaited, `not sold` once it is in; at most 10 columns.
 */
function exitClock(view: PositionView, nowMs: number): string {
  if (view.state === 'voided') return '–';
  if (view.state === 'awaiting-resolution') return tMinus(view.marketEndsAtMs, nowMs);
  if (isLeft(view)) return view.soldMicros === '0' ? 'not sold' : 'part sold';
  if (view.exitAtMs !== null) return `out ${offset(view.exitAtMs - view.exitDueAtMs)}`;
  if (isSoldOut(view)) return 'settling';
  const leftMs = view.exitDueAtMs - nowMs;
  return leftMs > 0 ? `in ${countdown(leftMs)}` : `${Math.floor(-leftMs / 1_000)} s late`;
}

/** The market's result decided what the shares paid that were left. */
function isLeft({ state }: PositionView): boolean {
  return state === 'redeemed' || state === 'worthless' || state === 'stranded';
}

function isSoldOut(view: PositionView): boolean {
  return view.soldMicros !== '0' && view.remainingMicros === '0';
}

/** Seconds after the exit was due, or before it: `+4.6 s`, `−148 s`. */
export function offset(durationMs: number): string {
  const lengthMs = Math.abs(durationMs);
  return `${durationMs < 0 ? '−' : '+'}${lengthMs < 10_000 ? seconds(lengthMs) : `${Math.round(lengthMs / 1_000)} s`}`;
}

function lastRefusal({ label, steps, position }: TrackedPosition, paint: Paint): readonly string[] {
  if (position.state !== 'exiting' || isSoldOut(describePosition(position))) return [];
  const event = steps.findLast(({ entry }) => entry.event.type === 'order-refused')?.entry.event;
  if (event?.type !== 'order-refused') return [];
  return [paint('warn', shorten(`${label}: ${printable(event.text)}`, TERMINAL_WIDTH))];
}
