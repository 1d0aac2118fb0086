import { describe, expect, it } from 'vitest';
import type { OpenPosition, Position } from '#lib/domain/position/position.ts';
import { PositionNotFoundError, StoreUnavailableError, VersionConflictError } from '#lib/errors/errors.ts';
import { recordExitPart, requestExit } from '#lib/lifecycle/sell/request-exit.ts';
import { isExitAsked, listExits, requestExits } from '#lib/lifecycle/sell/request-exits.ts';
import { aPosition } from '#test/factories/a-position.ts';
import { createAskedVenue } from '#test/fakes/asked-venue.ts';

const holding = aPosition({ state: 'holding' });
const { exitDueAtMs: DUE_AT_MS } = holding;
const NOW_MS = DUE_AT_MS - 60_000;
const EXIT = { positionId: 'position-1', wakeUpId: 'exit', source: 'by-hand' };
const PART = { requestId: 'sell-1', sharesMicros: 10_000_000n, minPriceMicros: 550_000n };

function worldOf(row: Position, calls = new Map<string, string>()) {
  const venue = createAskedVenue(NOW_MS, row);
  const claimCall = async (requestId: string, action: string) => {
    const known = calls.get(requestId);
    calls.set(requestId, known ?? action);
    if (known === undefined) return 'new';
    return known === action ? 'repeated' : 'taken';
  };
  const store = { ...venue.deps.store, claimCall, findCall: async (requestId: string) => calls.get(requestId) };
  const deps = { ...venue.deps, store };
  const request = (part: Omit<Parameters<typeof requestExit>[1], 'positionId'> = {}) =>
    requestExit(deps, { positionId: 'position-1', ...part });
  return { ...venue, calls, deps, request, facts: () => venue.changes.map(({ event }) => event) };
}

describe('a request for the exit', () => {
  it('sends the message, and writes nothing itself', async () => {
    const { request, letters, changes, calls } = worldOf(holding);
    expect(await request()).toEqual({ outcome: 'requested', position: holding });
    expect(letters).toEqual([[EXIT, NOW_MS]]);
    expect([changes, calls.size]).toEqual([[], 0]);
  });

  it('takes the place of a part that is still tried, and joins an exit that has begun', async () => {
    const partial = aPosition({ state: 'exiting', exitRequest: { atMs: NOW_MS - 1_000, untilSoldMicros: 5n } });
    expect(await worldOf(partial).request()).toMatchObject({ outcome: 'requested' });
    const begun = worldOf(aPosition({ state: 'exiting' }));
    expect(await begun.request()).toMatchObject({ outcome: 'already-exiting' });
    expect(begun.letters).toEqual([[EXIT, NOW_MS]]);
  });

  it('is sent again when it is repeated, and refused under an id that was used for another', async () => {
    const { request, letters, calls } = worldOf(holding);
    await request({ requestId: 'sell-1' });
    expect(calls.get('sell-1')).toBe('exit position-1');
    expect(await request({ requestId: 'sell-1' })).toMatchObject({ outcome: 'requested' });
    expect(letters).toHaveLength(2);
    expect(await request(PART)).toEqual({ outcome: 'refused', code: 'request-id-reused', position: holding });
    expect(letters).toHaveLength(2);
  });

  it.each<[string, Position]>([
    ['already-closed', aPosition({ state: 'exited' })],
    ['past-deadline', aPosition({ state: 'awaiting-resolution' })],
  ])('is refused with %s, unless the same request asked before', async (code, position) => {
    const calls = new Map([
      ['sell-1', 'exit position-1'],
      ['sell-2', 'exit position-1 10000000 550000'],
      ['sell-3', 'exit position-1 all 550000'],
      ['sell-4', 'exit position-1 10000000 0'],
    ]);
    const { request, letters } = worldOf(position, calls);
    const refused = { outcome: 'refused', code, position };
    const repeated = { outcome: 'already-requested', position };
    expect(await request()).toEqual(refused);
    expect(await request({ requestId: 'sell-1' })).toEqual(repeated);
    expect(await request({ ...PART, requestId: 'sell-2' })).toEqual(repeated);
    expect(await request({ requestId: 'sell-3', minPriceMicros: 550_000n })).toEqual(repeated);
    expect(await request({ requestId: 'sell-4', sharesMicros: 10_000_000n })).toEqual(repeated);
    expect(await request({ ...PART, requestId: 'sell-1' })).toEqual(refused);
    expect(await request({ requestId: 'sell-9' })).toEqual(refused);
    expect(letters).toEqual([]);
  });

  it('knows no canary, and no position without a row', async () => {
    await expect(worldOf({ ...holding, origin: 'canary' }).request()).rejects.toThrow(PositionNotFoundError);
    const { deps } = worldOf(holding);
    const store = { ...deps.store, find: async () => undefined };
    const gone = requestExit({ ...deps, store }, { positionId: 'position-9' });
    await expect(gone).rejects.toMatchObject({ context: { positionId: 'position-9' } });
  });
});

