import type { Alert } from '#lib/domain/news/alert.ts';
import { describePosition } from '#lib/domain/position/position-view.ts';
import { aPosition } from './a-position.ts';

/** The alert of a position that was sold by the clock. */
export function anAlert(overrides: Partial<Alert> = {}): Alert {
  const position = aPosition({ state: 'exited' });
  return {
    positionId: position.positionId,
    version: position.version,
    kind: 'forced-exit',
    severity: 'info',
    atMs: position.closedAtMs,
    cause: null,
    venueText: null,
    venueWords: [],
    position: describePosition(position),
    ...overrides,
  };
}
