import type { AlertKind } from '#lib/domain/news/alert.ts';
import type { PositionState } from '#lib/domain/position/position.ts';
import type { EventType } from '#lib/domain/position/position-event.ts';

/**
 * The life of a position: state × event → next state, next wake-up, alert. `evolvePosition` and `alertAfter` implement
 * this table, and a test checks them cell by cell.
 * Wake-ups:
 * - `lease`: when the lease of the attempt or of the opening ends;
 * - `look-up`: after a pause that grows with the order's age;
 * - `retry`: after the policy's pause, or at the next read of balance or resting order; the deadline (T − 5 s) at the
 *   latest;
 * - `exit`: the exit's due time (T − 120 s, or the time of a request or of a rule);
 * - `now`: at once;
 * - `kept`: unchanged, so that a message delivered again still counts;
 * - `settle`: at T + 45 s, then after a pause that grows with the time since the last progress;
 * - `none`: nothing is left to do.
 */
export type WakeUpRule = 'lease' | 'look-up' | 'retry' | 'exit' | 'now' | 'kept' | 'settle' | 'none';

export type Transition = {
  readonly to: PositionState;
  readonly wakeUp: WakeUpRule;
  readonly alert: AlertKind | null;
};

/** `ignored`: the row stays. `impossible`: a bug, and nothing is written. */
export type Cell = readonly Transition[] | 'ignored' | 'impossible';

const to = (state: PositionState, wakeUp: WakeUpRule, alert: AlertKind | null = null): Transition => ({
  to: state,
  wakeUp,
  alert,
});

const voided = to('voided', 'none', 'buy-voided');
const exited = to('exited', 'none', 'forced-exit');
/** Far below the last price seen, by the clock or by hand. */
const exitedLow = to('exited', 'none', 'low-sale');
/** The only quiet end: by hand, or by another program. */
const exitedManually = to('exited', 'none');
const exitedByRule = to('exited', 'none', 'rule-exit');
/** Sold after all, after the deadline had recorded shares left. */
const exitedLate = to('exited', 'none', 'late-fill');
/** Pairs were merged, or sold after all once the other outcome had been bought. */
const exitedByMerge = to('exited', 'none', 'merged');
/** Pairs are all that is left: they wait for their merge, or for the result. */
const hedged = to('awaiting-resolution', 'settle', 'hedged');
/** Orders may be open all the while: they are looked up first. */
const goOn = (alert: AlertKind | null = null): readonly Transition[] => [
  to('awaiting-resolution', 'settle', alert),
  to('awaiting-resolution', 'look-up', alert),
];

/** Once an order's outcome is known, all may be sold and final, or the next order follows. */
const orderEnded: readonly Transition[] = [
  // A partial exit is sold and final: the rest is held until the exit.
  to('holding', 'exit'),
  to('exiting', 'retry'),
  exited,
  exitedLow,
  exitedManually,
  exitedByRule,
  voided,
  hedged,
];
/** No attempt has sold anything for too long. */
const failing = to('exiting', 'retry', 'exit-failing');
/** What was asked for before decides until the exit is due: a later request, or a rule, takes its place. */
const onRequest: readonly Transition[] = [to('exiting', 'now'), to('exiting', 'kept')];

/** After the deadline, an order that was not placed leaves the position waiting, sold or proven empty. */
const notPlacedAfterDeadline: readonly Transition[] = [
  to('awaiting-resolution', 'look-up'),
  to('awaiting-resolution', 'settle'),
  exited,
  exitedLow,
  exitedManually,
  exitedByRule,
  exitedLate,
  voided,
];

const closed = {
  'buy-intended': 'impossible',
  'buy-abandoned': 'ignored',
  'sell-intended': 'impossible',
  'hedge-intended': 'impossible',
  'sell-reposted': 'impossible',
  'sell-put-off': 'ignored',
  'order-accepted': 'ignored',
  'order-refused': 'ignored',
  'order-not-sent': 'ignored',
  'order-unknown': 'ignored',
  'order-cancelled': 'ignored',
  'orders-observed': 'ignored',
  'shares-observed': 'ignored',
  'look-up-failed': 'ignored',
  'shares-found': 'ignored',
  'shares-left': 'ignored',
  'nothing-found': 'ignored',
  'exit-requested': 'ignored',
  'rule-fired': 'ignored',
  'high-raised': 'ignored',
  'hold-requested': 'ignored',
  'exit-held': 'ignored',
  'deadline-reached': 'ignored',
  'settlement-waited': 'ignored',
  'market-resolved': 'ignored',
  'loss-confirmed': 'ignored',
  'redemption-sent': 'ignored',
  'redemption-failed': 'ignored',
  'redemption-confirmed': 'ignored',
  'merge-confirmed': 'ignored',
  'record-contradicted': 'ignored',
} as const satisfies Record<EventType, Cell>;

