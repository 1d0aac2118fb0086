import { describe, expect, test } from 'vitest';
import { marketSlug, WINDOW_MS } from '#lib/domain/market/up-down-markets.ts';
import { noticeKeyOf } from '#lib/domain/news/domain-event.ts';
import { StoreUnavailableError, UpstreamUnavailableError } from '#lib/errors/errors.ts';
import { judgeCanary } from '#lib/lifecycle/watch/judge-canary.ts';
import { sendCanary } from '#lib/lifecycle/watch/send-canary.ts';
import { createFakeNoticeLedger } from '#test/contract/notice-ledger-fake.ts';
import { aBook } from '#test/factories/a-book.ts';
import { HALT } from '#test/factories/a-halt.ts';
import { aMarket } from '#test/factories/a-market.ts';
import { createTradingWorld, ENDS_AT_MS, MARKET, OPENED_AT_MS, type TradingWorld } from '#test/fakes/trading-world.ts';

const COMMAND = { requestId: 'canary-1', timeToExitMs: 150_000, roomMs: 60_000 };
/** The exit of a trader's position: two minutes before the market's end. */
const TRADERS_EXIT_AT_MS = ENDS_AT_MS - 120_000;

const canaryDeps = (world: TradingWorld) => ({
  ...world.deps,
  accounts: { paper: { ...world.account, address: 'canary-test' } },
});
const send = (world: TradingWorld, overrides: Partial<typeof COMMAND> = {}) =>
  world.clock.run(sendCanary(canaryDeps(world), { ...COMMAND, ...overrides }));

function judging(world: TradingWorld) {
  const ledger = createFakeNoticeLedger(world.clock);
  const deps = { clock: world.clock, store: world.store, ledger };
  return { ledger, judge: (requestId = COMMAND.requestId) => judgeCanary(deps, requestId) };
}

