import { describe, expect, it } from 'vitest';
import type { Market } from '#lib/domain/market/market.ts';
import { SHARES_WAKE_UP_ID } from '#lib/domain/plan/plan-take-in.ts';
import type { OpenPosition } from '#lib/domain/position/position.ts';
import type { PositionStore } from '#lib/ports/store/position-store.ts';
import { aMarket } from '#test/factories/a-market.ts';
import { aPosition, WALLET } from '#test/factories/a-position.ts';
import { aBuyTrade } from '#test/factories/a-trade.ts';
import { createGuardingWorld, SHARES_MICROS } from '#test/fakes/guarding-world.ts';
import { EXIT_AT_MS, MARKET, OPENED_AT_MS } from '#test/fakes/trading-world.ts';

const RAIN = aMarket({
  ...{ slug: 'will-it-rain', conditionId: `0x${'e1'.repeat(32)}`, asset: null },
  ...{ tokenIds: { UP: '501', DOWN: '502' }, outcomeNames: { UP: 'Yes', DOWN: 'No' } },
});

async function aWallet({ costMicros = 20_400_000n, markets = [] as readonly Market[] } = {}) {
  const world = createGuardingWorld({ markets });
  world.readings.move(SHARES_MICROS, -20_000_000n);
  world.readings.settings.costMicros = costMicros;
  await world.clock.advanceBy(10_000);
  return world;
}

const withStore = (world: Awaited<ReturnType<typeof aWallet>>, overrides: Partial<PositionStore>) =>
  Object.assign(world.deps, { store: { ...world.deps.store, ...overrides } });

describe('a guard', () => {
  it('is refused for a preset that the stage does not have', async () => {
    const world = await aWallet();
    const refused = await world.guard({ terms: { rules: { preset: 'nothing' } } });
    expect(refused).toMatchObject({ outcome: 'refused', refusal: { code: 'preset-unknown' } });
    expect(await world.store.list()).toEqual([]);
  });

  it('notes the exit time and the most shares of its request, and nothing where it named none', async () => {
    const asked = await aWallet();
    const exitAtMs = EXIT_AT_MS - 30_000;
    await asked.guard({ exitAtMs, sharesMicrosMax: 5_000_000n });
    expect(await asked.position()).toMatchObject({ givenExitAtMs: exitAtMs, guardedSharesMicros: 5_000_000n });
    const plain = await aWallet();
    await plain.guard();
    for (const field of ['givenExitAtMs', 'guardedSharesMicros', 'countsFromMs', 'refusedPreset']) {
      expect(await plain.position()).not.toHaveProperty(field);
    }
  });

  it('looks for the cost ten seconds later where it is not known, and only then', async () => {
    const looksOf = async (world: Awaited<ReturnType<typeof aWallet>>, expectShares = false) => {
      await world.guard({ expectShares });
      return world.letters.filter(({ message }) => message.wakeUpId === SHARES_WAKE_UP_ID);
    };
    const unknown = await aWallet();
    unknown.readings.settings.costMicros = null;
    const [look] = await looksOf(unknown);
    expect(look?.message).toMatchObject({ source: 'delay' });
    expect((look?.visibleAtMs ?? 0) - (await unknown.position()).openedAtMs).toBeGreaterThanOrEqual(10_000);
    expect(await looksOf(await aWallet())).toEqual([]);
    expect(await looksOf(createGuardingWorld(), true)).toEqual([]);
  });

  it('keeps rules that need a cost, and is refused for them while it expects its shares', async () => {
    const terms = { rules: { stopLoss: { shareMicros: 250_000n } } };
    const world = await aWallet();
    expect(await world.guard({ terms })).toMatchObject({
      outcome: 'guarded',
      // A quarter below 0.51.
      position: { policy: { rules: { stopLossMicros: 382_500n } } },
    });
    const waiting = createGuardingWorld();
    expect(await waiting.guard({ terms, expectShares: true })).toMatchObject({ outcome: 'refused' });
  });

  it('answers a lost answer of its own with the position', async () => {
    const world = await aWallet();
    const create: PositionStore['create'] = async (position, limits) => {
      await world.store.create(position, limits);
      return { outcome: 'already-requested', positionId: position.positionId };
    };
    withStore(world, { create });
    expect(await world.guard()).toMatchObject({
      ...{ outcome: 'already-requested', position: { positionId: 'position-000001' }, otherSharesMicros: null },
    });
  });

  it('is refused, to be repeated, where the position that had the market has just ended', async () => {
    const world = await aWallet();
    withStore(world, { create: async () => ({ outcome: 'refused', code: 'market-occupied' }) });
    const refused = await world.guard();
    expect(refused).toMatchObject({ outcome: 'refused', refusal: { code: 'market-occupied' } });
    expect(refused).not.toHaveProperty('position');
  });

  it.each([{ marketSlug: RAIN.slug, outcome: 'Up' }, { mode: 'paper' as const }])(
    'is not the answer to a request of the same id with %o',
    async (changes) => {
      const world = await aWallet({ markets: [RAIN] });
      await world.guard();
      expect(await world.guard(changes)).toMatchObject({ refusal: { code: 'request-id-reused' } });
    },
  );

  it('sets no wake-ups again once its position is no longer held', async () => {
    const world = await aWallet();
    await world.guard();
    await world.runUntil(EXIT_AT_MS + 60_000);
    world.faults.isQueueDown = true;
    world.faults.isTimerDown = true;
    expect(await world.guard()).toMatchObject({ outcome: 'already-requested', areWakeUpsSet: true });
  });
});

