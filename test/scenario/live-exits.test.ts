import { describe, expect, test } from 'vitest';
import type { WalletHoldings } from '#lib/domain/position/wallet-holdings.ts';
import type { BalanceFigures, RefusalCause, RefusalCode } from '#lib/domain/refusal/refusal.ts';
import { InvariantError } from '#lib/errors/errors.ts';
import { wakePosition } from '#lib/lifecycle/wake-position.ts';
import { aBook } from '#test/factories/a-book.ts';
import { createScriptedWallet, type ScriptedWallet } from '#test/fakes/scripted-wallet.ts';
import {
  createTradingWorld,
  DEADLINE_AT_MS,
  ENDS_AT_MS,
  EXIT_AT_MS,
  OPENED_AT_MS,
  type TradingWorld,
} from '#test/fakes/trading-world.ts';

const LONG_AFTER_MS = ENDS_AT_MS + 400_000;
const sellsOf = (world: TradingWorld) => world.exchange.posted.filter((order) => order.side === 'SELL');

/** A live position with a wallet on the chain that holds what was bought. */
async function openLive(
  options: { canApprove?: boolean } = {},
): Promise<{ world: TradingWorld; wallet: ScriptedWallet }> {
  let wallet: ScriptedWallet | undefined;
  const world = createTradingWorld({
    mode: 'live',
    walletWith: (clock) => {
      wallet = createScriptedWallet(clock, options);
      return wallet;
    },
  });
  if (wallet === undefined) throw new Error('No wallet was made');
  await world.open();
  wallet.settings.holdings = {
    sharesMicros: world.exchange.filledMicros('BUY'),
    otherSharesMicros: 0n,
    approved: true,
  };
  return { world, wallet };
}

async function evidenceOf(world: TradingWorld, type: string) {
  const timeline = await world.store.listTimeline((await world.position()).positionId);
  return timeline.filter(({ event }) => event.type === type).map(({ evidence }) => evidence);
}

