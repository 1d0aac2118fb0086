import { describe, expect, it } from 'vitest';
import type { Position } from '#lib/domain/position/position.ts';
import {
  openOnPaper,
  seeCard,
  seeEnd,
  seeExit,
  seeTimerGone,
  sellLeftovers,
} from '#lib/lifecycle/delivery/smoke-position.ts';
import type { SmokeDeps } from '#lib/lifecycle/delivery/smoke-step.ts';
import type { OpeningReply, SmokeOpening } from '#lib/ports/smoke-probes.ts';
import { aPosition } from '#test/factories/a-position.ts';
import { aSmokeRun, SMOKE_STARTED_AT_MS, SMOKE_WINDOW_STARTS_AT_MS } from '#test/factories/a-smoke-run.ts';

const ENDS_AT_MS = SMOKE_WINDOW_STARTS_AT_MS + 300_000;
const DUE_AT_MS = ENDS_AT_MS - 120_000;
const ID = 'position-1';
const TIMES = { marketEndsAtMs: ENDS_AT_MS, exitDueAtMs: DUE_AT_MS };
const holding = { ...aPosition({ state: 'holding' }), ...TIMES };
const exited = { ...aPosition({ state: 'exited' }), ...TIMES };
const voided = aPosition({ state: 'voided', positionId: 'voided' });
const OPENED: OpeningReply = { outcome: 'opened', position: { positionId: ID } };
const AGAIN: OpeningReply = { outcome: 'already-requested', position: { positionId: ID } };
const refused = (code: string): OpeningReply => ({ outcome: 'refused', code, message: 'Not now.' });
const failedReply = (mayHaveOpened: boolean): OpeningReply => {
  return { outcome: 'failed', code: 'no-answer', message: 'No answer.', mayHaveOpened };
};
const emptyStore: SmokeDeps['store'] = {
  find: async () => undefined,
  findIdByRequest: async () => undefined,
  listAttempts: async () => [],
  listTimeline: async () => [],
};
const finds = (position: Position | undefined) => ({ store: { ...emptyStore, find: async () => position } });

