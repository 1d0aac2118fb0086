import { describe, expect, test } from 'vitest';
import { marketSlug, windowAt } from '#lib/domain/market/up-down-markets.ts';
import { clockExitAtMs } from '#lib/domain/position/position.ts';
import { describePosition } from '#lib/domain/position/position-view.ts';
import { aBook } from '#test/factories/a-book.ts';
import { aMarket } from '#test/factories/a-market.ts';
import { createTradingWorld, OPENED_AT_MS } from '#test/fakes/trading-world.ts';

const DAY_MS = 86_400_000;
const EXIT_AT_MS = OPENED_AT_MS + 600_000;
const RAIN = aMarket({
  slug: 'will-it-rain-in-london',
  asset: null,
  outcomeNames: { UP: 'Yes', DOWN: 'No' },
  endsAtMs: OPENED_AT_MS + 30 * DAY_MS,
});
const REQUEST = { marketSlug: RAIN.slug, asset: null, outcome: 'yes', exitAtMs: EXIT_AT_MS } as const;

describe('a market that is no up/down window', () => {
  test('is bought by the name of its outcome and sold at the time given, by the clock', async () => {
    const world = createTradingWorld({ markets: [RAIN] });
    const opened = await world.open(REQUEST);
    expect(opened).toMatchObject({
      outcome: 'opened',
      position: { asset: null, outcome: 'UP', outcomeName: 'Yes', tokenId: RAIN.tokenIds.UP, exitDueAtMs: EXIT_AT_MS },
    });
    await world.runUntil(EXIT_AT_MS + 10_000);
    const position = await world.position();
    expect(position).toMatchObject({
      state: 'exited',
      firstExitAttemptAtMs: EXIT_AT_MS,
      exitReason: 'emergency:timeout',
      forceClosed: true,
    });
    expect(describePosition(position)).toMatchObject({ asset: null, outcome: 'Yes' });
    expect(world.errors).toEqual([]);
  });

  test('answers a repeated request with the same position, and refuses another exit time under its id', async () => {
    const world = createTradingWorld({ markets: [RAIN] });
    await world.open(REQUEST);
    expect(await world.open({ ...REQUEST, outcome: 'YES' })).toMatchObject({ outcome: 'already-requested' });
    expect(await world.open({ ...REQUEST, exitAtMs: EXIT_AT_MS + 1 })).toMatchObject({
      refusal: { code: 'request-id-reused' },
    });
    expect(world.exchange.posted).toHaveLength(1);
  });

  test.each([
    [{ outcome: 'maybe' }, 'outcome-unknown', /"Yes" and "No", and none called "maybe"/],
    [{ outcome: 'UP' }, 'outcome-unknown', /"Yes" and "No"/],
    [{ exitAtMs: OPENED_AT_MS + 40 * DAY_MS }, 'exit-time-invalid', /Choose an exit time until/],
  ])('refuses %o with %s', async (change, code, message) => {
    const world = createTradingWorld({ markets: [RAIN] });
    const refused = await world.open({ ...REQUEST, ...change });
    expect(refused).toMatchObject({ outcome: 'refused', refusal: { code, message: expect.stringMatching(message) } });
    expect(await world.store.list()).toEqual([]);
  });

  test('sells at a falling price in the exit lead after the time given, and goes on until the market ends', async () => {
    const world = createTradingWorld({ markets: [RAIN] });
    await world.open(REQUEST);
    world.faults.book = () => aBook({ bids: [], atMs: world.clock.nowMs() });
    world.exchange.script.SELL.push(
      ...Array.from({ length: 60 }, () => ({ does: 'refuse', code: 'no-match' }) as const),
    );
    await world.runUntil(EXIT_AT_MS + 180_000);
    const prices = world.exchange.posted.filter(({ side }) => side === 'SELL').map((sell) => sell.limitPriceMicros);
    expect(prices[0]).toBeGreaterThan(400_000n);
    expect(prices.at(-1)).toBe(10_000n);
    const position = await world.position();
    expect(position).toMatchObject({ state: 'exiting', marketEndsAtMs: RAIN.endsAtMs });
    expect(clockExitAtMs(position)).toBe(EXIT_AT_MS);
    expect(await world.alertKinds()).toEqual([]);
  });
});

describe('an exit that is long overdue', () => {
  test('pages once, five minutes after it was due, with what kept it from selling, and goes on', async () => {
    const endsAtMs = OPENED_AT_MS + 3 * 3_600_000;
    const world = createTradingWorld({ markets: [{ ...RAIN, endsAtMs }] });
    await world.open(REQUEST);
    world.exchange.script.SELL.push(
      ...Array.from({ length: 60 }, () => ({ does: 'refuse', code: 'no-match' }) as const),
    );
    await world.runUntil(EXIT_AT_MS + 299_000);
    expect(await world.alertKinds()).toEqual([]);
    await world.runUntil(EXIT_AT_MS + 1_200_000);
    const { positionId, state } = await world.position();
    expect(state).toBe('exiting');
    expect(world.store.alertsOf(positionId)).toMatchObject([
      { kind: 'exit-overdue', severity: 'page', cause: 'no-liquidity', venueWords: [{ count: expect.any(Number) }] },
    ]);
    world.exchange.script.SELL.length = 0;
    await world.runUntil(endsAtMs - 10_000);
    expect(await world.position()).toMatchObject({ state: 'exited' });
    expect(await world.alertKinds()).toEqual(['exit-overdue', expect.stringMatching('forced-exit|low-sale')]);
  });
});

describe('a window without a slug', () => {
  const SECOND_HOUR_MS = Date.parse('2026-11-01T06:00:00Z');
  const hour = (slug: string, startsAtMs: number) => aMarket({ slug, ...windowAt('1h', startsAtMs) });

  test('is the one with its times, where two hours share a slug', async () => {
    const slug = marketSlug('BTC', '1h', SECOND_HOUR_MS);
    const world = createTradingWorld({
      markets: [hour(slug, SECOND_HOUR_MS - 3_600_000), hour('the-second-hour', SECOND_HOUR_MS)],
    });
    const inSeries: unknown[] = [];
    world.series.find = async (...asked) => {
      inSeries.push(asked);
      return 'the-second-hour';
    };
    await world.clock.advanceTo(SECOND_HOUR_MS + 60_000);
    const opened = await world.open({ marketSlug: slug, window: { length: '1h', atMs: SECOND_HOUR_MS } });
    expect(opened).toMatchObject({ outcome: 'opened', position: { marketSlug: 'the-second-hour' } });
    expect(inSeries).toEqual([['btc-up-or-down-hourly', windowAt('1h', SECOND_HOUR_MS)]]);
  });

  test('is found without its year', async () => {
    const slug = 'bitcoin-up-or-down-november-1-12am-et';
    const startsAtMs = Date.parse('2026-11-01T04:00:00Z');
    const world = createTradingWorld({ markets: [hour(slug, startsAtMs)] });
    await world.clock.advanceTo(startsAtMs + 60_000);
    expect(await world.open({ window: { length: '1h', atMs: startsAtMs } })).toMatchObject({
      position: { marketSlug: slug },
    });
  });

  test('is unknown where the venue lists none', async () => {
    const world = createTradingWorld();
    expect(await world.open({ window: { length: '4h', atMs: OPENED_AT_MS } })).toMatchObject({
      refusal: { code: 'market-unknown' },
    });
  });
});