describe('the chain, asked before a sell', () => {
  test('is recorded in the timeline, and the order is posted on time', async () => {
    const { world, wallet } = await openLive();
    await world.runUntil(LONG_AFTER_MS);
    expect(wallet.askedAtMs.filter((atMs) => atMs > OPENED_AT_MS)).toHaveLength(1);
    expect(sellsOf(world).map(({ atMs }) => atMs)).toEqual([EXIT_AT_MS]);
    const [intended] = await evidenceOf(world, 'sell-intended');
    expect(intended).toMatchObject({
      chainSharesMicros: world.exchange.filledMicros('BUY').toString(),
      chainApproved: true,
    });
  });

  test.each<[string, (wallet: ScriptedWallet) => void]>([
    ['is down', (wallet) => Object.assign(wallet.settings, { holdings: 'down' })],
    ['takes five seconds', (wallet) => Object.assign(wallet.settings, { answersAfterMs: 5_000 })],
  ])('that %s neither delays nor stops a sell', async (_, spoil) => {
    const { world, wallet } = await openLive();
    spoil(wallet);
    await world.runUntil(LONG_AFTER_MS);
    expect(sellsOf(world).map(({ atMs }) => atMs)).toEqual([EXIT_AT_MS]);
    expect((await world.position()).state).toBe('exited');
  });

  test('that answers after the intent is recorded with the order’s answer', async () => {
    const { world, wallet } = await openLive();
    wallet.settings.answersAfterMs = 1_020;
    await world.runUntil(LONG_AFTER_MS);
    expect((await evidenceOf(world, 'sell-intended'))[0]).not.toHaveProperty('chainSharesMicros');
    const posted = (await evidenceOf(world, 'order-accepted')).find(({ postedAtMs }) => postedAtMs === EXIT_AT_MS);
    expect(posted).toHaveProperty('chainSharesMicros');
  });

  test('clamps the sell when it surely holds fewer shares than the row', async () => {
    const { world, wallet } = await openLive();
    wallet.settings.holdings = { sharesMicros: 20_005_000n, otherSharesMicros: 0n, approved: true };
    await world.runUntil(EXIT_AT_MS + 500);
    expect(sellsOf(world)[0]?.sharesMicros).toBe(20_000_000n);
  });

  test('with a balance of zero changes nothing', async () => {
    const { world, wallet } = await openLive();
    wallet.settings.holdings = { sharesMicros: 0n, otherSharesMicros: 0n, approved: true };
    await world.runUntil(LONG_AFTER_MS);
    expect(sellsOf(world)[0]?.sharesMicros).toBe(world.exchange.filledMicros('BUY'));
    expect((await world.position()).state).toBe('exited');
  });

  test('pages before the first refusal when the approval is missing, once', async () => {
    const { world, wallet } = await openLive();
    wallet.settings.holdings = { sharesMicros: 36_000_000n, otherSharesMicros: 0n, approved: false };
    for (let tries = 0; tries < 2; tries += 1) {
      world.exchange.script.SELL.push({
        does: 'refuse',
        code: 'balance-or-allowance',
        text: 'not enough balance / allowance',
      });
    }
    await world.runUntil(EXIT_AT_MS - 500);
    expect(await world.alertKinds()).toEqual(['needs-human']);
    expect(world.store.alertsOf((await world.position()).positionId)[0]?.cause).toBe('missing-approval');
    await world.runUntil(LONG_AFTER_MS);
    expect(await world.alertKinds()).toEqual(['needs-human', 'forced-exit']);
    expect((await world.position()).refusals).toEqual({ 'missing-approval': 2 });
  });

  test('needs three round trips in a row until the order is posted: row, reads, intent', async () => {
    const { world, wallet } = await openLive();
    const TRIP_MS = 40;
    const { store } = world;
    const { marketData } = world.deps;
    const slowly = <Args extends unknown[], Value>(call: (...args: Args) => Promise<Value>) => {
      return async (...args: Args): Promise<Value> => {
        await world.clock.sleepUntil(world.clock.nowMs() + TRIP_MS);
        return call(...args);
      };
    };
    await world.runUntil(EXIT_AT_MS - 4_000);
    world.faults.isDeliveryOn = false;
    await world.runUntil(EXIT_AT_MS + 1_000);
    wallet.settings.answersAfterMs = TRIP_MS;
    const deps = {
      ...world.deps,
      store: { ...store, find: slowly(store.find), save: slowly(store.save) },
      marketData: { ...marketData, findBook: slowly(marketData.findBook) },
    };
    const wokenAtMs = world.clock.nowMs();
    const { positionId } = await world.position();
    await world.clock.run(wakePosition(deps, { positionId, wakeUpId: 'exit', source: 'delay' }));
    expect(wallet.askedAtMs.filter((atMs) => atMs > OPENED_AT_MS)).toHaveLength(1);
    expect(sellsOf(world).map(({ atMs }) => atMs - wokenAtMs)).toEqual([3 * TRIP_MS]);
  });
});

describe('the token that is sold', () => {
  test.each([
    ['token', { tokenId: '12345' }],
    ['market', { negRisk: true }],
  ])('is compared with the stored row: another %s is named, and nothing is written or posted', async (what, wrong) => {
    const { world } = await openLive();
    const { exchange } = world;
    const { prepareOrder } = exchange;
    const wrongExchange = {
      ...exchange,
      prepareOrder: async (...args: Parameters<typeof prepareOrder>) => ({
        ...(await prepareOrder(...args)),
        ...wrong,
      }),
    };
    await world.runUntil(EXIT_AT_MS - 4_000);
    world.faults.isDeliveryOn = false;
    await world.runUntil(EXIT_AT_MS + 1_000);
    const { positionId, version } = await world.position();
    const woken = world.clock.run(
      wakePosition(
        { ...world.deps, store: world.store, accounts: { live: { ...world.account, exchange: wrongExchange } } },
        { positionId, wakeUpId: 'exit', source: 'delay' },
      ).catch((error: unknown) => error),
    );
    const error = await woken;
    expect(error).toBeInstanceOf(InvariantError);
    expect((error as InvariantError).context.differing).toContain(what);
    expect((await world.position()).version).toBe(version);
    expect(sellsOf(world)).toEqual([]);
  });
});

