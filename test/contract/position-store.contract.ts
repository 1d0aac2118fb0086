import { beforeEach, describe, expect, it } from 'vitest';
import { apiHaltBy } from '#lib/contracts/api/api-halt.ts';
import type { Alert } from '#lib/domain/news/alert.ts';
import type { OpenPosition, Position } from '#lib/domain/position/position.ts';
import { isClosed } from '#lib/domain/position/position.ts';
import { describePosition } from '#lib/domain/position/position-view.ts';
import { DEFAULT_RISK_LIMITS, type RiskLimits } from '#lib/domain/position/risk-limits.ts';
import { InvariantError, VersionConflictError } from '#lib/errors/errors.ts';
import type { PositionChange, PositionStore } from '#lib/ports/store/position-store.ts';
import { HALT } from '#test/factories/a-halt.ts';
import { aPosition, somePositionTerms } from '#test/factories/a-position.ts';
import { aSellTrade } from '#test/factories/a-trade.ts';
import { anAlert } from '#test/factories/an-alert.ts';
import { aLiveAttempt, anAttempt } from '#test/factories/an-attempt.ts';
import { anEvent } from '#test/factories/an-event.ts';
import { anIntent } from '#test/factories/an-intent.ts';

/** A fresh, empty store, and what no port shows: the alert records of a position. */
export type StoreUnderTest = {
  readonly store: PositionStore;
  readonly alertsOf: (positionId: string) => Promise<readonly Alert[]>;
};

const LIMITS: RiskLimits = DEFAULT_RISK_LIMITS;
/** The market ends on a whole minute. */
const MINUTE_MS = 60_000;
const { openedAtMs: OPENED_AT_MS, marketEndsAtMs: ENDS_AT_MS } = somePositionTerms();

/** The n-th opening, each with its own request and market. */
export function anOpening(n: number, overrides: Partial<Parameters<typeof somePositionTerms>[0]> = {}) {
  return aPosition({
    state: 'buying',
    positionId: `position-${n}`,
    requestId: `request-${n}`,
    conditionId: `0xc${n}`,
    ...overrides,
  });
}

/** One step from `before` to `after`, which gets the version and the identity of what it follows. */
export function aChange(
  before: OpenPosition,
  after: Position,
  overrides: Partial<PositionChange> = {},
): PositionChange {
  const { positionId, requestId, origin, conditionId, mode, wallet, budgetMicros } = before;
  return {
    before,
    after: {
      ...after,
      positionId,
      requestId,
      origin,
      conditionId,
      mode,
      wallet,
      budgetMicros,
      version: before.version + 1,
    },
    event: anEvent({ type: 'order-unknown', atMs: OPENED_AT_MS }),
    endedAttempts: [],
    alert: null,
    evidence: {},
    ...overrides,
  };
}

