import { describe, expect, it } from 'vitest';
import type { OpenPosition, Position } from '#lib/domain/position/position.ts';
import { PositionNotFoundError, VersionConflictError } from '#lib/errors/errors.ts';
import { refusalOfHold, requestHold } from '#lib/lifecycle/hold/request-hold.ts';
import { aPosition } from '#test/factories/a-position.ts';
import { aLiveAttempt } from '#test/factories/an-attempt.ts';
import { anIntent } from '#test/factories/an-intent.ts';
import { createAskedVenue } from '#test/fakes/asked-venue.ts';

const holding = aPosition({ state: 'holding' });
const { exitDueAtMs: EXIT_AT_MS, openedAtMs: OPENED_AT_MS } = holding;
const NOW_MS = EXIT_AT_MS - 60_000;
const atAnyPrice = { ...holding.policy, rules: { holdAboveMicros: 0n } };

function worldOf(row: Position, nowMs = NOW_MS) {
  const venue = createAskedVenue(nowMs, row);
  return { ...venue, hold: () => requestHold(venue.deps, 'position-1') };
}

describe('a request to hold', () => {
  it('leaves out the exit by the clock', async () => {
    const { hold, changes } = worldOf(holding);
    const held = await hold();
    expect(held).toMatchObject({ outcome: 'held', position: { policy: { rules: { holdAboveMicros: 0n } } } });
    expect(changes.map(({ event }) => event)).toEqual([{ type: 'hold-requested', atMs: NOW_MS }]);
  });

  it('that is repeated changes nothing', async () => {
    const held = aPosition({ state: 'holding', policy: atAnyPrice });
    const { hold, changes, letters } = worldOf(held);
    expect(await hold()).toEqual({ outcome: 'held-before', position: held });
    expect([changes, letters]).toEqual([[], []]);
  });

  it.each<[string, Position]>([
    ['already-closed', aPosition({ state: 'exited' })],
    ['past-deadline', aPosition({ state: 'awaiting-resolution' })],
    ['exit-under-way', aPosition({ state: 'exiting' })],
  ])('is refused with %s', async (code, position) => {
    const { hold, changes } = worldOf(position);
    expect(await hold()).toEqual({ outcome: 'refused', code, position });
    expect(changes).toEqual([]);
    expect(refusalOfHold(position, NOW_MS)).toBe(code);
  });

  it('is refused while the exit is prepared, and no earlier', async () => {
    expect(refusalOfHold(holding, EXIT_AT_MS - 3_001)).toBeNull();
    expect(refusalOfHold(holding, EXIT_AT_MS - 3_000)).toBe('exit-under-way');
    expect(await worldOf(holding, EXIT_AT_MS - 3_000).hold()).toMatchObject({ code: 'exit-under-way' });
  });

  it('knows no canary', async () => {
    await expect(worldOf(aPosition({ state: 'holding', origin: 'canary' })).hold()).rejects.toThrow(
      PositionNotFoundError,
    );
  });

  it.each<[number, boolean]>([
    [OPENED_AT_MS + 20_000, true],
    [OPENED_AT_MS - 10_000, true],
    [OPENED_AT_MS - 10_001, false],
  ])('sends the message of a step that was under way', async (nowMs, isSent) => {
    const unknown = { phase: 'unknown', sinceMs: OPENED_AT_MS } as const;
    const attempts = [aLiveAttempt({ intent: anIntent({ side: 'BUY' }), phase: unknown })];
    const buying = aPosition({
      ...{ state: 'buying', attemptCount: 1, attempts },
      wakeUp: { id: 'v1', atMs: OPENED_AT_MS + 20_000 },
    });
    const { hold, letters } = worldOf(buying, nowMs);
    const held = await hold();
    if (held.outcome !== 'held' || held.position.state !== 'buying') throw new Error('not held');
    const { wakeUp } = held.position;
    const message = { positionId: 'position-1', wakeUpId: wakeUp.id, source: 'retry' };
    expect(letters).toEqual(isSent ? [[message, wakeUp.atMs]] : []);
  });

  it.each<[string, Position]>([
    ['exit-under-way', aPosition({ state: 'exiting', version: 9 })],
    ['past-deadline', aPosition({ state: 'awaiting-resolution', version: 9 })],
    ['already-closed', aPosition({ state: 'exited', version: 9 })],
  ])('is refused with %s where the row has come that far meanwhile', async (code, later) => {
    let row: Position = holding;
    const store = {
      find: async () => row,
      save: async ({ before }: { readonly before: OpenPosition }) => {
        if (before.version !== later.version) row = later;
        throw new VersionConflictError('moved');
      },
    };
    const venue = createAskedVenue(NOW_MS, holding);
    expect(await requestHold({ ...venue.deps, store }, 'position-1')).toEqual({
      ...{ outcome: 'refused', code, position: later },
    });
    expect(venue.letters).toEqual([]);
  });
});