describe('a canary', () => {
  test('is sold by its timer alone, long before the market ends, and judged as sold and announced', async () => {
    const world = createTradingWorld();
    world.faults.isSweepOn = false;
    expect(await send(world)).toMatchObject({ outcome: 'sent' });
    expect(world.letters.map(({ message }) => message.source)).not.toContain('delay');
    const dueAtMs = OPENED_AT_MS + COMMAND.timeToExitMs;
    expect(await world.position()).toMatchObject({
      origin: 'canary',
      mode: 'paper',
      wallet: 'canary-test',
      exitDueAtMs: dueAtMs,
    });
    expect(dueAtMs).toBeLessThanOrEqual(TRADERS_EXIT_AT_MS);

    await world.runUntil(ENDS_AT_MS);
    const position = await world.position();
    expect(position).toMatchObject({ state: 'exited', exitReason: 'emergency:timeout', firstExitAttemptAtMs: dueAtMs });
    const { ledger, judge } = judging(world);
    const { positionId, version } = position;
    const verdict = { outcome: 'judged', positionId, state: 'exited', isSold: true, latenessMs: 0 };
    expect(await judge()).toEqual({ ...verdict, isAnnounced: false });
    await ledger.markSent(noticeKeyOf({ type: 'position-alert', positionId, version }));
    expect(await judge()).toEqual({ ...verdict, isAnnounced: true });
    expect(await judgeCanary({ clock: world.clock, store: world.store }, COMMAND.requestId)).toMatchObject({
      isAnnounced: true,
    });
  });

  test('whose timer was lost is woken by the sweep, and its lateness shows it', async () => {
    const world = createTradingWorld();
    await send(world);
    for (const letter of world.letters) if (letter.message.source === 'timer') letter.isDone = true;
    await world.runUntil(ENDS_AT_MS);
    const { judge } = judging(world);
    const verdict = await judge();
    expect(verdict).toMatchObject({ outcome: 'judged', isSold: true });
    if (verdict.outcome === 'judged') expect(verdict.latenessMs).toBeGreaterThanOrEqual(5_000);
  });

  test('that is not woken is still open when it is judged, and its lateness grows', async () => {
    const world = createTradingWorld();
    world.faults.isSweepOn = false;
    world.faults.isDeliveryOn = false;
    await send(world);
    await world.clock.advanceTo(OPENED_AT_MS + COMMAND.timeToExitMs + 90_000);
    expect(await judging(world).judge()).toMatchObject({
      state: 'holding',
      isSold: false,
      isAnnounced: false,
      latenessMs: 90_000,
    });
  });

  test('does not count towards the limits, and is opened while openings are halted', async () => {
    const world = createTradingWorld();
    await world.store.setHalt('paper', HALT);
    expect(await send(world)).toMatchObject({ outcome: 'sent' });
    await world.store.setHalt('paper', null);
    expect(await world.open({ requestId: 'a-trader' })).toMatchObject({ outcome: 'opened' });
    expect(await world.store.countOpen()).toEqual({ paper: 1, live: 0 });
  });

  test('is opened once, however often its run is delivered', async () => {
    const world = createTradingWorld();
    const first = await send(world);
    expect(await send(world)).toEqual(first);
    expect(await world.store.list()).toHaveLength(1);
  });

  test('names the reason when it is not opened: no market, an empty book, no public data, no timer', async () => {
    const noMarket = createTradingWorld();
    await noMarket.clock.advanceTo(MARKET.endsAtMs + 1);
    expect(await send(noMarket)).toEqual({ outcome: 'blocked', reason: 'market-unknown' });

    const tooShort = createTradingWorld();
    expect(await send(tooShort, { roomMs: WINDOW_MS['15m'] })).toEqual({
      outcome: 'blocked',
      reason: 'no-market-long-enough',
    });

    const empty = createTradingWorld();
    empty.faults.book = () => aBook({ asks: [] });
    expect(await send(empty)).toMatchObject({ outcome: 'blocked' });

    const blind = createTradingWorld();
    blind.faults.book = 'down';
    expect(await send(blind)).toEqual({ outcome: 'blocked', reason: 'market-data-unavailable' });

    const untimed = createTradingWorld();
    untimed.faults.isTimerDown = true;
    expect(await send(untimed)).toEqual({ outcome: 'blocked', reason: 'void:wake-up-not-set' });
    expect(await judging(untimed).judge()).toEqual({ outcome: 'none' });
    expect(await judging(untimed).judge('canary-never-sent')).toEqual({ outcome: 'none' });
  });

  test('takes a longer window, or the next one, when the running one is about to end', async () => {
    const asked: string[] = [];
    const world = createTradingWorld();
    const late = MARKET.startsAtMs + 200_000;
    await world.clock.advanceTo(late);
    const next = aMarket({ startsAtMs: MARKET.endsAtMs });
    const deps = {
      ...canaryDeps(world),
      marketData: {
        findMarket: async (slug: string) => {
          asked.push(slug);
          return slug === next.slug ? next : undefined;
        },
        findInSeries: async () => undefined,
        findBook: async () => aBook({ atMs: world.clock.nowMs() }),
      },
    };
    expect(await world.clock.run(sendCanary(deps, COMMAND))).toMatchObject({ outcome: 'sent' });
    expect(asked).not.toContain(MARKET.slug);
    expect(asked).toContain(marketSlug('BTC', '15m', late));
    expect((await world.position()).marketSlug).toBe(next.slug);
    expect((await world.position()).exitDueAtMs).toBe(late + COMMAND.timeToExitMs);
  });

  test('fails when the table does not answer, and on bugs', async () => {
    const world = createTradingWorld();
    const failing = (error: Error) => ({
      ...canaryDeps(world),
      store: { ...world.store, findIdByRequest: async () => Promise.reject(error) },
    });
    const down = new StoreUnavailableError('The table gave no usable answer');
    await expect(sendCanary(failing(down), COMMAND)).rejects.toBe(down);
    const bug = new TypeError('bug');
    await expect(sendCanary(failing(bug), COMMAND)).rejects.toBe(bug);
    const timer = new UpstreamUnavailableError('The venue was not reached');
    expect(await sendCanary(failing(timer), COMMAND)).toMatchObject({ outcome: 'blocked' });
  });
});