/** What every position store promises, whatever it is made of. */
export function describePositionStore(name: string, makeStore: () => Promise<StoreUnderTest>): void {
  describe(name, () => {
    let store: PositionStore;
    let alertsOf: StoreUnderTest['alertsOf'];

    beforeEach(async () => {
      ({ store, alertsOf } = await makeStore());
    });

    const step = async (change: PositionChange) => {
      await store.save(change);
      return change.after;
    };

    describe('create', () => {
      it('writes a row that reads back equal', async () => {
        const position = anOpening(1);
        expect(await store.create(position, LIMITS)).toEqual({ outcome: 'created' });
        expect(await store.find('position-1')).toEqual(position);
        expect(await store.findIdByRequest('request-1')).toBe('position-1');
      });

      it('knows nothing of what was never written', async () => {
        expect(await store.find('position-1')).toBeUndefined();
        expect(await store.findIdByRequest('request-1')).toBeUndefined();
        expect(await store.listTimeline('position-1')).toEqual([]);
        expect(await store.listAttempts('position-1')).toEqual([]);
        expect(await store.countOpen()).toEqual({ paper: 0, live: 0 });
      });

      it('begins the timeline with the opening and its terms', async () => {
        const position = anOpening(1);
        await store.create(position, LIMITS);
        const [first, ...rest] = await store.listTimeline('position-1');
        expect(rest).toEqual([]);
        expect(first).toMatchObject({ version: 1, event: { type: 'opened', atMs: OPENED_AT_MS } });
        expect(first?.evidence).toEqual(describePosition(position));
      });

      it('answers a repeated request with the position it opened, and counts it once', async () => {
        await store.create(anOpening(1), LIMITS);
        const again = anOpening(2, { requestId: 'request-1' });
        expect(await store.create(again, LIMITS)).toEqual({ outcome: 'already-requested', positionId: 'position-1' });
        expect(await store.find('position-2')).toBeUndefined();
        expect(await store.getAccount('paper', OPENED_AT_MS)).toMatchObject({
          openCount: 1,
          exposureMicros: 25_000_000n,
        });
      });

      it('takes its own creation, seen again, for created', async () => {
        await store.create(anOpening(1), LIMITS);
        expect(await store.create(anOpening(1), LIMITS)).toEqual({ outcome: 'created' });
        expect(await store.countOpen()).toEqual({ paper: 1, live: 0 });
      });

      it('answers a repeated request even when the limits forbid any opening by now', async () => {
        await store.create(anOpening(1), LIMITS);
        const again = anOpening(2, { requestId: 'request-1' });
        const expected = { outcome: 'already-requested', positionId: 'position-1' };
        expect(await store.create(again, { ...LIMITS, openCountMax: 0 })).toEqual(expected);
        await store.setHalt('paper', HALT);
        expect(await store.create(again, LIMITS)).toEqual(expected);
      });

      it('refuses a second open position of the same wallet and market', async () => {
        await store.create(anOpening(1), LIMITS);
        const second = anOpening(2, { conditionId: anOpening(1).conditionId });
        expect(await store.create(second, LIMITS)).toEqual({ outcome: 'refused', code: 'market-occupied' });
        expect(await store.find('position-2')).toBeUndefined();
        expect(await store.findIdByRequest('request-2')).toBeUndefined();
      });

      it('knows the open position of a wallet and market, until it is closed', async () => {
        const position = anOpening(1);
        await store.create(position, LIMITS);
        expect(await store.findIdByMarket(position)).toBe('position-1');
        expect(await store.findIdByMarket({ ...position, mode: 'live' })).toBeUndefined();
        expect(await store.findIdByMarket({ ...position, wallet: 'other' })).toBeUndefined();
        await step(aChange(position, aPosition({ state: 'voided' })));
        expect(await store.findIdByMarket(position)).toBeUndefined();
      });

      it('counts without limits what no limit and no halt may stop', async () => {
        await store.setHalt('paper', HALT);
        const guarded = aPosition({
          state: 'holding',
          positionId: 'position-1',
          requestId: 'guard-1',
          origin: 'guard',
        });
        expect(await store.create(guarded, null)).toEqual({ outcome: 'created' });
        expect(await store.find('position-1')).toEqual(guarded);
        const { budgetMicros: exposureMicros } = guarded;
        expect(await store.getAccount('paper', OPENED_AT_MS)).toMatchObject({
          openCount: 1,
          exposureMicros,
          halt: HALT,
        });
        expect(await store.create({ ...guarded, positionId: 'position-2', requestId: 'guard-2' }, null)).toEqual({
          outcome: 'refused',
          code: 'market-occupied',
        });
      });

      it('lets paper and live hold the same market side by side', async () => {
        await store.create(anOpening(1), LIMITS);
        const live = anOpening(2, { mode: 'live', conditionId: anOpening(1).conditionId });
        expect(await store.create(live, LIMITS)).toEqual({ outcome: 'created' });
        expect(await store.countOpen()).toEqual({ paper: 1, live: 1 });
      });

      it.each([
        ['open-count-limit', { openCountMax: 1 }],
        ['open-count-limit', { openCountMax: 0 }],
        ['exposure-limit', { exposureMicrosMax: 49_999_999n }],
        ['exposure-limit', { exposureMicrosMax: 24_999_999n }],
        ['day-loss-limit', { dayLossMicrosMax: 0n }],
      ] as const)('refuses with %s under %o', async (code, limits) => {
        await store.create(anOpening(1), LIMITS);
        expect(await store.create(anOpening(2), { ...LIMITS, ...limits })).toEqual({ outcome: 'refused', code });
        expect(await store.find('position-2')).toBeUndefined();
        expect(await store.countOpen()).toEqual({ paper: 1, live: 0 });
      });

      it('opens up to the exposure limit exactly', async () => {
        const limits = { ...LIMITS, exposureMicrosMax: 50_000_000n };
        await store.create(anOpening(1), limits);
        expect(await store.create(anOpening(2), limits)).toEqual({ outcome: 'created' });
      });

      it('reads a halt as it was set last, and none after it was lifted', async () => {
        const haltOf = async () => (await store.getAccount('paper', OPENED_AT_MS)).halt;
        await store.setHalt('paper', { sinceMs: 1, by: null, reason: null });
        await store.setHalt('paper', HALT);
        expect(await haltOf()).toEqual(HALT);
        expect((await store.getAccount('live', OPENED_AT_MS)).halt).toBeNull();
        await store.setHalt('paper', null);
        expect(await haltOf()).toBeNull();
      });

      it('refuses while the mode is halted, and only that mode', async () => {
        await store.setHalt('paper', HALT);
        await store.setHalt('paper', HALT);
        expect(await store.create(anOpening(1), LIMITS)).toEqual({ outcome: 'refused', code: 'halted', halt: HALT });
        expect(await store.create(anOpening(2, { mode: 'live' }), LIMITS)).toEqual({ outcome: 'created' });
        await store.setHalt('paper', null);
        expect(await store.create(anOpening(1), LIMITS)).toEqual({ outcome: 'created' });
      });

      it('tightens limits one by one, loosens none, and resets them together', async () => {
        const acting = { atMs: OPENED_AT_MS, by: 'alice', reason: 'bad day' };
        const later = { ...acting, atMs: OPENED_AT_MS + 1, by: 'bob' };
        const limits = { budgetMicrosMax: 5_000_000n, openCountMax: 2 };
        expect(await store.findTightened('live')).toBeUndefined();
        expect(await store.tighten('live', limits, acting)).toBe('tightened');
        expect(await store.findTightened('live')).toEqual({ ...acting, limits });
        expect(await store.findTightened('paper')).toBeUndefined();
        // One of the two would rise: neither changes.
        const mixed = { budgetMicrosMax: 4_000_000n, openCountMax: 3 };
        expect(await store.tighten('live', mixed, later)).toBe('not-lower');
        expect(await store.tighten('live', { openCountMax: 2 }, later)).toBe('not-lower');
        expect(await store.tighten('live', { openCountMax: 0, dayLossMicrosMax: 0n }, later)).toBe('tightened');
        const both = { ...limits, openCountMax: 0, dayLossMicrosMax: 0n };
        expect(await store.findTightened('live')).toEqual({ ...later, limits: both });
        await store.resetLimits('live', acting);
        expect(await store.findTightened('live')).toBeUndefined();
      });

      it('notes a request that acts, and knows it again', async () => {
        expect(await store.findCall('call-1')).toBeUndefined();
        expect(await store.claimCall('call-1', 'exit position-1', OPENED_AT_MS)).toBe('new');
        expect(await store.claimCall('call-1', 'exit position-1', OPENED_AT_MS + 1)).toBe('repeated');
        expect(await store.claimCall('call-1', 'exit position-2', OPENED_AT_MS)).toBe('taken');
        expect(await store.findCall('call-1')).toBe('exit position-1');
      });

      it('halts and resumes once for each request, all modes together', async () => {
        const halt = { ...HALT, by: apiHaltBy('bot', null) };
        const haltsOf = async () => [
          (await store.getAccount('paper', OPENED_AT_MS)).halt,
          (await store.getAccount('live', OPENED_AT_MS)).halt,
        ];
        expect(await store.setHaltOnce('call-1', ['paper', 'live'], halt, OPENED_AT_MS)).toBe('new');
        expect(await haltsOf()).toEqual([halt, halt]);
        expect(await store.setHaltOnce('call-2', ['live'], null, OPENED_AT_MS)).toBe('new');
        // Late copies of both: neither undoes what was decided since.
        expect(await store.setHaltOnce('call-1', ['paper', 'live'], halt, OPENED_AT_MS + 1)).toBe('repeated');
        expect(await haltsOf()).toEqual([halt, null]);
        expect(await store.setHaltOnce('call-2', ['paper'], null, OPENED_AT_MS)).toBe('taken');
        expect(await haltsOf()).toEqual([halt, null]);
      });

      it('never takes the id of another position', async () => {
        await store.create(anOpening(1), LIMITS);
        const thief = anOpening(2, { positionId: 'position-1' });
        await expect(store.create(thief, LIMITS)).rejects.toBeInstanceOf(InvariantError);
        expect(await store.find('position-1')).toEqual(anOpening(1));
      });

      it('gives one of ten equal requests at once the position, and its id to the others', async () => {
        const openings = Array.from({ length: 10 }, (_, i) => anOpening(i, { requestId: 'same' }));
        const outcomes = await Promise.all(openings.map((opening) => store.create(opening, LIMITS)));
        expect(outcomes.filter((outcome) => outcome.outcome === 'created')).toHaveLength(1);
        const positionId = await store.findIdByRequest('same');
        const others = outcomes.filter((outcome) => outcome.outcome !== 'created');
        expect(others).toEqual(others.map(() => ({ outcome: 'already-requested', positionId })));
        expect(await store.countOpen()).toEqual({ paper: 1, live: 0 });
      });

      it('never opens more than the limit, however many ask at once', async () => {
        const openings = Array.from({ length: 12 }, (_, i) => anOpening(i));
        const limits = { ...LIMITS, openCountMax: 5 };
        const outcomes = await Promise.all(openings.map((opening) => store.create(opening, limits)));
        expect(outcomes.filter(({ outcome }) => outcome === 'created')).toHaveLength(5);
        expect(await store.getAccount('paper', OPENED_AT_MS)).toMatchObject({
          openCount: 5,
          exposureMicros: 125_000_000n,
        });
      });
    });

    describe('save', () => {
      it('replaces the row and adds a line to the timeline, in the order of the versions', async () => {
        const opening = anOpening(1);
        await store.create(opening, LIMITS);
        let current: Position = opening;
        for (let n = 2; n <= 12; n += 1) {
          const after = aPosition({ state: 'holding' });
          current = await step(aChange(current as OpenPosition, after, { evidence: { bookTicks: n } }));
        }
        expect(await store.find('position-1')).toEqual(current);
        const timeline = await store.listTimeline('position-1');
        expect(timeline.map(({ version }) => version)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
        expect(timeline[11]).toEqual({
          version: 12,
          event: anEvent({ type: 'order-unknown', atMs: OPENED_AT_MS }),
          evidence: { bookTicks: 12 },
        });
      });

      it('lets one of twenty concurrent steps win and tells the others so', async () => {
        const opening = anOpening(1);
        await store.create(opening, LIMITS);
        const changes = Array.from({ length: 20 }, (_, i) =>
          aChange(opening, aPosition({ state: 'holding' }), { evidence: { contender: i } }),
        );
        const results = await Promise.allSettled(changes.map((change) => store.save(change)));
        const losers = results.filter((result) => result.status === 'rejected');
        expect(losers).toHaveLength(19);
        expect(losers.filter(({ reason }) => reason instanceof VersionConflictError)).toHaveLength(19);
        expect(await store.listTimeline('position-1')).toHaveLength(2);
      });

      it('writes nothing at all of a step that comes too late', async () => {
        const opening = anOpening(1);
        await store.create(opening, LIMITS);
        const holding = await step(aChange(opening, aPosition({ state: 'holding' })));
        const late = aChange(opening, aPosition({ state: 'voided' }), {
          endedAttempts: [anAttempt()],
          alert: anAlert({ version: 2 }),
        });
        await expect(store.save(late)).rejects.toBeInstanceOf(VersionConflictError);
        expect(await store.find('position-1')).toEqual(holding);
        expect(await store.listAttempts('position-1')).toEqual([]);
        expect(await alertsOf('position-1')).toEqual([]);
        expect(await store.countOpen()).toEqual({ paper: 1, live: 0 });
      });

      it('refuses a step of a position that does not exist', async () => {
        const change = aChange(anOpening(1), aPosition({ state: 'holding' }));
        await expect(store.save(change)).rejects.toBeInstanceOf(VersionConflictError);
        expect(await store.find('position-1')).toBeUndefined();
      });

      it('refuses a step that skips a version', async () => {
        const opening = anOpening(1);
        await store.create(opening, LIMITS);
        const change = aChange(opening, aPosition({ state: 'holding' }));
        const skipping = { ...change, after: { ...change.after, version: 3 } };
        await expect(store.save(skipping)).rejects.toBeInstanceOf(InvariantError);
      });

      it('lists every attempt by number: ended ones by their records, the others as the row has them', async () => {
        const opening = anOpening(1);
        await store.create(opening, LIMITS);
        const sells = [11, 2].map((n) => anAttempt({ intent: anIntent({ attemptNumber: n }), postCount: n }));
        const third = anIntent({ attemptNumber: 3 });
        const working = aLiveAttempt({ intent: third, phase: { phase: 'working', sinceMs: OPENED_AT_MS } });
        const holding = aPosition({ state: 'holding', attempts: [working] });
        const held = await step(aChange(opening, holding, { endedAttempts: sells }));
        expect(await store.listAttempts('position-1')).toEqual([
          sells[1],
          { positionId: 'position-1', intent: third, postCount: 1, result: { phase: 'working' }, endedAtMs: null },
          sells[0],
        ]);
        const settled = anAttempt({ intent: third, postCount: 2 });
        await step(aChange(held as OpenPosition, aPosition({ state: 'exiting' }), { endedAttempts: [settled] }));
        expect(await store.listAttempts('position-1')).toEqual([sells[1], settled, sells[0]]);
      });

      it('writes each alert once, beside the step that made it true', async () => {
        const opening = anOpening(1);
        await store.create(opening, LIMITS);
        const alert = anAlert({ version: 2, kind: 'buy-voided' });
        const change = aChange(opening, aPosition({ state: 'voided' }), { alert });
        await store.save(change);
        await expect(store.save(change)).rejects.toBeInstanceOf(VersionConflictError);
        expect(await alertsOf('position-1')).toEqual([alert]);
      });
    });

    describe('closing', () => {
      const CLOSED = ['exited', 'redeemed', 'worthless', 'voided', 'stranded'] as const;

      it.each(CLOSED)('frees market and limits when a position is %s', async (state) => {
        const opening = anOpening(1);
        await store.create(opening, LIMITS);
        await step(aChange(opening, aPosition({ state })));
        expect(await store.getAccount('paper', OPENED_AT_MS)).toMatchObject({ openCount: 0, exposureMicros: 0n });
        const next = anOpening(2, { conditionId: opening.conditionId });
        expect(await store.create(next, { ...LIMITS, openCountMax: 1 })).toEqual({ outcome: 'created' });
      });

      it('keeps the market while the position only waits for the result', async () => {
        const opening = anOpening(1);
        await store.create(opening, LIMITS);
        await step(aChange(opening, aPosition({ state: 'awaiting-resolution' })));
        const next = anOpening(2, { conditionId: opening.conditionId });
        expect(await store.create(next, LIMITS)).toEqual({ outcome: 'refused', code: 'market-occupied' });
        expect(await store.countOpen()).toEqual({ paper: 1, live: 0 });
      });

      it('adds up the losses of the UTC day and mode in which they became final, and no profits', async () => {
        const midnightMs = Date.UTC(2026, 2, 13);
        const closings = [
          { mode: 'paper', closedAtMs: midnightMs - 1 },
          { mode: 'paper', closedAtMs: midnightMs },
          { mode: 'paper', closedAtMs: midnightMs + 1 },
          { mode: 'live', closedAtMs: midnightMs },
        ] as const;
        for (const [n, { mode, closedAtMs }] of closings.entries()) {
          const opening = anOpening(n, { mode });
          await store.create(opening, LIMITS);
          await step(aChange(opening, aPosition({ state: 'worthless', closedAtMs })));
        }
        const winner = anOpening(9);
        await store.create(winner, LIMITS);
        await step(aChange(winner, aPosition({ state: 'redeemed', closedAtMs: midnightMs })));

        // 36 shares at 0.65 and a fee of 0.5733 dollars, all lost.
        const lossMicros = 23_973_300n;
        const dayLossAt = async (mode: 'paper' | 'live', atMs: number) =>
          (await store.getAccount(mode, atMs)).dayLossMicros;
        expect(await dayLossAt('paper', midnightMs - 1)).toBe(lossMicros);
        expect(await dayLossAt('paper', midnightMs + 3_600_000)).toBe(2n * lossMicros);
        expect(await dayLossAt('live', midnightMs)).toBe(lossMicros);
        expect(await dayLossAt('live', midnightMs - 1)).toBe(0n);
      });

      it('adds no loss of unknown size to the day, and counts a guarded position like any other', async () => {
        const opening = anOpening(1, { origin: 'guard' });
        await store.create(opening, LIMITS);
        expect(await store.getAccount('paper', OPENED_AT_MS)).toMatchObject({ openCount: 1 });
        const found = { sharesMicros: 36_000_000n, costMicros: null, blockNumber: 6_000n };
        await step(aChange(opening, aPosition({ state: 'worthless', closedAtMs: OPENED_AT_MS, found, trades: [] })));
        expect(await store.getAccount('paper', OPENED_AT_MS)).toMatchObject({ openCount: 0, dayLossMicros: 0n });
      });

      it('refuses openings of a day that has lost its limit, and allows them the next day', async () => {
        const opening = anOpening(1);
        await store.create(opening, LIMITS);
        await step(aChange(opening, aPosition({ state: 'worthless', closedAtMs: OPENED_AT_MS })));
        const limits = { ...LIMITS, dayLossMicrosMax: 23_973_300n };
        expect(await store.create(anOpening(2), limits)).toEqual({ outcome: 'refused', code: 'day-loss-limit' });
        const tomorrow = anOpening(3, { openedAtMs: OPENED_AT_MS + 86_400_000 });
        expect(await store.create(tomorrow, limits)).toEqual({ outcome: 'created' });
        expect(await store.create(anOpening(4), { ...limits, dayLossMicrosMax: 23_973_301n })).toEqual({
          outcome: 'created',
        });
      });

      it('closes many positions at once and ends with every counter at zero', async () => {
        const openings = Array.from({ length: 12 }, (_, i) => anOpening(i));
        await Promise.all(openings.map((opening) => store.create(opening, LIMITS)));
        const exited = aPosition({ state: 'exited', closedAtMs: OPENED_AT_MS, trades: [] });
        await Promise.all(openings.map((opening) => store.save(aChange(opening, exited))));
        expect(await store.getAccount('paper', OPENED_AT_MS)).toEqual({
          mode: 'paper',
          openCount: 0,
          exposureMicros: 0n,
          dayLossMicros: 0n,
          halt: null,
        });
      });
    });

    describe('listDue', () => {
      const openDueAt = async (n: number, atMs: number) => {
        const opening = anOpening(n, {});
        await store.create({ ...opening, wakeUp: { id: 'v1', atMs } }, LIMITS);
        return opening;
      };

      it('lists by the minute what was due by then, oldest first, at most as many as asked for', async () => {
        const minutes = [5, 1, 4, 2, 3, 3.5];
        for (const [n, minute] of minutes.entries()) await openDueAt(n, ENDS_AT_MS + minute * MINUTE_MS);
        const dueBy = (minute: number, limit: number) => store.listDue(ENDS_AT_MS + minute * MINUTE_MS, limit);
        expect((await dueBy(3, 10)).slice(0, 2)).toEqual(['position-1', 'position-3']);
        expect((await dueBy(3, 10)).slice(2).sort()).toEqual(['position-4', 'position-5']);
        expect(await dueBy(10, 2)).toEqual(['position-1', 'position-3']);
        expect(await dueBy(0.99, 10)).toEqual([]);
        expect(await dueBy(10, 0)).toEqual([]);
        expect(await dueBy(10, 100)).toHaveLength(6);
        expect(await store.listDue(ENDS_AT_MS + 10 * MINUTE_MS)).toHaveLength(6);
      });

      it('never lists later than the time itself would be listed', async () => {
        const atMs = ENDS_AT_MS + MINUTE_MS - 1;
        await openDueAt(1, atMs);
        expect(await store.listDue(atMs, 10)).toEqual(['position-1']);
      });

      it('follows the row: a step moves its position to the new time', async () => {
        const opening = await openDueAt(1, ENDS_AT_MS);
        const wakeUp = { id: 'v2', atMs: ENDS_AT_MS + MINUTE_MS };
        await step(aChange({ ...opening, wakeUp }, aPosition({ state: 'holding', wakeUp })));
        expect(await store.listDue(ENDS_AT_MS + MINUTE_MS - 1, 10)).toEqual([]);
        expect(await store.listDue(ENDS_AT_MS + MINUTE_MS, 10)).toEqual(['position-1']);
      });

      it('knows those that wait for the result, and no closed ones', async () => {
        const first = await openDueAt(1, ENDS_AT_MS);
        const second = await openDueAt(2, ENDS_AT_MS);
        await step(aChange(first, aPosition({ state: 'exited' })));
        await step(aChange(second, aPosition({ state: 'awaiting-resolution' })));
        expect(await store.listDue(Number.MAX_SAFE_INTEGER, 10)).toEqual(['position-2']);
        expect(await store.countOpen()).toEqual({ paper: 1, live: 0 });
      });

      it('counts an order in flight as not due before its lease is over', async () => {
        const leaseUntilMs = ENDS_AT_MS + MINUTE_MS;
        const opening = anOpening(1);
        await store.create(opening, LIMITS);
        const buying = {
          ...opening,
          attempts: [
            { intent: anIntent({ side: 'BUY' }), postCount: 1, lostPostAtMs: null, phase: 'posting', leaseUntilMs },
          ] as const,
        };
        await step(aChange(opening, buying));
        expect(await store.listDue(leaseUntilMs - 1, 10)).toEqual([]);
        expect(await store.listDue(leaseUntilMs, 10)).toEqual(['position-1']);
      });
    });

    describe('list', () => {
      it('lists all or those in one state, newest first', async () => {
        for (const n of [1, 3, 2]) await store.create(anOpening(n, { openedAtMs: OPENED_AT_MS + n }), LIMITS);
        const second = anOpening(2, { openedAtMs: OPENED_AT_MS + 2 });
        const sold = aPosition({ state: 'exited', openedAtMs: second.openedAtMs, trades: [aSellTrade()] });
        await step(aChange(second, sold));
        const idsOf = (positions: readonly Position[]) => positions.map(({ positionId }) => positionId);
        expect(idsOf(await store.list())).toEqual(['position-3', 'position-2', 'position-1']);
        expect(idsOf(await store.list('buying'))).toEqual(['position-3', 'position-1']);
        const exited = await store.list('exited');
        expect(idsOf(exited)).toEqual(['position-2']);
        expect(exited.every(isClosed)).toBe(true);
        expect(await store.list('stranded')).toEqual([]);
        expect(await store.listCorrupt()).toEqual([]);
      });
    });
  });
}