describe('the opening of a smoke test', () => {
  type Of = {
    readonly replies?: readonly OpeningReply[];
    readonly again?: OpeningReply;
    readonly row?: Position | null;
    readonly startAtMs?: number;
  };
  /** The last reply is repeated. */
  async function open({ replies = [OPENED], again = AGAIN, row = holding, startAtMs = SMOKE_STARTED_AT_MS }: Of = {}) {
    const left = [...replies];
    const asked: SmokeOpening[] = [];
    const repeated: SmokeOpening[] = [];
    const world = aSmokeRun({
      deps: () => ({
        openByUrl: async (body) => {
          asked.push(body);
          return (left.length > 1 ? left.shift() : left[0]) ?? OPENED;
        },
        openByInvoke: async (body) => {
          repeated.push(body);
          return again;
        },
        store: {
          ...emptyStore,
          find: async (id) => (id === 'voided' ? voided : (row ?? undefined)),
        },
      }),
    });
    await world.clock.advanceTo(startAtMs);
    const finding = await world.clock.run(openOnPaper(world.run));
    return { ...world, ...finding, asked, repeated, tookMs: world.clock.nowMs() - startAtMs };
  }

  it('is repeated with the same request, and names the same position', async () => {
    const { status, found, asked, repeated, run, said } = await open();
    expect([status, found]).toEqual([
      'ok',
      `position-1 in ${holding.marketSlug}, by signed URL; the same request by invoke gave the same position`,
    ]);
    expect(asked).toEqual([
      {
        ...{ requestId: 'smoke-1-0', asset: 'BTC', side: 'UP', usd: 6, window: '5m', mode: 'paper' },
        ...{ windowAt: SMOKE_WINDOW_STARTS_AT_MS, exitLeadSeconds: 120, preset: 'none' },
      },
    ]);
    expect(repeated).toEqual(asked);
    expect(run.traces).toMatchObject({ positionId: ID, requestIds: ['smoke-1-0'] });
    expect(said).toEqual([]);
  });

  it('needs a function URL', async () => {
    expect(await openOnPaper(aSmokeRun().run)).toMatchObject({
      ...{ status: 'failed', found: 'there is no function URL' },
    });
  });

  it.each<readonly [OpeningReply, string]>([
    [OPENED, 'opened position-1'],
    [{ ...AGAIN, position: { positionId: 'position-2' } }, 'already-requested position-2'],
    [refused('halted'), 'halted: Not now.'],
  ])('is a fault when the repetition answers otherwise, case %#', async (again, saw) => {
    expect(await open({ again })).toMatchObject({
      ...{ status: 'failed', found: `the URL opened position-1; the same request by invoke answered ${saw}` },
    });
  });

  it.each([null, { ...holding, mode: 'live' as const }])('is a fault unless it is on paper, case %#', async (row) => {
    expect(await open({ row })).toMatchObject({
      ...{ status: 'failed', found: 'position-1 is not a paper position of this table' },
    });
  });

  it('tries the other side next, under the same id, and says so once', async () => {
    const notReady = refused('market-not-ready');
    const { status, asked, said, tookMs, run } = await open({ replies: [notReady, notReady, notReady, OPENED] });
    expect(status).toBe('ok');
    expect(asked.map(({ side }) => side)).toEqual(['UP', 'DOWN', 'UP', 'DOWN']);
    expect(run.traces.requestIds).toEqual(['smoke-1-0']);
    expect(said).toEqual(['Nothing was bought (Not now.): asking again.']);
    expect(tookMs).toBe(6_000);
  });

  it('takes a new id after a buy that brought nothing', async () => {
    const nothing: OpeningReply = { outcome: 'opened', position: { positionId: 'voided' } };
    const { asked, run, said } = await open({ replies: [nothing, nothing, OPENED] });
    expect(asked.map(({ requestId }) => requestId)).toEqual(['smoke-1-0', 'smoke-1-1', 'smoke-1-2']);
    expect(run.traces.requestIds).toEqual(['smoke-1-0', 'smoke-1-1', 'smoke-1-2']);
    expect(said).toEqual(['Nothing was bought: asking again.']);
  });

  it('asks once more only where a call without an answer may have opened', async () => {
    expect((await open({ replies: [failedReply(true), OPENED] })).asked).toHaveLength(2);
    const certain = await open({ replies: [failedReply(false)] });
    expect(certain.asked).toHaveLength(1);
    expect(certain).toMatchObject({
      ...{
        status: 'failed',
        found: 'nothing was opened: No answer.',
        advice: expect.stringMatching(/^The log of `open`/),
      },
    });
    expect((await open({ replies: [refused('day-loss-limit')] })).asked).toHaveLength(1);
  });

  it('is asked for until eight minutes have passed', async () => {
    const startAtMs = DUE_AT_MS - 30_000;
    const { status, advice, tookMs } = await open({ replies: [refused('market-occupied')], startAtMs });
    expect([status, advice]).toEqual(['failed', 'Mend what the refusal names, and repeat the smoke test.']);
    expect(tookMs).toBe(480_000);
  });

  it('waits for the next window less than 75 s before the exit', async () => {
    expect((await open({ startAtMs: DUE_AT_MS - 75_000 })).asked[0]?.windowAt).toBe(SMOKE_WINDOW_STARTS_AT_MS);
    const later = await open({ startAtMs: DUE_AT_MS - 74_999 });
    expect(later.asked[0]?.windowAt).toBe(ENDS_AT_MS);
    expect(later.said).toEqual(['Waiting for the next window, in 195 s.']);
  });
});

