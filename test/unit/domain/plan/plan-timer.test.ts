import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  DEFAULT_TIMER_SETTINGS,
  hasDelayedMessage,
  planTimerAtMs,
  timerStartsExitAtMs,
} from '#lib/domain/plan/plan-timer.ts';
import { DEFAULT_EXIT_POLICY } from '#lib/domain/position/exit-policy.ts';

/** A whole minute, and the end of a market. */
const T = 1_773_307_200_000;
const exitDueAtMs = T - 120_000;
const planAt = (leadMs: number, settings = DEFAULT_TIMER_SETTINGS, exitLeadMs = 120_000) =>
  planTimerAtMs({ ...settings, marketEndsAtMs: T, exitDueAtMs: T - exitLeadMs, nowMs: T - leadMs });

describe('planTimerAtMs', () => {
  it.each([
    ['15 minutes before the end', 900_000, T - 240_000],
    ['5 minutes before the end', 300_000, T - 240_000],
    ['exactly the margin before the preferred minute', 245_000, T - 240_000],
    ['1 ms too late for the preferred minute', 244_999, T - 180_000],
    ['two and a half minutes before the end', 150_000, T - 120_000],
    ['at the last time for the minute of the exit', 125_000, T - 120_000],
  ])('%s it sets the timer to a minute before the deadline', (_when, leadMs, expected) => {
    expect(planAt(leadMs)).toBe(expected);
  });

  it.each([
    ['the next minute, one minute late, would be the market’s end', 124_999],
    ['only seconds are left', 10_000],
    ['the market is over', -1],
  ])('sets none when %s', (_why, leadMs) => {
    expect(planAt(leadMs)).toBeNull();
  });

  it('takes the latest whole minute for an exit that is not due on one', () => {
    // Due at T − 100 s, so preferred by T − 190 s: the whole minute before that is T − 240 s.
    expect(planAt(600_000, DEFAULT_TIMER_SETTINGS, 100_000)).toBe(T - 240_000);
  });

  it('takes the preferred grain at the last moment, also where a late timer would not help', () => {
    const settings = { ...DEFAULT_TIMER_SETTINGS, leadMs: 0 };
    expect(planAt(65_000, settings, 60_000)).toBe(T - 60_000);
    expect(planAt(64_999, settings, 60_000)).toBeNull();
  });

  it('takes a grain from which a late timer fires at the deadline', () => {
    expect(planAt(125_000, { ...DEFAULT_TIMER_SETTINGS, deadlineLeadMs: 60_000 })).toBe(T - 120_000);
    expect(planAt(125_000, { ...DEFAULT_TIMER_SETTINGS, deadlineLeadMs: 60_001 })).toBeNull();
  });

  it('scales down to seconds', () => {
    const settings = { grainMs: 1_000, leadMs: 3_000, marginMs: 500, deadlineLeadMs: 1_000 };
    const position = { exitDueAtMs: T - 12_000, marketEndsAtMs: T, ...settings };
    expect(planTimerAtMs({ ...position, nowMs: T - 20_000 })).toBe(T - 15_000);
    expect(planTimerAtMs({ ...position, nowMs: T - 14_700 })).toBe(T - 14_000);
    expect(planTimerAtMs({ ...position, nowMs: T - 2_400 })).toBeNull();
  });

  it('always returns a whole grain, at least the margin ahead, that is early enough even if a grain late', () => {
    const settings = fc.record({
      grainMs: fc.integer({ min: 1, max: 60 }).map((seconds) => seconds * 1_000),
      leadMs: fc.integer({ min: 0, max: 120_000 }),
      marginMs: fc.integer({ min: 0, max: 10_000 }),
      deadlineLeadMs: fc.integer({ min: 0, max: 10_000 }),
    });
    fc.assert(
      fc.property(settings, fc.integer({ min: 0, max: 900_000 }), (some, aheadMs) => {
        const nowMs = T - aheadMs;
        const atMs = planTimerAtMs({ ...some, exitDueAtMs, marketEndsAtMs: T, nowMs });
        if (atMs === null) {
          // No remaining grain is early enough.
          const nextAtMs = Math.ceil((nowMs + some.marginMs) / some.grainMs) * some.grainMs;
          return nextAtMs + some.grainMs > T - some.deadlineLeadMs;
        }
        const isAhead = atMs >= nowMs + some.marginMs && atMs % some.grainMs === 0;
        const isInTime = atMs <= exitDueAtMs - some.leadMs || atMs + some.grainMs <= T - some.deadlineLeadMs;
        return isAhead && isInTime;
      }),
    );
  });
});

describe('the delayed message of an exit', () => {
  const policy = { ...DEFAULT_EXIT_POLICY, prepareLeadMs: 3_000 };
  const position = { origin: 'request', policy, exitDueAtMs, openedAtMs: exitDueAtMs - 60_000 } as const;

  it('is sent when the preparation is at most 15 minutes away, as SQS delays no longer', () => {
    expect(hasDelayedMessage(position, exitDueAtMs - 903_000)).toBe(true);
    expect(hasDelayedMessage(position, exitDueAtMs - 903_001)).toBe(false);
  });

  it('begins the exit two seconds before the timer’s message may', () => {
    expect(timerStartsExitAtMs(position)).toBe(exitDueAtMs + 2_000);
  });

  it('is not sent for a canary or a far exit, which the timer begins at once', () => {
    expect(timerStartsExitAtMs({ ...position, origin: 'canary' })).toBe(0);
    expect(timerStartsExitAtMs({ ...position, openedAtMs: exitDueAtMs - 903_001 })).toBe(0);
  });
});
