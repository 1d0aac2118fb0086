import { describe, expect, test } from 'vitest';
import { aMarket } from '#test/factories/a-market.ts';
import { createScriptedWallet, type ScriptedWallet } from '#test/fakes/scripted-wallet.ts';
import {
  createTradingWorld,
  ENDS_AT_MS,
  OPENED_AT_MS,
  type TradingWorld,
  type TradingWorldOptions,
} from '#test/fakes/trading-world.ts';

const LONG_AFTER_MS = ENDS_AT_MS + 400_000;
const REFUSED = { does: 'refuse', code: 'unrecognised', text: 'the moon is in the wrong phase' } as const;
const BLOCKED = { does: 'refuse', code: 'blocked-before-venue', text: 'a web page instead of an answer' } as const;
const FAILED = { does: 'fail' } as const;
type Answer = TradingWorld['exchange']['script']['BUY'][number];

/** A live position whose buy is answered like this; the chain shows that the wallet has no shares. */
async function buying(
  answer: Answer,
  { request, ...options }: TradingWorldOptions & { readonly request?: Parameters<TradingWorld['open']>[0] } = {},
) {
  const wallets: ScriptedWallet[] = [];
  const walletWith: TradingWorldOptions['walletWith'] = (clock) => {
    const wallet = createScriptedWallet(clock);
    wallet.settings.holdings = { sharesMicros: 0n, otherSharesMicros: 0n, approved: true };
    wallets.push(wallet);
    return wallet;
  };
  const world = createTradingWorld({ mode: 'live', walletWith, ...options });
  world.exchange.script.BUY.push(answer);
  expect(await world.open(request)).toMatchObject({ position: { state: 'buying' } });
  return { world, wallet: wallets[0] };
}

describe('a buy that is answered without an outcome, and that neither venue nor chain shows', () => {
  test.each([
    ['refused in unknown words', REFUSED, 10_000, 'void:buy-refused'],
    ['blocked before the venue', BLOCKED, 10_000, 'void:buy-refused'],
    ['failed', FAILED, 30_000, 'void:nothing-bought'],
  ] as const)(
    'and was %s is void after some seconds, and frees the market',
    async (_how, answer, afterMs, exitReason) => {
      const { world } = await buying(answer);
      await world.runUntil(OPENED_AT_MS + afterMs - 500);
      expect(await world.position()).toMatchObject({ state: 'buying' });
      await world.runUntil(OPENED_AT_MS + afterMs + 10_000);
      expect(await world.position()).toMatchObject({ state: 'voided', exitReason });
      expect(await world.alertKinds()).toEqual(['buy-voided']);
      expect(world.exchange.posted).toHaveLength(1);
      expect(await world.open({ requestId: 'request-2' })).toMatchObject({ position: { state: 'holding' } });
    },
  );

  test('is void on paper, which has no chain', async () => {
    const world = createTradingWorld();
    world.exchange.script.BUY.push(REFUSED);
    await world.open();
    await world.runUntil(OPENED_AT_MS + 20_000);
    expect(await world.position()).toMatchObject({ state: 'voided' });
  });
});