describe('a sell that is refused for its balance', () => {
  const REFUSED = { does: 'refuse', code: 'balance-or-allowance', text: 'not enough balance / allowance' } as const;

  test('because of the approval, which the wallet may set, is fixed without a human', async () => {
    const { world, wallet } = await openLive({ canApprove: true });
    wallet.settings.holdings = { sharesMicros: 36_000_000n, otherSharesMicros: 0n, approved: false };
    world.exchange.script.SELL.push(REFUSED);
    await world.runUntil(EXIT_AT_MS + 6_000);
    expect(wallet.approvalCount()).toBe(1);
    expect(sellsOf(world)).toHaveLength(2);
    expect((sellsOf(world)[1]?.atMs ?? 0) - EXIT_AT_MS).toBeLessThan(5_000);
    await world.runUntil(LONG_AFTER_MS);
    expect(await world.alertKinds()).toEqual(['forced-exit']);
  });

  test('because of the approval, which cannot be set, pages a human and goes on', async () => {
    const { world, wallet } = await openLive({ canApprove: true });
    wallet.settings.holdings = { sharesMicros: 36_000_000n, otherSharesMicros: 0n, approved: false };
    wallet.settings.approval = 'fails';
    world.exchange.script.SELL.push(REFUSED);
    await world.runUntil(LONG_AFTER_MS);
    expect(await world.alertKinds()).toEqual(['needs-human', 'forced-exit']);
  });

  test('because the wallet holds the other outcome pages', async () => {
    const { world, wallet } = await openLive();
    wallet.settings.holdings = { sharesMicros: 0n, otherSharesMicros: 99_000_000n, approved: true };
    world.exchange.settings.balanceMicros = 0n;
    world.exchange.script.SELL.push(REFUSED);
    await world.runUntil(EXIT_AT_MS + 5_000);
    expect((await world.position()).refusals).toEqual({ 'wrong-token': 1 });
    expect(await world.alertKinds()).toEqual(['needs-human']);
  });

  test('because the shares have not arrived is not posted again until they have', async () => {
    const { world } = await openLive();
    world.exchange.settings.settlesAfterMs.BUY = EXIT_AT_MS + 42_000 - (await world.position()).openedAtMs;
    await world.runUntil(LONG_AFTER_MS);
    const posted = sellsOf(world).map(({ atMs }) => atMs - EXIT_AT_MS);
    // The pauses of 5 and 10 s are spent checking the balance, so the shares are sold within 3 s of their arrival.
    expect(posted.at(-1)).toBeLessThanOrEqual(45_000);
    expect(posted.length).toBeLessThanOrEqual(10);
    const timeline = await world.store.listTimeline((await world.position()).positionId);
    expect(timeline.filter(({ event }) => event.type === 'sell-put-off').length).toBeGreaterThan(4);
    expect((await world.position()).state).toBe('exited');
  });
});

type Refusal = {
  readonly cause: RefusalCause;
  readonly figures?: Partial<BalanceFigures>;
  readonly text?: string;
  readonly code?: RefusalCode;
  /** Balance in the venue's answer. */
  readonly balanceMicros?: bigint;
  readonly approved?: boolean | null;
  readonly holdings?: Partial<WalletHoldings>;
  readonly remedies?: readonly ('refresh' | 'cancel')[];
  readonly isPaged?: boolean;
  /** Size of the next sell; by default all shares. */
  readonly nextMicros?: bigint;
  readonly pauseMs?: number;
};

const ALL_MICROS = 36_000_000n;