describe('a guard beside a position of the suite', () => {
  const BOUGHT_MICROS = 36_000_000n;
  const trades = [aBuyTrade({ matchedAtMs: OPENED_AT_MS - 90_000 })];
  const own = (overrides: Partial<OpenPosition> = {}): OpenPosition =>
    aPosition({
      ...{ state: 'holding', mode: 'live', wallet: WALLET, positionId: 'own', requestId: 'own', trades },
      ...(overrides as object),
    });

  async function guardBeside(
    position: OpenPosition,
    command: Parameters<Awaited<ReturnType<typeof aWallet>>['guard']>[0] = {},
  ) {
    const world = createGuardingWorld();
    world.readings.move(BOUGHT_MICROS + 6_000_000n);
    await world.clock.advanceBy(10_000);
    const address = world.deps.accounts.live?.address ?? '';
    await world.store.create({ ...position, wallet: address }, null);
    return { world, outcome: await world.guard(command) };
  }

  it('has it take these shares in, and says so again when it is repeated', async () => {
    const { world, outcome } = await guardBeside(own());
    const found = { sharesMicros: 6_000_000n };
    expect(outcome).toMatchObject({ outcome: 'guarded', position: { positionId: 'own', found }, areWakeUpsSet: true });
    expect(await world.guard()).toMatchObject({ outcome: 'already-requested', position: { positionId: 'own' } });
  });

  it('may name the exit time that it has', async () => {
    const givenExitAtMs = EXIT_AT_MS - 30_000;
    const position = own({ givenExitAtMs });
    expect((await guardBeside(position, { exitAtMs: givenExitAtMs })).outcome).toMatchObject({ outcome: 'guarded' });
    const other = await guardBeside(position, { exitAtMs: givenExitAtMs + 1_000 });
    expect(other.outcome).toMatchObject({ refusal: { code: 'market-occupied' } });
  });

  it.each<[string, OpenPosition, Parameters<typeof guardBeside>[1]]>([
    ['sells already', aPosition({ ...own(), state: 'exiting' } as never), {}],
    ['is guarded itself', own({ origin: 'guard' }), {}],
    ['has the other side', own({ tokenId: MARKET.tokenIds.DOWN, otherTokenId: MARKET.tokenIds.UP }), {}],
    ['is to leave earlier', own(), { exitAtMs: EXIT_AT_MS - 30_000 }],
    ['is to take a part', own(), { sharesMicrosMax: 1_000_000n }],
    ['is to have own terms', own(), { terms: { exitLeadMs: 100_000 } }],
  ])('is refused where that one %s', async (_what, position, command) => {
    const { world, outcome } = await guardBeside(position, command);
    expect(outcome).toMatchObject({
      outcome: 'refused',
      refusal: { code: 'market-occupied', message: expect.stringContaining('tminus exit own') },
    });
    expect((await world.store.find('own'))?.found).toBeUndefined();
  });
});
