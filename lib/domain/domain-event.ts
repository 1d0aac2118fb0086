import type { Alert } from './alert.ts';
import type { Position, PositionState } from './position.ts';
import type { PositionView } from './position-view.ts';
import { describePosition } from './position-view.ts';

/** What users can hook into on the bus. `positionId` and `version` name the fact: a duplicate carries the same two. */
export type DomainEvent =
  | {
      readonly type: 'position-state-changed';
      readonly positionId: string;
      readonly version: number;
      readonly from: PositionState | null;
      readonly to: PositionState;
      /** A trader wants to read of it and no alert tells the same. */
      readonly isNews: boolean;
      readonly position: PositionView;
    }
  | { readonly type: 'position-alert'; readonly positionId: string; readonly version: number; readonly alert: Alert };

function isNewsByItself(after: Position): boolean {
  return after.state === 'holding' || (after.state === 'exited' && !after.forceClosed);
}

/** The event of a row that moved, or null when its state did not. A quiet exit and a new holding are news by themselves. */
export function stateChangeOf(before: Position | null, after: Position): DomainEvent | null {
  if (before?.state === after.state) return null;
  return {
    type: 'position-state-changed',
    positionId: after.positionId,
    version: after.version,
    from: before?.state ?? null,
    to: after.state,
    isNews: after.origin === 'request' && isNewsByItself(after),
    position: describePosition(after),
  };
}
