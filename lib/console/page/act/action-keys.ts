import type { ActionKind } from '#lib/console/act/action-message.ts';
import { routeOf } from '../router.ts';
import { useKeydown } from '../use-keydown.ts';
import { askFor } from './asks.ts';

/** For the list of keys. */
export const ACTION_KEYS: readonly (readonly [string, string])[] = [
  ['s', 'sell the position of the row or page'],
  ['e', 'hold it to the end'],
  ['o', 'open a position'],
  ['g', 'guard shares'],
  ['H', 'halt openings'],
  ['R', 'allow openings again'],
];

const OF_POSITION: Readonly<Record<string, ActionKind>> = { s: 'exit', e: 'hold' };
const OF_SUITE: Readonly<Record<string, ActionKind>> = { o: 'open', g: 'guard', H: 'halt', R: 'resume' };

/** Opens a dialog; nothing is done by a key alone. */
export function useActionKeys(): void {
  useKeydown((event) => {
    if (event.repeat) return;
    const { key } = event;
    const ofSuite = Object.hasOwn(OF_SUITE, key) ? OF_SUITE[key] : undefined;
    const ofPosition = Object.hasOwn(OF_POSITION, key) ? OF_POSITION[key] : undefined;
    const positionId = ofPosition === undefined ? null : positionInSight();
    const kind = ofSuite ?? (positionId === null ? undefined : ofPosition);
    if (kind === undefined) return;
    // Otherwise the letter lands in the field that gets the focus.
    event.preventDefault();
    askFor(kind, positionId);
  }, []);
}

/** Of the focused row, or of the page. */
function positionInSight(): string | null {
  const link = document.activeElement?.closest('tr')?.querySelector('a[href^="#/position/"]');
  const { page, params } = routeOf(link?.getAttribute('href') ?? location.hash);
  return page === 'position' ? (params[0] ?? null) : null;
}