describe('a request for a part', () => {
  it('is saved before its message is sent', async () => {
    const { request, facts, letters, calls } = worldOf(holding);
    const asked = await request(PART);
    expect(asked).toMatchObject({ outcome: 'requested', position: { exitRequest: { minPriceMicros: 550_000n } } });
    expect(facts()).toEqual([{ type: 'exit-requested', atMs: NOW_MS, ...PART }]);
    expect(calls.get('sell-1')).toBe('exit position-1 10000000 550000');
    if (asked.position.state !== 'holding') throw new Error('not holding');
    const { wakeUp } = asked.position;
    expect(letters).toEqual([[{ positionId: 'position-1', wakeUpId: wakeUp.id, source: 'retry' }, wakeUp.atMs]]);
  });

  it('that is repeated sends its message again, and is saved once', async () => {
    const { request, facts, letters } = worldOf(holding);
    await request(PART);
    expect(await request(PART)).toMatchObject({ outcome: 'already-requested' });
    expect(facts()).toHaveLength(1);
    expect(letters).toHaveLength(2);
  });

  it('with a floor alone needs no id', async () => {
    const { request, facts } = worldOf(holding);
    await request({ minPriceMicros: 550_000n });
    expect(facts()).toEqual([{ type: 'exit-requested', atMs: NOW_MS, minPriceMicros: 550_000n }]);
    const shares = worldOf(holding);
    await shares.request({ sharesMicros: 10_000_000n, requestId: 'sell-1' });
    const { minPriceMicros: _, ...part } = PART;
    expect(shares.facts()).toEqual([{ type: 'exit-requested', atMs: NOW_MS, ...part }]);
  });

  it('that cannot be sold is refused with the reason, and sends nothing', async () => {
    const { request, facts, letters } = worldOf(holding);
    expect(await request({ ...PART, sharesMicros: 99_000_000n })).toMatchObject({
      ...{ outcome: 'refused', code: 'more-than-held', position: holding, retryable: false },
    });
    expect([facts(), letters]).toEqual([[], []]);
  });

  const conflicting = (rows: readonly Position[]) => {
    const left = [...rows];
    const tried: number[] = [];
    const store = {
      find: async () => left.shift(),
      save: async ({ before }: { readonly before: OpenPosition }) => {
        tried.push(before.version);
        throw new VersionConflictError('moved');
      },
    };
    return { store, tried, record: () => recordExitPart({ store, clock: { nowMs: () => NOW_MS } }, holding, PART) };
  };

  it.each<[string, Position]>([
    ['already-closed', aPosition({ state: 'exited' })],
    ['past-deadline', aPosition({ state: 'awaiting-resolution' })],
  ])('is refused with %s where the row has come that far meanwhile', async (code, position) => {
    expect(await conflicting([position]).record()).toEqual({ outcome: 'refused', code, position });
  });

  it('is taken already where another copy of it was faster', async () => {
    const position = aPosition({ state: 'holding', version: 9, takenRequestIds: ['sell-1'] });
    expect(await conflicting([position]).record()).toEqual({ outcome: 'already-requested', position });
  });

  it('is tried five times on a row that keeps changing', async () => {
    const { record, tried } = conflicting([4, 5, 6, 7, 8, 9].map((version) => ({ ...holding, version })));
    await expect(record()).rejects.toThrow(VersionConflictError);
    expect(tried).toEqual([3, 4, 5, 6, 7]);
  });

  it('fails at once where it is not known whether it was saved', async () => {
    const { store } = conflicting([]);
    const save = async () => Promise.reject(new StoreUnavailableError('No answer'));
    const deps = { store: { ...store, save }, clock: { nowMs: () => NOW_MS } };
    await expect(recordExitPart(deps, holding, PART)).rejects.toThrow(StoreUnavailableError);
  });
});

