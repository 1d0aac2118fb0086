import { isContradiction } from '#lib/domain/market/payout.ts';
import { fruitlessMsMax } from '#lib/domain/position/exit-policy.ts';
import {
  acquiredSharesMicros,
  DUST_SHARES_MICROS,
  hedgeTotals,
  mergedMicros,
  soldSharesMicros,
  unhedgedSharesMicros,
} from '#lib/domain/position/fill-totals.ts';
import { findLowSale } from '#lib/domain/position/low-sale.ts';
import { isUnresolved } from '#lib/domain/position/order-attempt.ts';
import type { AwaitingResolutionPosition, OpenPosition, Position } from '#lib/domain/position/position.ts';
import type { FactOf, PositionEvent } from '#lib/domain/position/position-event.ts';
import { describePosition } from '#lib/domain/position/position-view.ts';
import { isRedemptionFailing } from '#lib/domain/position/settlement-progress.ts';
import { REFUSAL_CAUSES, type RefusalCause } from '#lib/domain/refusal/refusal.ts';
import type { Alert, AlertKind, AlertSeverity } from './alert.ts';

const SEVERITIES = {
  'forced-exit': 'info',
  'rule-exit': 'info',
  'low-sale': 'page',
  'sell-failed': 'page',
  held: 'info',
  'unsettled-at-deadline': 'warning',
  'buy-unknown': 'warning',
  'buy-voided': 'warning',
  'late-fill': 'warning',
  'needs-human': 'page',
  'exit-failing': 'page',
  'exit-stalled': 'page',
  'exit-overdue': 'page',
  'settlement-late': 'warning',
  'redemption-failing': 'page',
  'venue-disagrees': 'warning',
  hedged: 'warning',
  merged: 'info',
  redeemed: 'info',
  worthless: 'warning',
  stranded: 'page',
} as const satisfies Record<AlertKind, AlertSeverity>;

/** The alert of an event, or null (law 9). Saved in the event's transaction. */
export function alertAfter(before: OpenPosition, event: PositionEvent, after: Position): Alert | null {
  const kind = kindOf(before, event, after);
  if (kind === null) return null;
  const venueWords = TOLD_WITH_WORDS.has(kind) ? (after.venueWords ?? []).toReversed() : [];
  return alertOf(after, kind, event.atMs, {
    cause: causeOf(event, kind, after),
    venueText: 'text' in event ? event.text : (venueWords[0]?.text ?? null),
    venueWords,
  });
}

/** Of an exit that takes no step, from the row as it stands: told by the sweep, and not saved. */
export function stalledAlert(position: OpenPosition, atMs: number): Alert {
  return alertOf(position, 'exit-stalled', atMs, {
    cause: mostFrequentCause(position),
    venueText: null,
    venueWords: (position.venueWords ?? []).toReversed(),
  });
}

type Told = Pick<Alert, 'cause' | 'venueText' | 'venueWords'>;

function alertOf(position: Position, kind: AlertKind, atMs: number, told: Told): Alert {
  const { positionId, version } = position;
  return { positionId, version, kind, severity: SEVERITIES[kind], atMs, ...told, position: describePosition(position) };
}

/** Alerts whose reason is what the venue answered. */
const TOLD_WITH_WORDS: ReadonlySet<AlertKind> = new Set([
  'needs-human',
  'exit-failing',
  'exit-overdue',
  'sell-failed',
  'hedged',
  'buy-unknown',
  'buy-voided',
]);

const TOLD_WITH_MAIN_CAUSE: ReadonlySet<AlertKind> = new Set(['sell-failed', 'hedged', 'exit-failing', 'exit-overdue']);

function causeOf(event: PositionEvent, kind: AlertKind, after: Position): RefusalCause | null {
  if (event.type === 'order-refused') return event.cause;
  if (TOLD_WITH_MAIN_CAUSE.has(kind)) return mostFrequentCause(after);
  return kind === 'needs-human' ? 'missing-approval' : null;
}

/** Waits are no cause: they pass by themselves. */
function mostFrequentCause({ refusals }: Position): RefusalCause | null {
  const counted = REFUSAL_CAUSES.map((cause) => ({ cause, count: refusals[cause] ?? 0 }));
  const [first] = counted.toSorted((a, b) => b.count - a.count);
  return first === undefined || first.count === 0 ? null : first.cause;
}

