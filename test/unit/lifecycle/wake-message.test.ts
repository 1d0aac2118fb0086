import { describe, expect, it } from 'vitest';
import type { Position } from '#lib/domain/position/position.ts';
import { StoreUnavailableError, VersionConflictError } from '#lib/errors/errors.ts';
import { type WakePositionDeps, wakePosition } from '#lib/lifecycle/wake-position.ts';
import type { WakeMessage } from '#lib/ports/exit-queue.ts';
import { aBook } from '#test/factories/a-book.ts';
import { aPosition } from '#test/factories/a-position.ts';
import { aLiveAttempt } from '#test/factories/an-attempt.ts';
import { anIntent } from '#test/factories/an-intent.ts';
import { type AskedVenue, createAskedVenue } from '#test/fakes/asked-venue.ts';

const holding = aPosition({ state: 'holding' });
const { exitDueAtMs: DUE_AT_MS, marketEndsAtMs: ENDS_AT_MS, policy, openedAtMs: OPENED_AT_MS } = holding;
const PREPARE_AT_MS = DUE_AT_MS - 3_000;
const EXIT: WakeMessage = { positionId: 'position-1', wakeUpId: 'exit', source: 'delay' };

async function wake(
  position: Position,
  message: Partial<WakeMessage>,
  nowMs: number,
  change: (deps: WakePositionDeps, venue: AskedVenue) => WakePositionDeps = (deps) => deps,
) {
  const venue = createAskedVenue(nowMs, position);
  venue.answers.book = () => aBook({ atMs: venue.clock.nowMs() });
  const { account, ...deps } = venue.deps;
  const all = change({ ...deps, accounts: { [position.mode]: account } }, venue);
  const outcome = await venue.clock.run(wakePosition(all, { ...EXIT, ...message }));
  return { ...venue, outcome, types: venue.changes.map(({ event }) => event.type) };
}

/** A holding position whose next step is a look-up. */
const lookingUp = (atMs: number, own: Partial<typeof holding> = {}) =>
  aPosition({ state: 'holding', ...own, wakeUp: { id: 'v9', atMs } });
const exitingAt = (atMs: number, own: object = {}) =>
  aPosition({ state: 'exiting', ...own, wakeUp: { id: 'v9', atMs } });
const SENT_ON = { outcome: 'sent-on' };
const NOT_THE_ROW = { outcome: 'dropped', reason: 'not-the-row' };
const CLOSED = { outcome: 'dropped', reason: 'closed' };

describe('a message', () => {
  it.each(['exit', 'look', 'shares'])('of a closed position is dropped: %s', async (wakeUpId) => {
    const { outcome, calls, letters } = await wake(aPosition({ state: 'exited' }), { wakeUpId }, DUE_AT_MS);
    expect(outcome).toEqual(CLOSED);
    expect([calls, letters]).toEqual([[], []]);
  });

  it('for a look at the price is no step', async () => {
    const watched = aPosition({ state: 'holding', policy: { ...policy, rules: { stopLossMicros: 100_000n } } });
    const { outcome, types } = await wake(watched, { wakeUpId: 'look' }, OPENED_AT_MS + 60_000);
    expect(outcome).toMatchObject({ outcome: 'looked', priceMicros: '600000' });
    expect(types).toEqual([]);
  });

  it('for a look at the wallet changes nothing of a position that is not guarded', async () => {
    const { outcome } = await wake(holding, { wakeUpId: 'shares' }, OPENED_AT_MS + 60_000);
    expect(outcome).toEqual({ outcome: 'dropped', reason: 'nothing-due' });
  });

  it.each([
    [{ source: 'timer', plannedAtMs: 1 }, { source: 'timer' }],
    [{ source: 'by-hand' }, { source: 'by-hand' }],
    [{ wakeUpId: 'shares' }, { wakeUpId: 'shares' }],
  ] as const)('of a position whose market is over goes to settlement: %o', async (message, sent) => {
    const nowMs = ENDS_AT_MS - 1_000;
    const { outcome, letters, types } = await wake(aPosition({ state: 'awaiting-resolution' }), message, nowMs);
    expect(outcome).toEqual(SENT_ON);
    expect(letters).toEqual([[{ ...EXIT, ...sent, to: 'settle' }, nowMs]]);
    expect(types).toEqual([]);
  });

  it('is dropped where the row names another wake-up', async () => {
    const { outcome, letters } = await wake(holding, { wakeUpId: 'v2' }, OPENED_AT_MS + 60_000);
    expect(outcome).toEqual(NOT_THE_ROW);
    expect(letters).toEqual([]);
  });

  it('is dropped where another invocation takes the step first', async () => {
    const save = () => Promise.reject(new VersionConflictError('moved'));
    const { outcome } = await wake(holding, {}, DUE_AT_MS, (deps) => ({ ...deps, store: { ...deps.store, save } }));
    expect(outcome).toEqual({ outcome: 'dropped', reason: 'overtaken' });
  });

  it('is delivered again where the table does not answer', async () => {
    const save = () => Promise.reject(new StoreUnavailableError('No answer'));
    const woken = wake(holding, {}, DUE_AT_MS, (deps) => ({ ...deps, store: { ...deps.store, save } }));
    await expect(woken).rejects.toThrow(StoreUnavailableError);
  });
});

