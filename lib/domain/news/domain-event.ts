import type { Position, PositionState } from '#lib/domain/position/position.ts';
import type { PositionView } from '#lib/domain/position/position-view.ts';
import { describePosition } from '#lib/domain/position/position-view.ts';
import type { Alert } from './alert.ts';
import { kindOfArrival } from './alert-after.ts';
import type { DaySummary } from './day-summary.ts';
import { type ForeignHolding, holdingKeyOf } from './foreign-holding.ts';
import type { OperatorAction } from './operator-action.ts';
import { differenceKeyOf, type WalletDifference } from './wallet-difference.ts';

/**
 * `positionId` and `version`, the day, or market, amounts and transactions identify the fact. The origin of a canary's
 * position is `canary`.
 */
export type DomainEvent =
  | {
      readonly type: 'position-state-changed';
      readonly positionId: string;
      readonly version: number;
      readonly from: PositionState | null;
      readonly to: PositionState;
      /** Worth a message to the user, and not covered by an alert. */
      readonly isNews: boolean;
      readonly position: PositionView;
    }
  | { readonly type: 'position-alert'; readonly positionId: string; readonly version: number; readonly alert: Alert }
  | { readonly type: 'daily-summary'; readonly summary: DaySummary }
  | { readonly type: 'foreign-holding'; readonly holding: ForeignHolding }
  | { readonly type: 'wallet-difference'; readonly difference: WalletDifference }
  | { readonly type: 'operator-action'; readonly action: OperatorAction };

export type PositionNews = Extract<DomainEvent, { readonly positionId: string }>;

export type FactName =
  | (Pick<PositionNews, 'type' | 'positionId' | 'version'> & { readonly alert?: Pick<Alert, 'kind'> })
  | { readonly type: 'daily-summary'; readonly summary: Pick<DaySummary, 'day'> }
  | Extract<DomainEvent, { readonly type: 'foreign-holding' | 'wallet-difference' | 'operator-action' }>;

/** The same key for all copies of a fact, for de-duplication. */
export function noticeKeyOf(fact: FactName): string {
  if (fact.type === 'daily-summary') return `${fact.type}#${fact.summary.day}`;
  if (fact.type === 'foreign-holding') return `${fact.type}#${holdingKeyOf(fact.holding)}`;
  if (fact.type === 'wallet-difference') return `${fact.type}#${differenceKeyOf(fact.difference)}`;
  if (fact.type === 'operator-action') return `${fact.type}#${fact.action.actionId}`;
  const key = `${fact.type}#${fact.positionId}#${fact.version}`;
  // The sweep tells it of a version that may have an alert of its own.
  return fact.alert?.kind === 'exit-stalled' ? `${key}#stalled` : key;
}

export function isOfCanary(event: DomainEvent): boolean {
  switch (event.type) {
    case 'position-state-changed':
      return event.position.origin === 'canary';
    case 'position-alert':
      return event.alert.position.origin === 'canary';
    case 'daily-summary':
    case 'foreign-holding':
    case 'wallet-difference':
    case 'operator-action':
      return false;
  }
}

/** Of a position that comes into another state: a new holding, a partial exit, and an exit of which no alert tells. */
export function isNewsByItself(before: Position | null, after: Position): boolean {
  return after.state === 'holding' || (after.state === 'exited' && kindOfArrival(before, after) === null);
}

/** Null if the state is the same. */
export function stateChangeOf(before: Position | null, after: Position): PositionNews | null {
  if (before?.state === after.state) return null;
  return {
    type: 'position-state-changed',
    positionId: after.positionId,
    version: after.version,
    from: before?.state ?? null,
    to: after.state,
    isNews: after.origin !== 'canary' && isNewsByItself(before, after),
    position: describePosition(after),
  };
}
