import { describe, expect, it } from 'vitest';
import type { BookLevel } from '#lib/domain/market/market.ts';
import { cancelOrder } from '#lib/venue/engine/cancel-order.ts';
import { createSwitchableConditions } from '#lib/venue/engine/switchable-conditions.ts';
import { createVenueEngine } from '#lib/venue/engine/venue-engine.ts';
import type { VenueOrderTerms } from '#lib/venue/engine/venue-ledger.ts';
import { aMarket, UP_TOKEN_ID } from '#test/factories/a-market.ts';

const market = aMarket();
const NOW_MS = market.startsAtMs + 60_000;
const level = (cents: number, shares: number): BookLevel => ({
  priceMicros: BigInt(cents) * 10_000n,
  sharesMicros: BigInt(shares) * 1_000_000n,
});

/** Offers stand at 0.62 for ten seconds and at 0.55 from then on, 50 shares each. */
function aVenue() {
  const conditions = createSwitchableConditions({
    seed: 'resting',
    nowMs: () => NOW_MS,
    fees: () => ({ feeRounding: 'round', feePer: 'level' }),
  });
  const bookAt = (tokenId: string, atMs: number) => ({
    tokenId,
    bids: [level(50, 50)],
    asks: [level(atMs < NOW_MS + 10_000 ? 62 : 55, 50)],
    tickMicros: 10_000n,
    atMs: Math.floor(atMs / 1_000) * 1_000,
  });
  const playing = {
    market,
    winner: 'UP',
    resolvesAtMs: market.endsAtMs,
    bookAt,
    underlyingMicrosAt: () => 0n,
  } as const;
  return createVenueEngine({ playing, ...conditions.of(market.slug), draw: () => 0 });
}

const rest: VenueOrderTerms = {
  orderHash: '0x1',
  wallet: 'wallet',
  tokenId: UP_TOKEN_ID,
  side: 'BUY',
  orderType: 'GTC',
  postOnly: false,
  sharesMicros: 20_000_000n,
  limitPriceMicros: 580_000n,
};

describe('an order that rests', () => {
  it('is filled as the maker when the market comes to it: at its own price, without a fee', () => {
    const venue = aVenue();
    venue.submit(rest, NOW_MS);
    expect(venue.answerTo('0x1', NOW_MS)).toMatchObject({ status: 'live', filledMicros: 0n });
    venue.advanceTo(NOW_MS + 10_000);
    expect(venue.ledger.trades).toMatchObject([
      { isMaker: true, priceMicros: 580_000n, sharesMicros: 20_000_000n, valueMicros: 11_600_000n, feesMicros: 0n },
    ]);
  });

  it('is held like any taker when it would match at once, and pays the fee', () => {
    const venue = aVenue();
    expect(venue.submit({ ...rest, limitPriceMicros: 620_000n }, NOW_MS)).toEqual({ matchAtMs: NOW_MS + 150 });
    expect(venue.answerTo('0x1', NOW_MS + 150)).toMatchObject({ status: 'done' });
    expect(venue.ledger.trades).toMatchObject([{ isMaker: false, priceMicros: 620_000n }]);
    expect(venue.ledger.trades[0]?.feesMicros).toBeGreaterThan(0n);
  });

  it('can be cancelled once, and not while it is held', () => {
    const venue = aVenue();
    venue.submit({ ...rest, limitPriceMicros: 620_000n, orderHash: '0x2' }, NOW_MS);
    expect(cancelOrder(venue, '0x2', NOW_MS + 249)).toBe(false);
    venue.submit(rest, NOW_MS + 300);
    expect(cancelOrder(venue, '0x1', NOW_MS + 400)).toBe(true);
    expect(cancelOrder(venue, '0x1', NOW_MS + 500)).toBe(false);
    venue.advanceTo(NOW_MS + 20_000);
    expect(venue.ledger.trades.map(({ orderHash }) => orderHash)).toEqual(['0x2']);
  });
});

describe('switchable conditions', () => {
  const create = (nowMs = () => NOW_MS) =>
    createSwitchableConditions({ seed: 'a', nowMs, fees: () => ({ feeRounding: 'floor', feePer: 'order' }) });

  it('are off until they are set, and off again when cleared', () => {
    const switches = create();
    const { conditions, dice } = switches.of('slug');
    const seen = () => [conditions.isOn('no-bids', NOW_MS), dice.roll('ghost-fill')];
    expect(seen()).toEqual([false, false]);
    switches.set({ kind: 'no-bids' });
    switches.set({ kind: 'ghost-fill' });
    expect(seen()).toEqual([true, true]);
    switches.clear();
    expect(seen()).toEqual([false, false]);
  });

  it('hold within their times and for their count', () => {
    let atMs = NOW_MS;
    const switches = create(() => atMs);
    const { dice, conditions } = switches.of(null);
    switches.set({ kind: 'ghost-fill', fromMs: NOW_MS + 10, untilMs: NOW_MS + 20, count: 2 });
    switches.set({ kind: 'look-up-behind', untilMs: NOW_MS + 10, value: 700 });
    expect([dice.roll('ghost-fill'), conditions.lookUpLagMs]).toEqual([false, 700]);
    atMs = NOW_MS + 10;
    expect([dice.roll('ghost-fill'), dice.roll('ghost-fill'), dice.roll('ghost-fill')]).toEqual([true, true, false]);
    expect(conditions.lookUpLagMs).toBe(0);
    expect(switches.list()).toMatchObject([{ kind: 'look-up-behind' }]);
  });

  it('use the given value, or draw one within the kind’s bounds', () => {
    const switches = create();
    const { dice } = switches.of(null);
    switches.set({ kind: 'slow-answer', count: 1, value: 5 });
    expect([dice.roll('slow-answer'), dice.between('slow-answer', 1_000, 9_000)]).toEqual([true, 5]);
    switches.clear();
    switches.set({ kind: 'slow-answer' });
    const drawn = Array.from({ length: 100 }, () => dice.between('slow-answer', 3, 5));
    expect(new Set(drawn)).toEqual(new Set([3, 4, 5]));
  });

  it('fail in the requested share of opportunities', () => {
    const switches = create();
    switches.set({ kind: 'retrying', probability: 0.25 });
    const { dice } = switches.of('any');
    const hits = Array.from({ length: 2_000 }, () => dice.roll('retrying')).filter(Boolean).length;
    expect(hits / 2_000).toBeGreaterThan(0.2);
    expect(hits / 2_000).toBeLessThan(0.3);
  });
});