/** Settlement starts after the deadline. */
const unsettled = {
  'settlement-waited': 'impossible',
  'market-resolved': 'impossible',
  'loss-confirmed': 'impossible',
  'redemption-sent': 'impossible',
  'redemption-failed': 'impossible',
  'redemption-confirmed': 'impossible',
  'merge-confirmed': 'impossible',
  'record-contradicted': 'impossible',
} as const satisfies Partial<Record<EventType, Cell>>;

export const TRANSITIONS = {
  buying: {
    'buy-intended': [to('buying', 'lease')],
    'buy-abandoned': [voided],
    'sell-intended': 'impossible',
    'hedge-intended': 'impossible',
    'sell-reposted': 'impossible',
    'sell-put-off': 'impossible',
    'order-accepted': [to('holding', 'look-up'), to('holding', 'exit'), to('buying', 'look-up')],
    'order-refused': [voided],
    'order-not-sent': [voided],
    'order-unknown': [to('buying', 'look-up')],
    'order-cancelled': [to('buying', 'look-up')],
    'orders-observed': [to('holding', 'look-up'), to('holding', 'exit'), to('buying', 'look-up'), voided],
    'shares-observed': [to('holding', 'look-up'), to('holding', 'exit')],
    'look-up-failed': [to('buying', 'look-up'), to('buying', 'look-up', 'exit-failing')],
    'shares-found': 'ignored',
    'shares-left': 'ignored',
    'nothing-found': 'ignored',
    'exit-requested': [to('buying', 'kept')],
    'rule-fired': 'ignored',
    'high-raised': 'ignored',
    'hold-requested': [to('buying', 'kept')],
    'exit-held': 'ignored',
    'deadline-reached': [to('awaiting-resolution', 'look-up', 'buy-unknown'), voided],
    ...unsettled,
  },
  holding: {
    'buy-intended': 'impossible',
    'buy-abandoned': 'impossible',
    'sell-intended': [to('exiting', 'kept'), to('exiting', 'kept', 'needs-human')],
    'hedge-intended': 'impossible',
    'sell-reposted': 'impossible',
    // The best bid is below the floor of a request.
    'sell-put-off': [to('exiting', 'retry')],
    'order-accepted': [to('holding', 'look-up'), to('holding', 'exit')],
    'order-refused': 'ignored',
    'order-not-sent': 'ignored',
    'order-unknown': 'ignored',
    'order-cancelled': [to('holding', 'look-up'), to('holding', 'exit')],
    'orders-observed': [to('holding', 'look-up'), to('holding', 'exit'), voided],
    'shares-observed': [to('holding', 'look-up'), to('holding', 'exit')],
    'look-up-failed': [to('holding', 'look-up'), to('holding', 'exit'), to('holding', 'look-up', 'exit-failing')],
    'shares-found': [to('holding', 'look-up'), to('holding', 'exit')],
    'shares-left': [to('holding', 'look-up'), to('holding', 'exit'), exitedManually],
    'nothing-found': [to('holding', 'look-up'), to('holding', 'exit'), voided],
    'exit-requested': [to('holding', 'exit')],
    'rule-fired': [to('holding', 'exit')],
    'high-raised': [to('holding', 'kept')],
    'hold-requested': [to('holding', 'kept')],
    // The exit is due, and its rule keeps the shares.
    'exit-held': [to('holding', 'look-up')],
    'deadline-reached': [
      to('awaiting-resolution', 'settle', 'buy-unknown'),
      to('awaiting-resolution', 'look-up', 'held'),
      to('awaiting-resolution', 'settle', 'held'),
      to('awaiting-resolution', 'look-up', 'sell-failed'),
      to('awaiting-resolution', 'settle', 'sell-failed'),
    ],
    ...unsettled,
  },
  exiting: {
    'buy-intended': 'impossible',
    'buy-abandoned': 'impossible',
    'sell-intended': [
      to('exiting', 'kept'),
      to('exiting', 'kept', 'needs-human'),
      to('exiting', 'kept', 'exit-overdue'),
    ],
    'hedge-intended': [to('exiting', 'kept')],
    'sell-reposted': [to('exiting', 'kept')],
    'sell-put-off': [to('exiting', 'retry'), failing],
    'order-accepted': [to('exiting', 'retry')],
    'order-refused': [...orderEnded, to('exiting', 'retry', 'needs-human'), failing],
    'order-not-sent': [...orderEnded, failing],
    'order-unknown': [to('exiting', 'retry'), failing],
    'order-cancelled': [to('exiting', 'retry')],
    'orders-observed': [...orderEnded, failing],
    'shares-observed': 'ignored',
    'look-up-failed': [to('exiting', 'retry'), failing],
    'shares-found': [to('exiting', 'retry'), hedged],
    'shares-left': [to('exiting', 'retry'), exited, exitedManually, exitedByRule, hedged],
    'nothing-found': 'ignored',
    'exit-requested': onRequest,
    'rule-fired': onRequest,
    'high-raised': [to('exiting', 'kept')],
    'hold-requested': 'ignored',
    'exit-held': [to('holding', 'look-up')],
    'deadline-reached': [
      to('awaiting-resolution', 'look-up', 'sell-failed'),
      to('awaiting-resolution', 'settle', 'sell-failed'),
      to('awaiting-resolution', 'look-up', 'unsettled-at-deadline'),
      to('awaiting-resolution', 'look-up', 'hedged'),
      hedged,
    ],
    ...unsettled,
  },
  'awaiting-resolution': {
    'buy-intended': 'impossible',
    'buy-abandoned': 'impossible',
    'sell-intended': 'impossible',
    'hedge-intended': 'impossible',
    'sell-reposted': 'impossible',
    'sell-put-off': 'ignored',
    'order-accepted': [to('awaiting-resolution', 'look-up'), to('awaiting-resolution', 'look-up', 'late-fill')],
    'order-refused': notPlacedAfterDeadline,
    'order-not-sent': notPlacedAfterDeadline,
    'order-unknown': [to('awaiting-resolution', 'look-up')],
    'order-cancelled': [to('awaiting-resolution', 'look-up')],
    'orders-observed': [
      ...notPlacedAfterDeadline,
      to('awaiting-resolution', 'look-up', 'late-fill'),
      to('awaiting-resolution', 'settle', 'late-fill'),
      to('awaiting-resolution', 'look-up', 'sell-failed'),
      to('awaiting-resolution', 'settle', 'sell-failed'),
    ],
    'shares-observed': [to('awaiting-resolution', 'look-up', 'late-fill')],
    'look-up-failed': [to('awaiting-resolution', 'look-up')],
    'shares-found': [to('awaiting-resolution', 'settle', 'late-fill')],
    'shares-left': [
      to('awaiting-resolution', 'settle'),
      // More had come in between.
      to('awaiting-resolution', 'settle', 'late-fill'),
      exitedManually,
      exitedLate,
    ],
    'nothing-found': [voided],
    'exit-requested': 'ignored',
    'rule-fired': 'ignored',
    'high-raised': 'ignored',
    'hold-requested': 'ignored',
    'exit-held': 'ignored',
    'deadline-reached': 'ignored',
    'settlement-waited': [...goOn(), ...goOn('settlement-late')],
    'market-resolved': [...goOn(), ...goOn('venue-disagrees')],
    'loss-confirmed': [to('worthless', 'none', 'worthless'), exitedByMerge],
    'redemption-sent': goOn(),
    'redemption-failed': [...goOn(), ...goOn('redemption-failing')],
    'redemption-confirmed': [to('redeemed', 'none', 'redeemed')],
    'merge-confirmed': [...goOn(), exitedByMerge],
    'record-contradicted': [to('stranded', 'none', 'stranded')],
  },
  exited: closed,
  redeemed: closed,
  worthless: closed,
  voided: closed,
  stranded: closed,
} as const satisfies Record<PositionState, Record<EventType, Cell>>;