describe('the exit of a smoke test', () => {
  type Of = { readonly rows?: (nowMs: number) => Position | undefined; readonly posted?: readonly unknown[] };
  const sold = { ...holding, firstExitAttemptAtMs: DUE_AT_MS };
  const event = (orderHash: string | undefined, postedAtMs: unknown) => ({
    event: orderHash === undefined ? { type: 'other' } : { orderHash },
    evidence: { postedAtMs },
  });
  async function see({ rows = () => sold, posted = [] }: Of, positionId: string | null = ID) {
    const world = aSmokeRun({
      traces: { positionId },
      deps: (clock) => ({
        store: {
          ...emptyStore,
          find: async () => rows(clock.nowMs()),
          listAttempts: async () =>
            [
              { intent: { side: 'BUY', orderHash: '0xbuy' } },
              { intent: { side: 'SELL', orderHash: '0xsell' } },
              { intent: { side: 'SELL', orderHash: '0xmore' } },
            ] as never,
          listTimeline: async () => posted as never,
        },
      }),
    });
    return { ...(await world.clock.run(seeExit(world.run))), said: world.said, passedMs: world.passedMs() };
  }

  it('is measured from its due time to the first order that was sent', async () => {
    const posted = [
      event('0xbuy', DUE_AT_MS - 60_000),
      event(undefined, DUE_AT_MS),
      event('0xsell', undefined),
      event('0xmore', DUE_AT_MS + 900),
      event('0xsell', DUE_AT_MS + 40),
    ];
    expect(await see({ posted })).toEqual({
      ...{
        status: 'ok',
        found: 'the first order left at T − 120 s, 40 ms after it was due',
        advice: null,
        passedMs: 0,
      },
      said: ['Waiting for the exit at 09:23:00 UTC, in 170 s (until 09:24:30 UTC at most).'],
    });
  });

  it.each([
    [-1, 'failed'],
    [0, 'ok'],
    [2_500, 'ok'],
    [2_501, 'failed'],
  ])('is expected in 0 to 2500 ms: %i ms is %s', async (lateMs, status) => {
    expect((await see({ posted: [event('0xsell', DUE_AT_MS + lateMs)] })).status).toBe(status);
  });

  it('is waited for until 90 s after it was due', async () => {
    const waited = { status: 'failed', passedMs: 260_000 };
    const posted = [event('0xsell', DUE_AT_MS)];
    expect(await see({})).toMatchObject({ ...waited, found: 'no sell order 90 s after the exit was due (holding)' });
    expect(await see({ rows: () => holding, posted })).toMatchObject(waited);
    const gone = await see({ rows: (nowMs) => (nowMs < DUE_AT_MS ? holding : undefined), posted });
    expect(gone).toMatchObject({ ...waited, found: 'no sell order 90 s after the exit was due (gone)' });
  });

  it('says of a time that has passed that it is now', async () => {
    const due = { ...sold, exitDueAtMs: SMOKE_STARTED_AT_MS - 5_000 };
    const { said } = await see({ rows: () => due, posted: [event('0xsell', due.exitDueAtMs)] });
    expect(said).toEqual(['Waiting for the exit at 09:20:05 UTC, in 0 s (until 09:21:35 UTC at most).']);
  });

  it('is not looked for without a position', async () => {
    expect(await see({}, null)).toMatchObject({ status: 'skipped', found: 'there is no position' });
    expect(await see({ rows: () => undefined })).toMatchObject({
      ...{ status: 'failed', found: 'position-1 is not in the table any more', passedMs: 0 },
    });
  });
});

describe('the end of a smoke test’s position', () => {
  async function see(rows: (nowMs: number) => Position | undefined) {
    const world = aSmokeRun({
      traces: { positionId: ID },
      deps: (clock) => ({ store: { ...emptyStore, find: async () => rows(clock.nowMs()) } }),
    });
    const { status, found } = await world.clock.run(seeEnd(world.run));
    return { status, found, passedMs: world.passedMs() };
  }

  it('is a sale, until 95 s after its market', async () => {
    expect(await see((nowMs) => (nowMs < ENDS_AT_MS + 95_000 ? holding : exited))).toEqual({
      ...{ status: 'ok', found: 'exited, reason emergency:timeout', passedMs: 385_000 },
    });
    expect(await see(() => holding)).toEqual({ status: 'failed', found: 'the position is holding', passedMs: 385_000 });
  });

  it('is also a sale that only the last look shows', async () => {
    let lastLooks = 0;
    const rows = (nowMs: number) => {
      if (nowMs === ENDS_AT_MS + 95_000) lastLooks += 1;
      return lastLooks > 1 ? exited : holding;
    };
    expect(await see(rows)).toEqual({ status: 'ok', found: 'exited, sold', passedMs: 385_000 });
  });

  it('is not another end, nor a row that is gone', async () => {
    expect(await see(() => voided)).toEqual({ status: 'failed', found: 'the position is voided', passedMs: 0 });
    expect(await see(() => undefined)).toEqual({ status: 'failed', found: 'the position is gone', passedMs: 95_000 });
    expect(await see((nowMs) => (nowMs < DUE_AT_MS ? holding : undefined))).toMatchObject({
      ...{ status: 'failed', found: 'the position is gone', passedMs: 385_000 },
    });
  });

  it('is not looked for without a position', async () => {
    const { run } = aSmokeRun();
    const skipped = { status: 'skipped', found: 'there is no position', advice: null };
    expect(await seeEnd(run)).toEqual(skipped);
    expect(await seeTimerGone(run)).toEqual(skipped);
  });
});