describe('a buy that is answered without an outcome is kept until the market is over', () => {
  const endOf = async (world: TradingWorld) => {
    await world.runUntil(ENDS_AT_MS);
    expect(await world.position()).toMatchObject({ state: 'awaiting-resolution' });
    expect(await world.alertKinds()).toEqual(['buy-unknown']);
    await world.runUntil(LONG_AFTER_MS);
    return (await world.position()).state;
  };

  test.each([REFUSED, FAILED])('while look-ups are down: $does', async (answer) => {
    const { world } = await buying(answer);
    world.exchange.settings.areReadsDown = true;
    await world.runUntil(ENDS_AT_MS);
    const [failing, alert] = world.store.alertsOf((await world.position()).positionId);
    expect(failing).toMatchObject({ kind: 'exit-failing' });
    const said = answer === REFUSED ? REFUSED.text : 'could not insert order';
    expect(alert).toMatchObject({ kind: 'buy-unknown', venueText: 'The venue was not reached' });
    expect(alert?.venueWords).toEqual([
      { text: 'The venue was not reached', count: expect.any(Number) },
      { text: said, count: 1 },
    ]);
    world.exchange.settings.areReadsDown = false;
    await world.runUntil(LONG_AFTER_MS);
    expect(await world.position()).toMatchObject({ state: 'voided' });
  });

  test.each([REFUSED, FAILED])('while the chain does not answer: $does', async (answer) => {
    const { world, wallet } = await buying(answer);
    if (wallet !== undefined) wallet.settings.holdings = 'down';
    expect(await endOf(world)).toBe('voided');
  });

  test('while the chain shows shares that may be its own', async () => {
    const { world, wallet } = await buying(REFUSED);
    if (wallet !== undefined)
      wallet.settings.holdings = { sharesMicros: 3_000_000n, otherSharesMicros: 0n, approved: true };
    expect(await endOf(world)).toBe('voided');
  });

  test('when its answer was lost', async () => {
    const { world } = await buying({ does: 'lose' });
    expect(await endOf(world)).toBe('voided');
  });

  test('when it was accepted and is not shown any more', async () => {
    const { world } = await buying({ does: 'forget' });
    expect(await endOf(world)).toBe('voided');
  });
});

describe('a buy in a market that ends in a month', () => {
  const MONTH_MS = 30 * 86_400_000;
  const RAIN = aMarket({ slug: 'rain-in-december', asset: null, endsAtMs: OPENED_AT_MS + MONTH_MS });
  const REQUEST = { marketSlug: RAIN.slug, asset: null, exitAtMs: OPENED_AT_MS + MONTH_MS / 2 } as const;
  const TEN_MINUTES_MS = 600_000;
  const IN_RAIN = { markets: [RAIN], request: REQUEST } as const;

  test.each([
    ['lost', { does: 'lose' }],
    ['accepted, and is not shown any more', { does: 'forget' }],
  ] as const)('that was %s is void ten minutes later, when venue and chain show nothing', async (_how, answer) => {
    const { world } = await buying(answer, IN_RAIN);
    await world.runUntil(OPENED_AT_MS + TEN_MINUTES_MS - 1_000);
    expect(await world.position()).toMatchObject({ state: 'buying' });
    await world.runUntil(OPENED_AT_MS + TEN_MINUTES_MS + 60_000);
    expect(await world.position()).toMatchObject({ state: 'voided', exitReason: 'void:nothing-bought' });
    expect(world.exchange.posted).toHaveLength(1);
    expect(await world.open({ ...REQUEST, requestId: 'request-2' })).toMatchObject({ position: { state: 'holding' } });
  });

  const SOME_SHARES = { sharesMicros: 3_000_000n, otherSharesMicros: 0n, approved: true } as const;
  test.each([
    ['the chain does not answer', 'down', false],
    ['the chain shows shares that may be its own', SOME_SHARES, false],
    ['the venue does not answer', undefined, true],
  ] as const)('is kept while %s', async (_why, holdings, areReadsDown) => {
    const { world, wallet } = await buying({ does: 'lose' }, IN_RAIN);
    if (wallet === undefined) throw new Error('There is no wallet');
    if (holdings !== undefined) wallet.settings.holdings = holdings;
    world.exchange.settings.areReadsDown = areReadsDown;
    await world.runUntil(OPENED_AT_MS + 3 * TEN_MINUTES_MS);
    expect(await world.position()).toMatchObject({ state: 'buying' });
  });

  test('is found when it fills within the ten minutes', async () => {
    const { world } = await buying({ does: 'arrive-late', afterMs: 550_000 }, IN_RAIN);
    await world.runUntil(OPENED_AT_MS + 3 * TEN_MINUTES_MS);
    expect(await world.position()).toMatchObject({ state: 'holding' });
  });
});

describe('a buy that is answered without an outcome, and that was placed', () => {
  test.each(['nonsense', 'error'] as const)('is found (%s), and its shares are sold', async (says) => {
    const { world } = await buying({ does: 'fill', says });
    await world.runUntil(LONG_AFTER_MS);
    expect(await world.position()).toMatchObject({ state: 'exited', exitReason: 'emergency:timeout' });
    expect(world.exchange.posted.map(({ side }) => side)).toEqual(['BUY', 'SELL']);
  });
});