function kindOf(before: OpenPosition, event: PositionEvent, after: Position): AlertKind | null {
  if (event.type === 'sell-intended') {
    if (event.needsApproval && isNewPage(before, 'missing-approval', after)) return 'needs-human';
    return isNewlyTold(before, after, 'isOverdueTold') ? 'exit-overdue' : null;
  }
  if (after.state !== before.state) return kindOfArrival(before, after);
  if (event.type === 'order-refused' && !event.remedied && isNewPage(before, event.cause, after)) return 'needs-human';
  if (isNewlyTold(before, after, 'isFailingTold') || isNewlyBlocked(before, event, after)) return 'exit-failing';
  if (after.state === 'awaiting-resolution')
    return kindOfSettlement(before, event, after) ?? kindOfLateTrades(before, after);
  return null;
}

/** What is told of a position that comes into another state. */
export function kindOfArrival(before: Position | null, after: Position): AlertKind | null {
  switch (after.state) {
    case 'buying':
    case 'holding':
    case 'exiting':
      return null;
    case 'awaiting-resolution':
      return kindAtDeadline(after);
    case 'exited':
      if (mergedMicros(after) + hedgeTotals(after).sharesMicros > 0n) return 'merged';
      if (before?.state === 'awaiting-resolution' && before.exitReason === 'emergency:timeout_sell_failed')
        return 'late-fill';
      if (findLowSale(after) !== null) return 'low-sale';
      if (after.forceClosed) return 'forced-exit';
      return after.exitReason.startsWith('rule:') ? 'rule-exit' : null;
    case 'voided':
      return 'buy-voided';
    case 'redeemed':
    case 'worthless':
    case 'stranded':
      return after.state;
  }
}

function kindAtDeadline(after: AwaitingResolutionPosition): AlertKind {
  if (after.exitReason === 'emergency:timeout_sell_failed') return 'sell-failed';
  if (after.exitReason === 'hold:above') return 'held';
  if (after.exitReason === 'emergency:timeout_merge') return 'hedged';
  if (after.exitReason === 'emergency:timeout_buy_unknown') return 'buy-unknown';
  return 'unsettled-at-deadline';
}

/** The row remembers the causes that were paged. */
function isNewPage(before: OpenPosition, cause: RefusalCause, after: Position): boolean {
  if (after.state !== 'exiting' || !after.pagedCauses.includes(cause)) return false;
  return before.state !== 'exiting' || !before.pagedCauses.includes(cause);
}

function isNewlyTold(before: OpenPosition, after: Position, mark: 'isOverdueTold' | 'isFailingTold'): boolean {
  return after.state === 'exiting' && after[mark] && before.state === 'exiting' && !before[mark];
}

/**
 * A due exit that cannot begin: while look-ups fail it is not known whether the buy brought shares. Only an exit has a
 * field for what was told, so it is told by the failure whose next look-up crosses the limit.
 */
function isNewlyBlocked(before: OpenPosition, event: PositionEvent, after: Position): boolean {
  if (event.type !== 'look-up-failed' || (after.state !== 'buying' && after.state !== 'holding')) return false;
  const toldAtMs = after.exitDueAtMs + fruitlessMsMax(after.policy);
  return after.attempts.some(isUnresolved) && before.wakeUp.atMs < toldAtMs && after.wakeUp.atMs >= toldAtMs;
}

/** The row remembers what was told. */
function kindOfSettlement(
  before: OpenPosition,
  event: PositionEvent,
  after: AwaitingResolutionPosition,
): AlertKind | null {
  if (before.state !== 'awaiting-resolution') return null;
  if (after.settlement.isLateReported && !before.settlement.isLateReported) return 'settlement-late';
  if (isRedemptionFailing(after.settlement) && !isRedemptionFailing(before.settlement)) return 'redemption-failing';
  return event.type === 'market-resolved' && contradictsVenue(after, event) ? 'venue-disagrees' : null;
}

function contradictsVenue(after: AwaitingResolutionPosition, event: FactOf<'market-resolved'>): boolean {
  return event.venueWinner !== null && isContradiction(after, event.payout, event.venueWinner);
}

/** After the deadline a sale may fail on chain, or a fill may show up. */
function kindOfLateTrades(before: OpenPosition, after: AwaitingResolutionPosition): AlertKind | null {
  const soldMicros = soldSharesMicros(after) - soldSharesMicros(before);
  const hedgedMicros = hedgeTotals(after).sharesMicros - hedgeTotals(before).sharesMicros;
  const isLess = soldMicros < 0n || hedgedMicros < 0n;
  if (isLess && unhedgedSharesMicros(after) >= DUST_SHARES_MICROS) return 'sell-failed';
  const acquiredMicros = acquiredSharesMicros(after) - acquiredSharesMicros(before);
  return soldMicros > 0n || acquiredMicros > 0n || hedgedMicros > 0n ? 'late-fill' : null;
}
