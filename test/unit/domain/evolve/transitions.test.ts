import { describe, expect, test } from 'vitest';
import { evolvePosition } from '#lib/domain/evolve/evolve-position.ts';
import { type Cell, TRANSITIONS, type Transition, type WakeUpRule } from '#lib/domain/evolve/transitions.ts';
import { alertAfter } from '#lib/domain/news/alert-after.ts';
import { isNewsByItself } from '#lib/domain/news/domain-event.ts';
import { EXIT_WAKE_UP_ID } from '#lib/domain/plan/plan-wake-up.ts';
import { BrokenLawError } from '#lib/domain/position/broken-law.ts';
import { sellDueAtMs } from '#lib/domain/position/exit-request.ts';
import { isSettled } from '#lib/domain/position/fill-totals.ts';
import {
  deadlineAtMs,
  isClosed,
  isClosedState,
  OPEN_STATES,
  POSITION_STATES,
  type Position,
  type PositionState,
} from '#lib/domain/position/position.ts';
import { EVENT_TYPES, type EventType, type PositionEvent } from '#lib/domain/position/position-event.ts';
import { BUY_ORDER_HASH } from '#test/factories/an-intent.ts';
import { sampleEvents } from '#test/factories/sample-events.ts';
import { samplePositions } from '#test/factories/sample-positions.ts';

type Result =
  | { readonly kind: 'ignored' }
  | { readonly kind: 'impossible' }
  | {
      readonly kind: 'moved';
      readonly rules: ReadonlySet<WakeUpRule>;
      readonly to: PositionState;
      readonly alert: string | null;
      /** Told as a change of state. */
      readonly isNews: boolean;
    };

/** The table's wake-up rule that this wake-up follows, by its id and time. */
function rulesOf(before: Position, event: PositionEvent, after: Position): ReadonlySet<WakeUpRule> {
  if (isClosed(after)) return new Set(['none']);
  const { wakeUp } = after;
  const rules = new Set<WakeUpRule>();
  if (!isClosed(before) && before.wakeUp.id === wakeUp.id && before.wakeUp.atMs === wakeUp.atMs) rules.add('kept');
  const isNew = wakeUp.id === `v${after.version}`;
  const isPosting = after.attempts.some(
    (attempt) => attempt.phase === 'posting' && Math.min(attempt.leaseUntilMs, deadlineAtMs(after)) === wakeUp.atMs,
  );
  if (wakeUp.id === EXIT_WAKE_UP_ID && wakeUp.atMs === sellDueAtMs(after)) rules.add('exit');
  if (isNew && wakeUp.atMs === event.atMs) rules.add('now');
  if (isNew && isPosting) rules.add('lease');
  const isWaiting = after.state === 'awaiting-resolution' && isSettled(after);
  if (isNew && wakeUp.atMs > event.atMs) {
    rules.add(isWaiting ? 'settle' : after.state === 'exiting' ? 'retry' : 'look-up');
  }
  // With nothing else to do, the deadline is the next step.
  if (isNew && after.state !== 'awaiting-resolution' && wakeUp.atMs === deadlineAtMs(after))
    rules.add(after.state === 'exiting' ? 'retry' : 'look-up');
  return rules;
}

function apply(before: Position, event: PositionEvent): Result {
  try {
    const after = evolvePosition(before, event);
    if (after === before) return { kind: 'ignored' };
    if (isClosed(before)) throw new Error('A closed position moved');
    const alert = alertAfter(before, event, after)?.kind ?? null;
    const isNews = after.state !== before.state && isNewsByItself(before, after);
    return { kind: 'moved', rules: rulesOf(before, event, after), to: after.state, alert, isNews };
  } catch (error) {
    if (error instanceof BrokenLawError) return { kind: 'impossible' };
    throw error;
  }
}

function matches(row: Transition, result: Extract<Result, { kind: 'moved' }>): boolean {
  return row.to === result.to && row.alert === result.alert && result.rules.has(row.wakeUp);
}

const cells = POSITION_STATES.flatMap((state) => EVENT_TYPES.map((type) => [state, type] as const));

function isAboutSells(event: Extract<PositionEvent, { type: 'orders-observed' }>): boolean {
  const hashes = [...event.orders.map((order) => order.orderHash), ...event.absentHashes];
  return hashes.some((orderHash) => orderHash !== BUY_ORDER_HASH);
}

/** The venue cannot show a sell of a position that has never sold. */
function canFollow(state: PositionState, event: PositionEvent): boolean {
  const isBeforeSells = state === 'buying' || state === 'holding';
  return !isBeforeSells || event.type !== 'orders-observed' || !isAboutSells(event);
}

type Played = { readonly before: Position; readonly event: PositionEvent; readonly result: Result };

const played = new Map<string, readonly Played[]>();

/** Every sample position with every sample event that can follow. Played once: there are thousands. */
function resultsOf(state: PositionState, type: EventType): readonly Played[] {
  const key = `${state} ${type}`;
  const results = played.get(key) ?? play(state, type);
  played.set(key, results);
  return results;
}

function play(state: PositionState, type: EventType): readonly Played[] {
  const events = sampleEvents(type).filter((event) => canFollow(state, event));
  return samplePositions(state).flatMap((before) =>
    events.map((event) => ({ before, event, result: apply(before, event) })),
  );
}

function follows(cell: Cell, result: Result): boolean {
  if (cell === 'ignored' || cell === 'impossible') return result.kind === cell;
  // A sample may refuse an order that breaks a law, or contain the fact already; most do not.
  return result.kind !== 'moved' || cell.some((row) => matches(row, result));
}

const storyOf = ({ before, event, result }: Played) => ({
  event,
  attempts: before.attempts,
  trades: before.trades,
  result,
});

describe('the transition table', () => {
  test.each(cells)('%s × %s follows the table', (state, type) => {
    const cell: Cell = TRANSITIONS[state][type];
    const results = resultsOf(state, type);
    expect(results.length).toBeGreaterThan(0);
    expect(results.filter(({ result }) => !follows(cell, result)).map(storyOf)).toEqual([]);
  });

  test.each(cells.filter(([state, type]) => Array.isArray(TRANSITIONS[state][type])))(
    '%s × %s has no row that is never reached',
    (state, type) => {
      const cell: Cell = TRANSITIONS[state][type];
      const results = resultsOf(state, type).map(({ result }) => result);
      const dead = (Array.isArray(cell) ? cell : []).filter(
        (row) => !results.some((result) => result.kind === 'moved' && matches(row, result)),
      );
      expect(dead).toEqual([]);
    },
  );

  test.each(OPEN_STATES)(
    'tells each end of a position that is %s exactly once (law 9), and no change twice',
    (state) => {
      const moved = EVENT_TYPES.flatMap((type) => resultsOf(state, type)).filter(
        ({ result }) => result.kind === 'moved',
      );
      const wrong = moved.filter(({ result }) => {
        if (result.kind !== 'moved') return false;
        const times = (result.alert === null ? 0 : 1) + (result.isNews ? 1 : 0);
        return isClosedState(result.to) ? times !== 1 : times > 1;
      });
      expect(moved.length).toBeGreaterThan(0);
      expect(wrong.map(storyOf)).toEqual([]);
    },
  );
});