describe('each cause of a refused sell has its own reaction', () => {
  const REFUSALS: readonly Refusal[] = [
    {
      cause: 'stale-balance',
      figures: { balanceMicros: 1_000_000n },
      balanceMicros: 1_000_000n,
      remedies: ['refresh'],
    },
    {
      cause: 'own-resting-orders',
      figures: { activeOrdersMicros: 6_000_000n },
      remedies: ['cancel'],
      nextMicros: 30_000_000n,
    },
    {
      cause: 'stuck-matched-counter',
      figures: { matchedOrdersMicros: 4_855_820n },
      isPaged: true,
      nextMicros: 31_140_000n,
    },
    {
      cause: 'fewer-shares',
      figures: { balanceMicros: 35_509_999n },
      holdings: { sharesMicros: 35_509_999n },
      nextMicros: 35_500_000n,
    },
    {
      cause: 'wrong-wallet',
      figures: { balanceMicros: 0n },
      balanceMicros: 0n,
      approved: false,
      remedies: ['refresh'],
      isPaged: true,
      pauseMs: 10_000,
    },
    {
      cause: 'missing-approval',
      text: 'the allowance is not enough',
      holdings: { approved: false },
      remedies: ['refresh'],
      isPaged: true,
      pauseMs: 10_000,
    },
    {
      cause: 'wrong-token',
      figures: { balanceMicros: 0n },
      balanceMicros: 0n,
      holdings: { sharesMicros: 0n, otherSharesMicros: 99_000_000n },
      isPaged: true,
      pauseMs: 10_000,
    },
    { cause: 'market-over', code: 'market-over', pauseMs: 10_000 },
    { cause: 'account-blocked', code: 'account-blocked', isPaged: true, pauseMs: 1_000 },
  ];

  test.each(REFUSALS.map((refusal) => [refusal.cause, refusal] as const))('%s', async (cause, refusal) => {
    const { world, wallet } = await openLive();
    const { exchange } = world;
    const { figures } = refusal;
    Object.assign(wallet.settings, {
      holdings: { sharesMicros: ALL_MICROS, otherSharesMicros: 0n, approved: true, ...refusal.holdings },
    });
    exchange.settings.balanceMicros = refusal.balanceMicros ?? null;
    if (refusal.approved !== undefined) exchange.settings.approved = refusal.approved;
    exchange.script.SELL.push({
      does: 'refuse',
      code: refusal.code ?? 'balance-or-allowance',
      text: refusal.text ?? 'not enough balance / allowance',
      ...(figures && {
        figures: {
          balanceMicros: ALL_MICROS,
          activeOrdersMicros: 0n,
          matchedOrdersMicros: 0n,
          orderMicros: ALL_MICROS,
          ...figures,
        },
      }),
    });
    exchange.settings.isGateOn = false;
    await world.runUntil(EXIT_AT_MS + 13_000);
    const [first, next] = sellsOf(world);
    const position = await world.position();
    expect(position.refusals).toEqual({ [cause]: 1 });
    expect(exchange.remedies.slice(0, 1)).toEqual(refusal.remedies ?? []);
    expect((await world.alertKinds()).filter((kind) => kind === 'needs-human')).toHaveLength(refusal.isPaged ? 1 : 0);
    expect((next?.atMs ?? 0) - (first?.atMs ?? 0)).toBeGreaterThanOrEqual(refusal.pauseMs ?? 1_000);
    expect((next?.atMs ?? 0) - (first?.atMs ?? 0)).toBeLessThan((refusal.pauseMs ?? 1_000) + 1_000);
    if (refusal.nextMicros !== undefined) expect(next?.sharesMicros).toBe(refusal.nextMicros);
    const timeline = await world.store.listTimeline(position.positionId);
    const told = timeline.flatMap(({ event }) => (event.type === 'order-refused' ? [event.cause] : []));
    expect(told).toEqual([cause]);
  });

  test('a market that is over goes on to the deadline, which is written on time', async () => {
    const { world } = await openLive();
    for (let tries = 0; tries < 60; tries += 1)
      world.exchange.script.SELL.push({ does: 'refuse', code: 'market-over' });
    await world.runUntil(ENDS_AT_MS);
    expect(sellsOf(world).length).toBeLessThan(16);
    expect(await world.position()).toMatchObject({
      state: 'awaiting-resolution',
      exitReason: 'emergency:timeout_sell_failed',
      exitAtMs: DEADLINE_AT_MS,
    });
  });
});