describe('a message that is early', () => {
  it.each<[WakeMessage['source'], number]>([
    ['delay', PREPARE_AT_MS],
    ['sweep', PREPARE_AT_MS],
    ['timer', DUE_AT_MS + 2_000],
  ])('for the exit is sent again for its time: %s', async (source, atMs) => {
    const { outcome, letters, types } = await wake(holding, { source }, atMs - 1);
    expect(outcome).toEqual(SENT_ON);
    expect(letters).toEqual([[{ ...EXIT, source }, atMs]]);
    expect(types).toEqual([]);
  });

  it.each<[WakeMessage['source'], number]>([
    ['delay', PREPARE_AT_MS],
    ['timer', DUE_AT_MS + 2_000],
  ])('begins the exit at that time: %s', async (source, atMs) => {
    const { outcome, types } = await wake(holding, { source }, atMs);
    expect(outcome).toMatchObject({ outcome: 'stepped', state: 'exiting' });
    expect(types[0]).toBe('sell-intended');
  });

  it('of the timer prepares the exit where it is the only message', async () => {
    const canary = aPosition({ state: 'holding', origin: 'canary' });
    expect((await wake(canary, { source: 'timer' }, PREPARE_AT_MS - 1)).letters).toEqual([
      [{ ...EXIT, source: 'timer' }, PREPARE_AT_MS],
    ]);
    expect((await wake(canary, { source: 'timer' }, PREPARE_AT_MS)).outcome).toMatchObject({ state: 'exiting' });
  });

  it('for another step is sent again for its time, with the id of the row', async () => {
    const atMs = OPENED_AT_MS + 60_000;
    const early = await wake(lookingUp(atMs), { wakeUpId: 'v9', source: 'retry' }, atMs - 3_001);
    expect(early.outcome).toEqual(SENT_ON);
    expect(early.letters).toEqual([[{ ...EXIT, wakeUpId: 'v9', source: 'retry' }, atMs - 3_000]]);
    const ready = await wake(lookingUp(atMs), { wakeUpId: 'v9', source: 'retry' }, atMs - 3_000);
    expect(ready.outcome).toEqual({ outcome: 'dropped', reason: 'nothing-due' });
    expect(ready.clock.nowMs()).toBe(atMs);
  });

  it('is taken for the wake-up of the row once that is overdue', async () => {
    const atMs = OPENED_AT_MS + 60_000;
    expect((await wake(lookingUp(atMs), { wakeUpId: 'v8' }, atMs + 4_999)).outcome).toEqual(NOT_THE_ROW);
    expect((await wake(lookingUp(atMs), { wakeUpId: 'v8' }, atMs + 5_000)).outcome).toMatchObject({
      reason: 'nothing-due',
    });
  });
});

