import { describe, expect, it } from 'vitest';
import type { Position } from '#lib/domain/position/position.ts';
import { oldestUnknownOrderAgeMs, surveyOpen } from '#lib/lifecycle/watch/survey-open.ts';
import { aPosition } from '#test/factories/a-position.ts';
import { aLiveAttempt } from '#test/factories/an-attempt.ts';
import { anIntent } from '#test/factories/an-intent.ts';

const NOW_MS = 1_773_307_400_000;
const unknownSince = (ageMs: number) =>
  aLiveAttempt({ intent: anIntent({ timestampMs: NOW_MS - ageMs }), phase: { phase: 'unknown', sinceMs: NOW_MS - 1 } });

/** `corrupt`: as a store reads a row that is none. */
const surveyOf = async (rows: Readonly<Record<string, Position | 'corrupt'>>) => {
  const findMany = async (ids: readonly string[]) => {
    const found = ids.map((id) => rows[id] ?? 'corrupt');
    return { positions: found.filter((row) => row !== 'corrupt'), corruptIds: [] };
  };
  const store = { listDue: async () => Object.keys(rows), findMany };
  return oldestUnknownOrderAgeMs(await surveyOpen({ store }), NOW_MS);
};

describe('the age of the oldest order of unknown outcome', () => {
  it("is counted from the order's intent, over all positions", async () => {
    const attempts = [unknownSince(4_000)];
    const older = [unknownSince(61_000)];
    expect(
      await surveyOf({
        a: aPosition({ state: 'exiting', attempts }),
        b: aPosition({ state: 'buying', attempts: older }),
      }),
    ).toBe(61_000);
  });

  it('is 0 for matched orders and for orders in flight', async () => {
    const attempts = [aLiveAttempt({ intent: anIntent({ timestampMs: NOW_MS - 90_000 }) })];
    expect(await surveyOf({ a: aPosition({ state: 'exiting', attempts }), b: aPosition({ state: 'holding' }) })).toBe(
      0,
    );
    expect(await surveyOf({})).toBe(0);
  });

  it('is reported although other rows cannot be read, are gone or closed', async () => {
    const attempts = [unknownSince(5_000)];
    expect(
      await surveyOf({
        a: 'corrupt',
        c: aPosition({ state: 'exited' }),
        d: aPosition({ state: 'exiting', attempts }),
      }),
    ).toBe(5_000);
  });
});
