import { describe, expect, test } from 'vitest';
import type { ExitingPosition, Position } from '#lib/domain/position/position.ts';
import { PositionNotFoundError, VersionConflictError } from '#lib/errors/errors.ts';
import { type RecordEventDeps, recordEvent, recordResult } from '#lib/lifecycle/record-event.ts';
import type { PositionChange } from '#lib/ports/store/position-store.ts';
import { aPosition } from '#test/factories/a-position.ts';
import { aLiveAttempt } from '#test/factories/an-attempt.ts';
import { anEvent } from '#test/factories/an-event.ts';

const posted = aPosition({ state: 'exiting', attempts: [aLiveAttempt()] });
const REPORTED = { sharesMicros: 36_000_000n, valueMicros: 21_600_000n, feesMicros: 604_800n };

/** A row that has changed since it was read. */
function aStoreAt(row: Position | undefined) {
  const saved: PositionChange[] = [];
  const store: RecordEventDeps['store'] = {
    find: async () => row,
    save: async (change) => {
      if (change.before.version !== row?.version) throw new VersionConflictError('moved');
      saved.push(change);
    },
  };
  return { store, saved };
}

const laterRow = (overrides: Partial<ExitingPosition>) =>
  aPosition({ state: 'exiting', version: posted.version + 3, ...overrides });

describe('saving a step', () => {
  test('that changes nothing writes nothing', async () => {
    const { store, saved } = aStoreAt(posted);
    expect(await recordEvent({ store }, posted, anEvent({ type: 'exit-requested' }))).toBe(posted);
    expect(saved).toEqual([]);
  });

  test('fails on a row that another invocation changed', async () => {
    const { store } = aStoreAt(laterRow({ attempts: [aLiveAttempt()] }));
    await expect(recordEvent({ store }, posted, anEvent({ type: 'order-unknown' }))).rejects.toThrow(
      VersionConflictError,
    );
  });
});

describe('saving a result on a row that another invocation changed', () => {
  test('applies the same fact to the row as it is now', async () => {
    const row = laterRow({ attempts: [aLiveAttempt()], fruitlessCount: 7 });
    const { store, saved } = aStoreAt(row);
    const after = await recordResult({ store }, posted, anEvent({ type: 'order-unknown' }));
    expect(after).toMatchObject({ version: row.version + 1, fruitlessCount: 8 });
    expect(saved).toHaveLength(1);
  });

  test('keeps the later post of the same order when the earlier one was refused', async () => {
    const row = laterRow({ attempts: [aLiveAttempt({ postCount: 2 })] });
    const { store, saved } = aStoreAt(row);
    expect(await recordResult({ store }, posted, anEvent({ type: 'order-refused' }))).toBe(row);
    expect(saved).toEqual([]);
  });

  test('keeps the fill of the later post when the earlier one was refused', async () => {
    const row = laterRow({
      attempts: [aLiveAttempt({ postCount: 2, phase: { phase: 'matched', reported: REPORTED } })],
    });
    const { store } = aStoreAt(row);
    expect(await recordResult({ store }, posted, anEvent({ type: 'order-refused' }))).toBe(row);
  });

  test('leaves a closed position as it is', async () => {
    const closed = aPosition({ state: 'exited', version: 99 });
    const { store, saved } = aStoreAt(closed);
    expect(await recordResult({ store }, posted, anEvent({ type: 'order-accepted' }))).toBe(closed);
    expect(saved).toEqual([]);
  });

  test('gives up when the row keeps changing', async () => {
    let saveCount = 0;
    const store: RecordEventDeps['store'] = {
      find: async () => laterRow({ attempts: [aLiveAttempt()] }),
      save: async () => {
        saveCount += 1;
        throw new VersionConflictError('moved');
      },
    };
    await expect(recordResult({ store }, posted, anEvent({ type: 'order-unknown' }))).rejects.toThrow(
      VersionConflictError,
    );
    expect(saveCount).toBe(5);
  });

  test('fails when the row is gone', async () => {
    const { store } = aStoreAt(undefined);
    await expect(recordResult({ store }, posted, anEvent({ type: 'order-unknown' }))).rejects.toThrow(
      PositionNotFoundError,
    );
  });
});