describe("the exit's message, while the row waits for another step", () => {
  const requested = { exitRequest: { atMs: DUE_AT_MS - 60_000, minPriceMicros: 900_000n } };

  it.each<[string, Position, Partial<WakeMessage>, number]>([
    ['of the queue', lookingUp(DUE_AT_MS + 10_000), {}, PREPARE_AT_MS],
    ['of the timer', lookingUp(DUE_AT_MS + 10_000), { source: 'timer' }, DUE_AT_MS + 2_000],
    [
      'of a buy without an answer',
      aPosition({ state: 'buying', wakeUp: { id: 'v9', atMs: DUE_AT_MS + 10_000 } }),
      {},
      PREPARE_AT_MS,
    ],
    ['of a sale on request', exitingAt(DUE_AT_MS + 10_000, requested), {}, PREPARE_AT_MS],
  ])('is sent again for the time of the exit, and dropped from then on: %s', async (_, row, message, atMs) => {
    const before = await wake(row, message, atMs - 1);
    expect(before.outcome).toEqual(SENT_ON);
    expect(before.letters).toEqual([[{ ...EXIT, ...message }, atMs]]);
    const after = await wake(row, message, atMs);
    expect(after.outcome).toEqual(NOT_THE_ROW);
    expect(after.letters).toEqual([]);
  });

  it('is dropped where the exit has begun', async () => {
    const { outcome, letters } = await wake(exitingAt(DUE_AT_MS), {}, DUE_AT_MS - 60_000);
    expect(outcome).toEqual(NOT_THE_ROW);
    expect(letters).toEqual([]);
  });

  it('is sent again for the time of a request before it', async () => {
    const atMs = DUE_AT_MS - 30_000;
    const row = lookingUp(DUE_AT_MS + 10_000, { exitRequest: { atMs } });
    expect((await wake(row, {}, atMs - 3_001)).letters).toEqual([[EXIT, atMs - 3_000]]);
  });
});

describe('a message of an operator', () => {
  const NOW_MS = OPENED_AT_MS + 60_000;
  const BY_HAND = { source: 'by-hand' } as const;

  it('is saved and sells at once', async () => {
    const { outcome, changes, types } = await wake(holding, BY_HAND, NOW_MS);
    expect(changes[0]?.event).toEqual({ type: 'exit-requested', atMs: NOW_MS });
    expect(types.slice(0, 3)).toEqual(['exit-requested', 'sell-intended', 'order-unknown']);
    expect(outcome).toMatchObject({ outcome: 'stepped', state: 'exiting' });
  });

  it('that asks for a part is saved with its id', async () => {
    const exit = { requestId: 'part-1', sharesMicros: 10_000_000n };
    const { changes } = await wake(holding, { ...BY_HAND, exit }, NOW_MS);
    expect(changes[0]?.event).toEqual({ type: 'exit-requested', atMs: NOW_MS, ...exit });
    expect(changes[1]?.event).toMatchObject({ type: 'sell-intended', intent: { sharesMicros: 10_000_000n } });
  });

  it('that is refused changes nothing, and sends nothing', async () => {
    const exit = { requestId: 'part-1', sharesMicros: 90_000_000n };
    const { outcome, letters, types } = await wake(holding, { ...BY_HAND, exit }, NOW_MS);
    expect([outcome, letters, types]).toEqual([SENT_ON, [], []]);
  });

  it('finds a position that closed meanwhile', async () => {
    const exited = aPosition({ state: 'exited' });
    let loadCount = 0;
    const store = {
      find: async () => {
        loadCount += 1;
        return loadCount === 1 ? holding : exited;
      },
      save: () => Promise.reject(new VersionConflictError('moved')),
    };
    const { outcome } = await wake(holding, BY_HAND, NOW_MS, (deps) => ({
      ...deps,
      store: { ...deps.store, ...store },
    }));
    expect(outcome).toEqual(CLOSED);
  });

  it('does not post beside an order that is leased', async () => {
    const attempt = aLiveAttempt({ intent: anIntent(), phase: { phase: 'posting', leaseUntilMs: DUE_AT_MS + 8_000 } });
    const row = exitingAt(DUE_AT_MS + 5_000, { attemptCount: 2, attempts: [attempt] });
    const { outcome, calls } = await wake(row, BY_HAND, DUE_AT_MS + 6_000);
    expect(outcome).toEqual({ outcome: 'dropped', reason: 'lease-held' });
    expect(calls).toEqual([]);
  });
});