describe('a venue in post-only mode', () => {
  test('gets a resting sell, which is cancelled and looked up before the next order', async () => {
    const { world } = await openLive();
    world.exchange.settings.isPostOnly = true;
    await world.runUntil(EXIT_AT_MS + 5_000);
    const [refused, resting] = sellsOf(world);
    expect(refused?.orderType).toBe('FAK');
    const bestBidMicros = aBook().bids[0]?.priceMicros ?? 0n;
    expect(resting).toMatchObject({ orderType: 'GTC', limitPriceMicros: bestBidMicros + 10_000n });
    expect(world.exchange.restingHashes()).toEqual([resting?.orderHash]);
    world.exchange.settings.isPostOnly = false;
    await world.runUntil(EXIT_AT_MS + 45_000);
    expect(sellsOf(world).map(({ orderType }) => orderType)).toEqual(['FAK', 'GTC', 'FAK']);
    expect(world.exchange.restingHashes()).toEqual([]);
    await world.runUntil(LONG_AFTER_MS);
    expect(await world.position()).toMatchObject({ state: 'exited', refusals: { 'post-only-mode': 1 } });
    expect(world.exchange.filledMicros('SELL')).toBe(world.exchange.filledMicros('BUY'));
  });

  test('that fills the resting sell in part sells only the rest, and counts no fee for the part', async () => {
    const { world } = await openLive();
    world.exchange.settings.isPostOnly = true;
    await world.runUntil(EXIT_AT_MS + 5_000);
    world.exchange.takeResting(50);
    world.exchange.settings.isPostOnly = false;
    await world.runUntil(LONG_AFTER_MS);
    const position = await world.position();
    expect(position.state).toBe('exited');
    const sold = position.trades.filter(({ side }) => side === 'SELL');
    expect(sold).toHaveLength(2);
    expect(sold.filter(({ feesMicros }) => feesMicros === 0n)).toHaveLength(1);
    expect(world.exchange.filledMicros('SELL')).toBeLessThanOrEqual(world.exchange.filledMicros('BUY'));
  });

  test.each([
    ['cannot be cancelled', (world: TradingWorld) => Object.assign(world.exchange.settings, { areCancelsDown: true })],
    [
      'still shows after it was cancelled',
      (world: TradingWorld) => Object.assign(world.exchange.settings, { cancelLagMs: 2_000 }),
    ],
  ])('never has two orders of ours, also when the resting one %s', async (_, spoil) => {
    const { world } = await openLive();
    world.exchange.settings.isPostOnly = true;
    await world.runUntil(EXIT_AT_MS + 5_000);
    spoil(world);
    await world.runUntil(EXIT_AT_MS + 12_500);
    expect((await world.position()).attempts).toHaveLength(1);
    expect(sellsOf(world)).toHaveLength(2);
    world.exchange.settings.areCancelsDown = false;
    world.exchange.settings.isPostOnly = false;
    await world.runUntil(LONG_AFTER_MS);
    expect((await world.position()).state).toBe('exited');
  });

  test('with too few shares for a resting order is waited for', async () => {
    const world = createTradingWorld({ mode: 'live' });
    await world.open({ budgetMicros: 4_000_000n });
    await world.runUntil(EXIT_AT_MS - 5_000);
    world.exchange.script.SELL.push({ does: 'fill', percent: 40 });
    await world.runUntil(EXIT_AT_MS + 600);
    world.exchange.settings.isPostOnly = true;
    await world.runUntil(EXIT_AT_MS + 20_000);
    expect(new Set(sellsOf(world).map(({ orderType }) => orderType))).toEqual(new Set(['FAK']));
    world.exchange.settings.isPostOnly = false;
    await world.runUntil(LONG_AFTER_MS);
    expect((await world.position()).state).toBe('exited');
  });
});

