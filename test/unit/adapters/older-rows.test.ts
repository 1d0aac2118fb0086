import { describe, expect, it } from 'vitest';
import { parsePositionRow, toPositionRow } from '#lib/adapters/dynamodb/positions/position-row.ts';
import { evolvePosition } from '#lib/domain/evolve/evolve-position.ts';
import { TRANSITIONS } from '#lib/domain/evolve/transitions.ts';
import { alertAfter } from '#lib/domain/news/alert-after.ts';
import { planNextStep } from '#lib/domain/plan/plan-next-step.ts';
import { BrokenLawError } from '#lib/domain/position/broken-law.ts';
import { deadlineAtMs, isClosed, POSITION_STATES, type Position } from '#lib/domain/position/position.ts';
import { EVENT_TYPES, type PositionEvent } from '#lib/domain/position/position-event.ts';
import { describePosition } from '#lib/domain/position/position-view.ts';
import { aLiveAttempt } from '#test/factories/an-attempt.ts';
import { sampleEvents } from '#test/factories/sample-events.ts';
import { samplePositions } from '#test/factories/sample-positions.ts';
import {
  ROW_BEFORE_MARKET_VERSIONS,
  ROW_BEFORE_SETTLEMENT,
  ROW_OF_FIRST_GUARD,
  ROW_OF_FIRST_PAGES,
  ROW_OF_FIRST_PART_PAYOUTS,
  ROW_OF_FIRST_REQUESTS,
  ROW_OF_FIRST_SUMS,
} from '#test/fixtures/older-rows.ts';

type Row = Record<string, unknown>;

const canBeRead = (row: Row): boolean => {
  try {
    parsePositionRow(row);
    return true;
  } catch {
    return false;
  }
};

/** The row as the oldest release would have written it: without every field that may be missing. */
function toBarest(row: Row): Row {
  let barest = row;
  for (const key of Object.keys(row)) {
    const { [key]: _, ...without } = barest;
    if (canBeRead(without)) barest = without;
  }
  return barest;
}

/** Plans and applies what today's release does to the position, before and after the event. */
function drive(before: Position, event: PositionEvent): Position {
  if (!isClosed(before)) {
    for (const atMs of [event.atMs, deadlineAtMs(before) - 1, before.marketEndsAtMs + 600_000])
      planNextStep(before, atMs);
  }
  describePosition(before);
  const after = evolvePosition(before, event);
  if (after === before || isClosed(before)) return after;
  alertAfter(before, event, after);
  expect(canBeRead(toPositionRow(after, 'change-2'))).toBe(true);
  return after;
}

/** How often an event followed. A broken law is fine where the transition table does not let the event follow. */
function driveAll(before: Position): number {
  let followed = 0;
  for (const type of EVENT_TYPES) {
    for (const event of sampleEvents(type).slice(0, 12)) {
      try {
        drive(before, event);
        followed += 1;
      } catch (error) {
        if (!(error instanceof BrokenLawError)) throw error;
        const cell = TRANSITIONS[before.state][type];
        expect(cell === 'impossible' || Array.isArray(cell)).toBe(true);
      }
    }
  }
  return followed;
}

describe('a row of an earlier release', () => {
  it.each([
    ['before market versions', ROW_BEFORE_MARKET_VERSIONS],
    ['before settlement', ROW_BEFORE_SETTLEMENT],
    ['of the first guards', ROW_OF_FIRST_GUARD],
    ['of the first sums of what left', ROW_OF_FIRST_SUMS],
    ['of the first exits on request', ROW_OF_FIRST_REQUESTS],
    ['of the first pages of failing exits', ROW_OF_FIRST_PAGES],
    ['of the first payouts in part', ROW_OF_FIRST_PART_PAYOUTS],
  ])('%s goes through every event of today', (_when, row) => {
    expect(driveAll(parsePositionRow(row))).toBeGreaterThan(20);
  });

  it('of an exit that was paged pages no second time, and one from before pages as today', () => {
    const failLookUp = (row: Row) => {
      const before = parsePositionRow(row);
      if (before.state !== 'exiting') throw new Error('The row is of an exit');
      const event = { type: 'look-up-failed', atMs: before.exitStartedAtMs + 60_000, text: 'no answer' } as const;
      return evolvePosition(
        { ...before, attempts: [aLiveAttempt({ phase: { phase: 'unknown', sinceMs: event.atMs } })] },
        event,
      );
    };
    expect(parsePositionRow(ROW_OF_FIRST_PAGES)).toMatchObject({ isFailingTold: true });
    expect(parsePositionRow(ROW_OF_FIRST_REQUESTS)).toMatchObject({ isFailingTold: false });
    expect(failLookUp({ ...ROW_OF_FIRST_PAGES, isFailingTold: undefined })).toMatchObject({ isFailingTold: true });
  });

  it('of an exit on request says what is left to sell, and its rules', () => {
    expect(describePosition(parsePositionRow(ROW_OF_FIRST_REQUESTS))).toMatchObject({
      exitRequest: { atMs: 1773307260000, sharesMicros: '10000000', minPrice: '0.750000' },
      rules: { stopLoss: '0.450000', trailingLevel: '0.600000', holdAbove: '0.970000', preset: 'careful' },
    });
  });

  it('of a guarded position says what it holds, and that its cost is unknown', () => {
    expect(describePosition(parsePositionRow(ROW_OF_FIRST_GUARD))).toMatchObject({
      foundMicros: '36000000',
      leftMicros: '6000000',
      remainingMicros: '30000000',
      costMicros: null,
    });
  });

  it('of a bot that traded much says all that left, and which preset was refused', () => {
    expect(describePosition(parsePositionRow(ROW_OF_FIRST_SUMS))).toMatchObject({
      leftMicros: '11000000',
      leftCashMicros: null,
      remainingMicros: '25000000',
      refusedPreset: { preset: 'careful', code: 'rule-invalid' },
    });
    expect(describePosition(parsePositionRow(ROW_OF_FIRST_GUARD)).refusedPreset).toBeNull();
  });

  it.each(POSITION_STATES)('without any field that may be missing goes through every event: %s', (state) => {
    const rows = samplePositions(state).map((position) => toPositionRow(position, 'change-1'));
    const barest = rows.filter((_, index) => index % 4 === 0).map(toBarest);
    expect(Object.keys(barest[0] ?? {}).length).toBeLessThan(Object.keys(rows[0] ?? {}).length);
    for (const row of barest) expect(driveAll(parsePositionRow(row))).toBeGreaterThan(20);
  });
});
