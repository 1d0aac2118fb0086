import { expect, it } from 'vitest';
import { allAttempts } from '#lib/domain/position/attempt-records.ts';
import { aLiveAttempt, anAttempt } from '#test/factories/an-attempt.ts';
import { anIntent } from '#test/factories/an-intent.ts';

const live = (attemptNumber: number) => aLiveAttempt({ intent: anIntent({ attemptNumber }) });
const ended = (attemptNumber: number) => anAttempt({ intent: anIntent({ attemptNumber }) });

it('the attempts of a position are those of its row and its records, by number', () => {
  const row = { positionId: 'position-1', attempts: [live(4), live(3)] };
  expect(allAttempts(row, [ended(2), ended(1)])).toEqual([
    ended(1),
    ended(2),
    { positionId: 'position-1', intent: live(3).intent, postCount: 1, result: { phase: 'posting' }, endedAtMs: null },
    { positionId: 'position-1', intent: live(4).intent, postCount: 1, result: { phase: 'posting' }, endedAtMs: null },
  ]);
});

it('the record of an attempt that has ended counts, and not the row that still shows it', () => {
  expect(allAttempts({ positionId: 'position-1', attempts: [live(2)] }, [ended(2)])).toEqual([ended(2)]);
});

it('records of attempts may be read without their row', () => {
  expect(allAttempts(undefined, [ended(2), ended(1)])).toEqual([ended(1), ended(2)]);
  expect(allAttempts(undefined, [])).toEqual([]);
});
