import { describe, expect, it } from 'vitest';
import type { Position } from '#lib/domain/position/position.ts';
import { CorruptRowError, StoreUnavailableError } from '#lib/errors/errors.ts';
import { oldestUnknownOrderAgeMs } from '#lib/lifecycle/watch/sweep-overdue.ts';
import { aPosition } from '#test/factories/a-position.ts';
import { aLiveAttempt } from '#test/factories/an-attempt.ts';
import { anIntent } from '#test/factories/an-intent.ts';

const NOW_MS = 1_773_307_400_000;
const unknownSince = (ageMs: number) =>
  aLiveAttempt({ intent: anIntent({ timestampMs: NOW_MS - ageMs }), phase: { phase: 'unknown', sinceMs: NOW_MS - 1 } });

type Row = Position | Error;

const surveyOf = (rows: Readonly<Record<string, Row>>) =>
  oldestUnknownOrderAgeMs(
    {
      store: {
        listDue: async () => Object.keys(rows),
        find: async (positionId) => {
          const row = rows[positionId];
          if (row instanceof Error) throw row;
          return row;
        },
      },
    },
    NOW_MS,
  );

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
        a: new CorruptRowError('corrupt'),
        b: new StoreUnavailableError('throttled'),
        c: aPosition({ state: 'exited' }),
        d: aPosition({ state: 'exiting', attempts }),
      }),
    ).toBe(5_000);
  });
});
