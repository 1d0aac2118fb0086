import type { PositionView } from '#lib/domain/position/position-view.ts';
import type { Notice } from '#lib/ports/notifier.ts';
import { whatOf } from '#lib/words/position-words.ts';
import type { Button } from './control-message.ts';
import { customIdOf } from './remote-action.ts';

/**
 * What can be done about the position of a card: sell it, hold it to the end, and open nothing more. Cards of positions
 * that have ended, or whose market is over, have none.
 * @param isAlone its message has no other card with buttons
 */
export function cardButtons(notice: Notice, isAlone: boolean): readonly Button[] {
  const view = findPosition(notice);
  if (view === null || view.origin === 'canary') return [];
  const target = view.positionId;
  const what = isAlone ? '' : ` · ${whatOf(view)}`;
  const halt: Button = { label: 'Halt openings', customId: customIdOf(HALT_ALL), style: 'danger' };
  switch (view.state) {
    case 'holding':
      return [
        { label: `Sell now${what}`, customId: customIdOf({ kind: 'exit', target }), style: 'plain' },
        { label: `Hold to the end${what}`, customId: customIdOf({ kind: 'hold', target }), style: 'plain' },
        ...(isAlone ? [halt] : []),
      ];
    case 'exiting':
      return isAlone ? [halt] : [];
    default:
      return [];
  }
}

/** An accident of several programs may concern both modes. */
const HALT_ALL = { kind: 'halt', mode: null, reason: null } as const;

function findPosition(notice: Notice): PositionView | null {
  if (notice.kind !== 'event') return null;
  switch (notice.event.type) {
    case 'position-state-changed':
      return notice.event.position;
    case 'position-alert':
      return notice.event.alert.position;
    default:
      return null;
  }
}