describe('what a sale leaves', () => {
  it.each([
    [180_000, 'ok', 'EventBridge Scheduler has deleted it'],
    [180_001, 'failed', 'it still exists minutes after it was due'],
  ])('is no timer within three minutes: gone after %i ms is %s', async (goneAfterMs, status, found) => {
    const { run, clock, passedMs } = aSmokeRun({
      traces: { positionId: ID },
      deps: ({ nowMs }) => ({ hasTimer: async (id) => id === ID && nowMs() < SMOKE_STARTED_AT_MS + goneAfterMs }),
    });
    expect(await clock.run(seeTimerGone(run))).toMatchObject({ status, found });
    expect(passedMs()).toBe(180_000);
  });

  const card = (sentAfterMs: number, row: Position | undefined = exited, positionId: string | null = ID) =>
    aSmokeRun({
      traces: { positionId },
      deps: ({ nowMs }) => ({
        ...finds(row),
        ledger: {
          isSent: async (key) =>
            key === `position-alert#${ID}#${exited.version}` && nowMs() >= SMOKE_STARTED_AT_MS + sentAfterMs,
        },
      }),
    });

  it.each([
    [180_000, 'ok', 'the notice ledger has noted its delivery'],
    [180_001, 'failed', 'the notice ledger has no delivery of it'],
  ])('is a notice within three minutes: sent after %i ms is %s', async (sentAfterMs, status, found) => {
    const { run, clock, passedMs } = card(sentAfterMs);
    expect(await clock.run(seeCard(run))).toMatchObject({ status, found });
    expect(passedMs()).toBe(180_000);
  });

  it('is no notice without Discord, a position, or an end', async () => {
    const skipped = (found: string) => ({ status: 'skipped', found, advice: null });
    expect(await seeCard(aSmokeRun({ traces: { positionId: ID } }).run)).toEqual(
      skipped('this deployment has no Discord'),
    );
    expect(await seeCard(card(0, exited, null).run)).toEqual(skipped('there is no position'));
    expect(await seeCard(card(0, holding).run)).toEqual(skipped('the position has not ended'));
    const gone = aSmokeRun({ traces: { positionId: ID }, deps: () => ({ ledger: { isSent: async () => true } }) });
    expect(await seeCard(gone.run)).toEqual(skipped('the position has not ended'));
  });
});

describe('what a smoke test sells at its end', () => {
  it('is what is open of its own requests, on paper', async () => {
    const own = (positionId: string, of: object = {}) => ({
      ...aPosition({ state: 'holding', positionId }),
      ...{ requestId: positionId, ...of },
    });
    const rows = [
      own('open'),
      own('live', { mode: 'live' }),
      own('foreign', { requestId: 'of another' }),
      { ...aPosition({ state: 'awaiting-resolution', positionId: 'awaiting' }), requestId: 'awaiting' },
      { ...aPosition({ state: 'exited', positionId: 'ended' }), requestId: 'ended' },
    ];
    const exits: string[] = [];
    const { run } = aSmokeRun({
      traces: { requestIds: ['unknown', 'gone', ...rows.map(({ positionId }) => positionId)] },
      deps: () => ({
        store: {
          ...emptyStore,
          find: async (id) => rows.find(({ positionId }) => positionId === id),
          findIdByRequest: async (id) => (id === 'unknown' ? undefined : id),
        },
        requestExit: async (id) => void exits.push(id),
      }),
    });
    expect(await sellLeftovers(run)).toEqual(['open']);
    expect(exits).toEqual(['open']);
  });
});
