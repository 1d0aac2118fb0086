import { describe, expect, test } from 'vitest';
import { DEFAULT_RISK_LIMITS } from '#lib/domain/position/risk-limits.ts';
import { CorruptRowError, StoreUnavailableError } from '#lib/errors/errors.ts';
import { openPosition } from '#lib/lifecycle/buy/open-position.ts';
import { createMemoryPositionStore } from '#lib/simulation/world/memory-position-store.ts';
import { HALT } from '#test/factories/a-halt.ts';
import { aV2Market } from '#test/factories/a-market.ts';
import { createTradingWorld, ENDS_AT_MS, OPENED_AT_MS } from '#test/fakes/trading-world.ts';

const ACTING = { atMs: OPENED_AT_MS, by: 'alice', reason: 'bad day' };

describe('opening a position', () => {
  test('is refused with a code while a hard check of its mode is red, and nothing is written', async () => {
    const asked: string[] = [];
    const world = createTradingWorld({
      mode: 'live',
      readiness: {
        listBlockers: async (mode) => {
          asked.push(mode);
          return [{ check: 'approvals', advice: 'Run `tminus approve`.', marketVersion: null }];
        },
      },
    });
    const refused = await world.open();
    expect(refused).toMatchObject({ outcome: 'refused', refusal: { code: 'not-ready' } });
    expect(refused.outcome === 'refused' && refused.refusal.message).toContain('"approvals"');
    expect(asked).toEqual(['live']);
    expect(await world.store.list()).toEqual([]);
    expect(world.exchange.posted).toEqual([]);
  });

  test.each([
    ['v1', 'opened'],
    ['v2', 'refused'],
  ] as const)('in a market of %s is %s while only checks of version 2 are red', async (version, outcome) => {
    const readiness = {
      listBlockers: async () => [
        { check: 'approvals v2', advice: 'Run `tminus approve`.', marketVersion: 'v2' } as const,
      ],
    };
    const markets = version === 'v1' ? [] : [aV2Market()];
    const world = createTradingWorld({ mode: 'live', readiness, markets });
    expect(await world.open()).toMatchObject({ outcome });
  });

  test('keeps the version of its market, for every order', async () => {
    const world = createTradingWorld({ markets: [aV2Market()] });
    expect(await world.open()).toMatchObject({ outcome: 'opened', position: { marketVersion: 'v2' } });
    expect(world.exchange.posted).toMatchObject([{ marketVersion: 'v2' }]);
  });

  test('continues when every hard check passes', async () => {
    const world = createTradingWorld({ mode: 'live', readiness: { listBlockers: async () => [] } });
    expect(await world.open()).toMatchObject({ outcome: 'opened', position: { state: 'holding', mode: 'live' } });
  });

  test('holds what was bought, with its wake-ups made before the buy', async () => {
    const world = createTradingWorld();
    const result = await world.open();
    expect(result).toMatchObject({ outcome: 'opened', position: { state: 'holding' } });
    expect(world.letters.map((letter) => letter.message.source)).toEqual(['timer', 'delay', 'retry']);
  });

  test('a request that is repeated opens nothing new and answers with the same position', async () => {
    const world = createTradingWorld();
    const first = await world.open();
    const second = await world.open();
    expect(second).toMatchObject({ outcome: 'already-requested' });
    if (first.outcome === 'refused' || second.outcome === 'refused') throw new Error('refused');
    expect(second.position.positionId).toBe(first.position.positionId);
    expect(world.exchange.posted).toHaveLength(1);
  });

  test.each([
    { budgetMicros: 24_000_000n },
    { outcome: 'DOWN' } as const,
    { asset: 'ETH' } as const,
    { mode: 'live' } as const,
    { marketSlug: 'btc-updown-5m-1773307500' },
  ])('a request that asks for something else under a used id is refused by name: %o', async (change) => {
    const world = createTradingWorld();
    await world.open();
    const command = {
      requestId: 'request-1',
      mode: 'paper',
      asset: 'BTC',
      outcome: 'UP',
      marketSlug: 'btc-updown-5m-1773307200',
      budgetMicros: 25_000_000n,
    } as const;
    const refused = await world.clock.run(openPosition(world.deps, { ...command, ...change }));
    expect(refused).toMatchObject({ outcome: 'refused', refusal: { code: 'request-id-reused' } });
    // A repetition that names no market is late for the window that it opened in.
    const window = { length: '5m', atMs: 1_773_307_500_000 } as const;
    const inNextWindow = { ...command, marketSlug: 'btc-updown-5m-1773307500', window };
    expect(await world.clock.run(openPosition(world.deps, inNextWindow))).toMatchObject({
      outcome: 'already-requested',
    });
    expect(world.exchange.posted).toHaveLength(1);
  });

  test('exits by the terms that the request chose, which are saved with the position', async () => {
    const world = createTradingWorld();
    const command = {
      requestId: 'request-1',
      mode: 'paper',
      asset: 'BTC',
      outcome: 'UP',
      marketSlug: 'btc-updown-5m-1773307200',
      budgetMicros: 25_000_000n,
    } as const;
    const terms = { exitLeadMs: 180_000, minPriceMicros: 50_000n, slackTicks: 3 };
    const opened = await world.clock.run(openPosition(world.deps, { ...command, terms }));
    expect(opened).toMatchObject({
      outcome: 'opened',
      position: {
        exitDueAtMs: ENDS_AT_MS - 180_000,
        policy: {
          exitLeadMs: 180_000,
          minPriceMicros: 50_000n,
          priceLadder: [{ slackTicks: 3 }, { slackTicks: 5 }, { slackTicks: 10 }, { slackTicks: 'any' }],
        },
      },
    });
    expect(await world.clock.run(openPosition(world.deps, command))).toMatchObject({ outcome: 'already-requested' });
    for (const other of [{ exitLeadMs: 179_000 }, { minPriceMicros: 1n }, { slackTicks: 2 }]) {
      const again = await world.clock.run(openPosition(world.deps, { ...command, terms: { ...terms, ...other } }));
      expect(again).toMatchObject({ outcome: 'refused', refusal: { code: 'request-id-reused' } });
    }
    await world.runUntil(ENDS_AT_MS + 100_000);
    expect(await world.position()).toMatchObject({
      state: 'exited',
      firstExitAttemptAtMs: expect.toSatisfy((atMs: number) => atMs < ENDS_AT_MS - 170_000),
    });
  });

  test('is refused when its exit would fall into a maintenance that the request names', async () => {
    const world = createTradingWorld();
    const maintenance = [{ startsAtMs: ENDS_AT_MS - 60_000, endsAtMs: ENDS_AT_MS }];
    const command = {
      requestId: 'request-1',
      mode: 'paper',
      asset: 'BTC',
      outcome: 'UP',
      marketSlug: 'btc-updown-5m-1773307200',
      budgetMicros: 25_000_000n,
      terms: { maintenance },
    } as const;
    expect(await world.clock.run(openPosition(world.deps, command))).toMatchObject({
      refusal: { code: 'maintenance-window' },
    });
  });

  test('two requests with one id at the same time buy once', async () => {
    const world = createTradingWorld();
    const command = {
      requestId: 'request-1',
      mode: 'paper',
      asset: 'BTC',
      outcome: 'UP',
      marketSlug: 'btc-updown-5m-1773307200',
      budgetMicros: 25_000_000n,
    } as const;
    const results = await world.clock.run(
      Promise.all([openPosition(world.deps, command), openPosition(world.deps, command)]),
    );
    expect(results.map((result) => result.outcome).sort()).toEqual(['already-requested', 'opened']);
    expect(world.exchange.posted).toHaveLength(1);
  });

  test.each([
    [{ budgetMicrosMax: 24_000_000n }, 'budget-above-limit', '$24.00'],
    [{ openCountMax: 0 }, 'open-count-limit', 'limit of open positions'],
    [{ exposureMicrosMax: 24_000_000n }, 'exposure-limit', 'exposure limit'],
    [{ dayLossMicrosMax: 0n }, 'day-loss-limit', "Today's losses"],
  ] as const)(
    'is refused by what a row tightens, from the next opening on, and says so: %o',
    async (limits, code, text) => {
      const world = createTradingWorld();
      await world.store.tighten('paper', limits, ACTING);
      const refused = await world.open();
      expect(refused).toMatchObject({ outcome: 'refused', refusal: { code } });
      const message = refused.outcome === 'refused' ? refused.refusal.message : '';
      expect(message).toContain(text);
      expect(message).toContain('`tminus limits`');
      expect(world.exchange.posted).toEqual([]);
      await world.store.resetLimits('paper', ACTING);
      expect(await world.open()).toMatchObject({ outcome: 'opened' });
    },
  );

  test('a row that allows more than the stage changes nothing, nor does one of the other mode', async () => {
    const more = { budgetMicrosMax: 10n ** 12n, exposureMicrosMax: 10n ** 12n, openCountMax: 9_999 };
    const world = createTradingWorld();
    await world.store.tighten('paper', more, ACTING);
    await world.store.tighten('live', { openCountMax: 0 }, ACTING);
    const refused = await world.open({ budgetMicros: DEFAULT_RISK_LIMITS.budgetMicrosMax + 1n });
    expect(refused).toMatchObject({ outcome: 'refused', refusal: { code: 'budget-above-limit' } });
    expect(await world.open()).toMatchObject({ outcome: 'opened' });
  });

  test('is refused while the row of tightened limits cannot be read', async () => {
    const world = createTradingWorld();
    const findTightened = async () => {
      throw new CorruptRowError('A stored row breaks its schema', { key: 'ACCOUNT#test / LIMITS#paper' });
    };
    const store = { ...world.store, findTightened };
    const command = {
      requestId: 'r',
      mode: 'paper',
      asset: 'BTC',
      outcome: 'UP',
      marketSlug: 'btc-updown-5m-1773307200',
    } as const;
    const deps = { ...world.deps, store };
    const refused = await world.clock.run(openPosition(deps, { ...command, budgetMicros: 25_000_000n }));
    expect(refused).toMatchObject({
      outcome: 'refused',
      refusal: { code: 'limits-unreadable', message: expect.stringContaining('`tminus limits reset`') },
    });
    expect(world.exchange.posted).toEqual([]);
  });

  test('is refused with a code while openings are halted, and exits go on', async () => {
    const world = createTradingWorld();
    await world.open();
    await world.store.setHalt('paper', HALT);
    expect(await world.open({ requestId: 'request-2' })).toMatchObject({
      refusal: {
        code: 'halted',
        message:
          'Openings are halted since 2026-03-12 08:00:00 UTC by alice: "the venue is in maintenance". `tminus resume` allows them again.',
      },
    });
    await world.runUntil(ENDS_AT_MS + 100_000);
    expect((await world.position()).state).toBe('exited');
  });

  test('is refused while openings are halted and it is not known since when, by whom or why', async () => {
    const world = createTradingWorld();
    await world.store.setHalt('paper', { sinceMs: null, by: null, reason: null });
    expect(await world.open()).toMatchObject({
      refusal: { message: 'Openings are halted. `tminus resume` allows them again.' },
    });
  });

  test.each([
    ['open-count-limit', { openCountMax: 0 }],
    ['exposure-limit', { exposureMicrosMax: 24_000_000n }],
    ['day-loss-limit', { dayLossMicrosMax: 0n }],
    ['budget-above-limit', { budgetMicrosMax: 24_000_000n }],
  ])('is refused by name at the %s', async (code, limits) => {
    const world = createTradingWorld({ limits: { ...DEFAULT_RISK_LIMITS, ...limits } });
    expect(await world.open()).toMatchObject({ outcome: 'refused', refusal: { code } });
    expect(world.exchange.posted).toEqual([]);
  });

  test('is refused in a market in which a position is open, and allowed when that one is closed', async () => {
    const world = createTradingWorld();
    world.exchange.script.BUY.push({ does: 'fill' }, { does: 'refuse', code: 'no-match' });
    await world.open();
    expect(await world.open({ requestId: 'request-2' })).toMatchObject({ refusal: { code: 'market-occupied' } });
  });

  test('a buy that the venue refuses is voided with an alert, and frees the market', async () => {
    const world = createTradingWorld();
    world.exchange.script.BUY.push({ does: 'refuse', code: 'no-match' });
    expect(await world.open()).toMatchObject({ position: { state: 'voided', exitReason: 'void:buy-refused' } });
    expect(await world.alertKinds()).toEqual(['buy-voided']);
    expect(await world.open({ requestId: 'request-2' })).toMatchObject({ position: { state: 'holding' } });
  });

  test('a buy with an unrecognised refusal is looked up, and the shares it bought are sold', async () => {
    const world = createTradingWorld();
    world.exchange.script.BUY.push({ does: 'fill', says: 'nonsense' });
    expect(await world.open()).toMatchObject({ position: { state: 'buying' } });
    await world.runUntil(ENDS_AT_MS + 400_000);
    expect(await world.position()).toMatchObject({ state: 'exited', exitReason: 'emergency:timeout' });
    expect(world.exchange.posted.map(({ side }) => side)).toEqual(['BUY', 'SELL']);
  });

  test('a buy that was surely not placed is voided', async () => {
    const world = createTradingWorld();
    world.exchange.script.BUY.push({ does: 'not-send' });
    expect(await world.open()).toMatchObject({ position: { state: 'voided', exitReason: 'void:buy-not-sent' } });
  });

  test.each(['isTimerDown', 'isQueueDown'] as const)('buys nothing when no wake-up can be made (%s)', async (fault) => {
    const world = createTradingWorld();
    world.faults[fault] = true;
    expect(await world.open()).toMatchObject({ position: { state: 'voided', exitReason: 'void:wake-up-not-set' } });
    expect(world.exchange.posted).toEqual([]);
    expect(await world.alertKinds()).toEqual(['buy-voided']);
  });

  test('that crashes before its intent is saved is voided by the sweep', async () => {
    const world = createTradingWorld();
    world.mortality.dieAt = 7;
    world.startOpening();
    await world.runUntil(OPENED_AT_MS + 100_000);
    expect(await world.position()).toMatchObject({ state: 'voided', exitReason: 'void:abandoned' });
    expect(world.exchange.posted).toEqual([]);
  });

  test('whose buy fails on chain is voided with an alert', async () => {
    const world = createTradingWorld();
    world.exchange.settings.finalStatus = 'failed';
    await world.open();
    await world.runUntil(OPENED_AT_MS + 30_000);
    expect(await world.position()).toMatchObject({ state: 'voided', exitReason: 'void:buy-failed' });
    expect(await world.alertKinds()).toEqual(['buy-voided']);
  });

  test('that cannot save the answer fails for its caller, and the buy is found all the same', async () => {
    const inner = createMemoryPositionStore();
    let isDown = false;
    const store = {
      ...inner,
      save: async (change: Parameters<typeof inner.save>[0]) => {
        if (change.event.type === 'order-accepted' && isDown) throw new StoreUnavailableError('No answer');
        return inner.save(change);
      },
    };
    const world = createTradingWorld({ store });
    isDown = true;
    await expect(world.open()).rejects.toThrow(StoreUnavailableError);
    isDown = false;
    await world.runUntil(ENDS_AT_MS + 100_000);
    expect(world.exchange.posted.map((order) => order.side)).toEqual(['BUY', 'SELL']);
    expect((await world.position()).state).toBe('exited');
  });
});
