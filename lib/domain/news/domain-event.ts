import type { Position, PositionState } from '#lib/domain/position/position.ts';
import type { PositionView } from '#lib/domain/position/position-view.ts';
import { describePosition } from '#lib/domain/position/position-view.ts';
import type { Alert } from './alert.ts';
import type { DaySummary } from './day-summary.ts';

/**
 * What users can hook into on the bus. A fact of a position is named by `positionId` and `version`, a day by its date:
 * a duplicate carries the same. A canary's events bear `origin: 'canary'` in their position.
 */
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
  | { readonly type: 'position-alert'; readonly positionId: string; readonly version: number; readonly alert: Alert }
  | { readonly type: 'daily-summary'; readonly summary: DaySummary };

/** What happened to one position. */
export type PositionNews = Extract<DomainEvent, { readonly positionId: string }>;

/** What names a fact, whatever else its event says. */
export type FactName =
  | Pick<PositionNews, 'type' | 'positionId' | 'version'>
  | { readonly type: 'daily-summary'; readonly summary: Pick<DaySummary, 'day'> };

/** The key under which two copies of a fact are the same, however often its event is published. */
export function noticeKeyOf(fact: FactName): string {
  if (fact.type === 'daily-summary') return `${fact.type}#${fact.summary.day}`;
  return `${fact.type}#${fact.positionId}#${fact.version}`;
}

/** Is the fact a canary's? Then nobody wants to read of it. */
export function isOfCanary(event: DomainEvent): boolean {
  switch (event.type) {
    case 'position-state-changed':
      return event.position.origin === 'canary';
    case 'position-alert':
      return event.alert.position.origin === 'canary';
    case 'daily-summary':
      return false;
  }
}

function isNewsByItself(after: Position): boolean {
  return after.state === 'holding' || (after.state === 'exited' && !after.forceClosed);
}

/**
 * The event of a row that moved, or null when its state did not. A quiet exit and a new holding are news by themselves.
 */
export function stateChangeOf(before: Position | null, after: Position): PositionNews | null {
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
