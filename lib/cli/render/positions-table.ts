import type { Paint } from '#lib/cli/terminal.ts';
import type { PositionView } from '#lib/domain/position/position-view.ts';
import { dollars, signedDollars } from '#lib/words/money-text.ts';
import { countdown, utcClock } from '#lib/words/time-text.ts';
import { plainTable, toneOfPnl, toneOfState } from './plain-table.ts';

/** `tminus positions`: one line for each, newest first. */
export function renderPositionsTable(views: readonly PositionView[], nowMs: number, paint: Paint): string {
  if (views.length === 0) return 'No positions.';
  return plainTable(
    ['Position', 'What', 'State', 'Exit (UTC)', 'Paid', 'Got', 'Result'],
    views.map((view) => {
      const pnlMicros = view.pnlMicros === null ? null : BigInt(view.pnlMicros);
      return [
        view.positionId,
        `${view.asset} ${view.outcome}${view.mode === 'live' ? ' LIVE' : ''}`,
        paint(toneOfState(view.state), view.state),
        exitOf(view, nowMs),
        dollars(view.costMicros),
        view.soldMicros === '0' ? '–' : dollars(view.proceedsMicros),
        pnlMicros === null ? '–' : paint(toneOfPnl(pnlMicros), signedDollars(pnlMicros)),
      ];
    }),
    { rightAligned: [4, 5, 6] },
  );
}

function exitOf(view: PositionView, nowMs: number): string {
  if (view.exitAtMs !== null) return utcClock(view.exitAtMs, nowMs);
  const leftMs = view.exitDueAtMs - nowMs;
  return leftMs > 0 ? `in ${countdown(leftMs)}` : 'now';
}