describe('the exit of all', () => {
  const row = (n: number, overrides: Partial<Position> = {}): Position =>
    Object.assign(aPosition({ state: 'holding', positionId: `position-${n}` }), overrides);
  const awaiting = aPosition({ state: 'awaiting-resolution', positionId: 'position-9' });

  function worldOfAll(rows: readonly Position[], openCounts: readonly { paper: number; live: number }[]) {
    const { deps, clock, letters } = worldOf(holding);
    const left = [...openCounts];
    let reads = 0;
    const store = {
      ...deps.store,
      find: async (positionId: string) => rows.find((each) => each.positionId === positionId),
      listClosed: async () => ({ positionIds: [] }),
      listDue: async () => rows.map(({ positionId }) => positionId),
      findMany: async () => {
        reads += 1;
        return { positions: rows, corruptIds: ['position-7'] };
      },
      countOpen: async () => (left.length > 1 ? left.shift() : left[0]) ?? { paper: 0, live: 0 },
    };
    const all = { ...deps, store };
    return { all, clock, letters, readCount: () => reads };
  }

  it('is about what can be sold, beside what cannot and what cannot be read', async () => {
    const { all } = worldOfAll([row(1), awaiting], [{ paper: 3, live: 0 }]);
    expect(await listExits(all, {})).toMatchObject({
      positions: [{ positionId: 'position-1' }],
      awaiting: [{ positionId: 'position-9' }],
      ...{ corruptIds: ['position-7'], unseenCount: 0 },
    });
  });

  it('reads the index again each half second while it shows fewer than are counted, four times at most', async () => {
    const { all, clock, readCount } = worldOfAll(
      [row(1)],
      [
        { paper: 4, live: 0 },
        { paper: 2, live: 0 },
      ],
    );
    expect(await clock.run(listExits(all, {}))).toMatchObject({ unseenCount: 0 });
    expect([clock.nowMs(), readCount()]).toEqual([NOW_MS + 500, 2]);
    const never = worldOfAll([row(1)], [{ paper: 4, live: 1 }]);
    expect(await never.clock.run(listExits(never.all, {}))).toMatchObject({ unseenCount: 3 });
    expect([never.clock.nowMs(), never.readCount()]).toEqual([NOW_MS + 1_500, 4]);
  });

  it('counts the mode alone that is asked for', async () => {
    const { all, clock } = worldOfAll([row(1)], [{ paper: 2, live: 50 }]);
    expect(await clock.run(listExits(all, { mode: 'paper' }))).toMatchObject({ unseenCount: 0 });
    expect(clock.nowMs()).toBe(NOW_MS);
  });

  it('is about one market, and about what was open by then, where that is said', async () => {
    const rows = [row(1), row(2, { marketSlug: 'other' }), row(3, { openedAtMs: holding.openedAtMs + 1 })];
    const { all } = worldOfAll(rows, [{ paper: 0, live: 0 }]);
    const idsOf = async (filter: Parameters<typeof listExits>[1]) =>
      (await listExits(all, filter)).positions.map(({ positionId }) => positionId);
    expect(await idsOf({})).toEqual(['position-1', 'position-2', 'position-3']);
    expect(await idsOf({ marketSlug: 'other' })).toEqual(['position-2']);
    expect(await idsOf({ openedUntilMs: holding.openedAtMs })).toEqual(['position-1', 'position-2']);
  });

  it('asks for each, and one that fails fails alone', async () => {
    const rows = Array.from({ length: 52 }, (_, n) => row(n));
    const { all, letters } = worldOfAll(rows.slice(1), []);
    const results = await requestExits(all, [...rows, aPosition({ state: 'exited' })]);
    expect(results).toHaveLength(53);
    expect(results[0]).toEqual({
      ...{ position: rows[0], outcome: 'failed', code: 'PositionNotFoundError', message: 'There is no such position' },
    });
    expect(results[1]).toEqual({ position: rows[1], outcome: 'requested' });
    expect(letters).toHaveLength(52);
  });

  it('passes a floor on', async () => {
    const { deps, facts } = worldOf(holding);
    const results = await requestExits(withLists(deps), [holding], { minPriceMicros: 550_000n });
    expect(results).toMatchObject([{ outcome: 'requested', position: { version: holding.version + 1 } }]);
    expect(facts()).toMatchObject([{ minPriceMicros: 550_000n }]);
    const exiting = worldOf(aPosition({ state: 'exiting' }));
    expect(await requestExits(withLists(exiting.deps), [holding], { minPriceMicros: 1n })).toMatchObject([
      { outcome: 'refused', code: 'exit-under-way' },
    ]);
  });

  it('fails with an error of ours alone that is known', async () => {
    const { deps } = worldOf(holding);
    const find = async () => Promise.reject(new TypeError('a bug'));
    const broken = { ...withLists(deps), store: { ...withLists(deps).store, find } };
    await expect(requestExits(broken, [holding])).rejects.toThrow(TypeError);
  });

  it('is asked for where nothing is left to ask', () => {
    const position = holding;
    const refused = (code: string) => isExitAsked({ position, outcome: 'refused', code });
    expect(['already-closed', 'past-deadline', 'exit-under-way'].map(refused)).toEqual([true, true, true]);
    expect(['attempts-used', 'not-bought-yet'].map(refused)).toEqual([false, false]);
    expect(isExitAsked({ position, outcome: 'refused' })).toBe(false);
    expect(isExitAsked({ position, outcome: 'requested' })).toBe(true);
    expect(isExitAsked({ position, outcome: 'failed', code: 'X', message: '' })).toBe(false);
  });

  function withLists(deps: ReturnType<typeof worldOf>['deps']) {
    const rest = {
      listDue: async () => [],
      listClosed: async () => ({ positionIds: [] }),
      findMany: async () => ({ positions: [], corruptIds: [] }),
      countOpen: async () => ({ paper: 0, live: 0 }),
    };
    return { ...deps, store: { ...deps.store, ...rest } };
  }
});