describe('a venue that asks to wait', () => {
  test.each(['engine-restarting', 'cancel-only-mode', 'trading-disabled'] as const)(
    'for "%s" is waited for, and the same shares are sold later',
    async (code) => {
      const { world } = await openLive();
      world.exchange.script.SELL.push({ does: 'not-send', code }, { does: 'not-send', code });
      await world.runUntil(LONG_AFTER_MS);
      expect(sellsOf(world)).toHaveLength(3);
      expect(await world.position()).toMatchObject({ state: 'exited', refusals: { [code]: 2 } });
    },
  );

  test('longer than the time left is asked again after half of it, at last at T − 10 s', async () => {
    const { world } = await openLive();
    const ban = { does: 'not-send', code: 'rate-limited', retryAfterMs: 600_000 } as const;
    world.exchange.script.SELL.push(ban, ban, ban, ban);
    await world.runUntil(LONG_AFTER_MS);
    const secondsLeft = sellsOf(world).map(({ atMs }) => Math.round((ENDS_AT_MS - atMs) / 1_000));
    expect(secondsLeft).toEqual([120, 64, 36, 22, 12]);
    expect((await world.position()).state).toBe('exited');
  });

  test.each([60, 80])('of %i s is waited for: it leaves time for more than one attempt', async (seconds) => {
    const { world } = await openLive();
    world.exchange.script.SELL.push({ does: 'not-send', code: 'rate-limited', retryAfterMs: seconds * 1_000 });
    await world.runUntil(LONG_AFTER_MS);
    expect(sellsOf(world).map(({ atMs }) => Math.floor((atMs - EXIT_AT_MS) / 1_000))).toEqual([0, seconds]);
  });

  test.each([90, 105, 111])(
    'of %i s would leave too little time, and is asked again after half of it',
    async (seconds) => {
      const { world } = await openLive();
      const ban = { does: 'not-send', code: 'rate-limited', retryAfterMs: seconds * 1_000 } as const;
      world.exchange.script.SELL.push(ban, { does: 'refuse', code: 'no-match' });
      await world.runUntil(LONG_AFTER_MS);
      const [, second, third] = sellsOf(world).map(({ atMs }) => (ENDS_AT_MS - atMs) / 1_000);
      expect(second).toBeCloseTo(64, 0);
      expect(third).toBeGreaterThan(50);
      expect((await world.position()).state).toBe('exited');
    },
  );

  test('without saying how long is asked again after pauses that grow', async () => {
    const { world } = await openLive();
    const limit = { does: 'not-send', code: 'rate-limited' } as const;
    world.exchange.script.SELL.push(limit, limit, limit, limit, limit);
    await world.runUntil(LONG_AFTER_MS);
    const seconds = sellsOf(world).map(({ atMs }) => Math.floor((atMs - EXIT_AT_MS) / 1_000));
    expect(seconds).toEqual([0, 1, 2, 4, 8, 13]);
  });
});

describe('the price of an exit', () => {
  const NO_BUYERS = Array.from({ length: 80 }, () => ({ does: 'refuse', code: 'no-match' }) as const);

  test('takes any bid in the last attempts', async () => {
    const { world } = await openLive();
    world.exchange.script.SELL.push(...NO_BUYERS);
    await world.runUntil(LONG_AFTER_MS);
    const last = sellsOf(world).filter(({ atMs }) => atMs > ENDS_AT_MS - 15_000);
    expect(last.length).toBeGreaterThan(0);
    expect(last.every(({ limitPriceMicros }) => limitPriceMicros === 10_000n)).toBe(true);
  });

  test('is never below the configured floor, not even when it rests or at the end', async () => {
    const world = createTradingWorld({ mode: 'live', exitPolicy: { minPriceMicros: 635_000n } });
    world.exchange.script.SELL.push(...NO_BUYERS);
    await world.open();
    await world.runUntil(EXIT_AT_MS + 60_000);
    world.exchange.settings.isPostOnly = true;
    world.faults.book = () => aBook({ bids: [] });
    await world.runUntil(LONG_AFTER_MS);
    expect(sellsOf(world).some(({ orderType }) => orderType === 'GTC')).toBe(true);
    for (const { limitPriceMicros } of sellsOf(world)) expect(limitPriceMicros).toBeGreaterThanOrEqual(640_000n);
  });
});
