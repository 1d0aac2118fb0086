import { describe, expect, it } from 'vitest';
import type { BookLevel } from '#lib/domain/market/market.ts';
import { createFaultDice } from '#lib/simulation/fault-dice.ts';
import type { Fault } from '#lib/simulation/fault-plan.ts';
import { drawConditions } from '#lib/venue/engine/venue-conditions.ts';
import { createVenueEngine } from '#lib/venue/engine/venue-engine.ts';
import { tradeStatusAt, type VenueOrderTerms } from '#lib/venue/engine/venue-ledger.ts';
import { aMarket, UP_TOKEN_ID } from '#test/factories/a-market.ts';

const level = (cents: number, shares: number): BookLevel => ({
  priceMicros: BigInt(cents) * 10_000n,
  sharesMicros: BigInt(shares) * 1_000_000n,
});
const market = aMarket();
const NOW_MS = market.startsAtMs + 60_000;

/** Bids 50 at 0.60 and 50 at 0.58, offers 30 at 0.62 and 100 at 0.63; the book of a new second is untouched. */
function aVenue(faults: readonly Fault[] = []) {
  const plan = { v: 1 as const, calmAfterEndMs: 60_000, faults: [...faults] };
  const dice = createFaultDice({ seed: 1, plan, sinceEndMs: () => -1, onFault: () => undefined });
  const draw = () => 0;
  const bookAt = (tokenId: string, atMs: number) => ({
    tokenId,
    bids: [level(60, 50), level(58, 50)],
    asks: [level(62, 30), level(63, 100)],
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
  const conditions = drawConditions(dice, { startsAtMs: NOW_MS, endsAtMs: market.endsAtMs });
  return createVenueEngine({ playing, conditions, dice, draw });
}

let orderCount = 0;
function anOrder(terms: Partial<VenueOrderTerms>): VenueOrderTerms {
  orderCount += 1;
  return {
    orderHash: `0x${orderCount}`,
    wallet: 'wallet',
    tokenId: UP_TOKEN_ID,
    side: 'BUY',
    orderType: 'FAK',
    postOnly: false,
    sharesMicros: 40_000_000n,
    limitPriceMicros: 630_000n,
    ...terms,
  };
}

type Venue = ReturnType<typeof aVenue>;

/** Posts, waits for the taker delay, and returns the answer. */
function post(venue: Venue, terms: Partial<VenueOrderTerms>, atMs = NOW_MS) {
  const order = anOrder(terms);
  const submission = venue.submit(order, atMs);
  const answer = 'status' in submission ? submission : venue.answerTo(order.orderHash, submission.matchAtMs);
  const trades = venue.ledger.trades.filter(({ orderHash }) => orderHash === order.orderHash);
  return { order, answer, trades, fills: trades.map(({ priceMicros, sharesMicros }) => [priceMicros, sharesMicros]) };
}

describe('the matching engine', () => {
  it('fills a FAK level by level and kills the rest', () => {
    const { fills, answer } = post(aVenue(), { sharesMicros: 200_000_000n });
    expect(fills).toEqual([
      [620_000n, 30_000_000n],
      [630_000n, 100_000_000n],
    ]);
    expect(answer).toMatchObject({ status: 'done', filledMicros: 130_000_000n });
  });

  it('fills a FOK as a whole or not at all', () => {
    const venue = aVenue();
    // 30 at 0.62 and 100 at 0.63 cost 81.60 dollars.
    const killed = post(venue, { orderType: 'FOK', sharesMicros: 130_000_000n });
    expect(killed.answer).toMatchObject({ status: 400, text: expect.stringContaining('fully filled or killed') });
    expect(killed.fills).toEqual([]);
    expect(post(venue, { orderType: 'FOK', sharesMicros: 129_000_000n }).fills).toEqual([
      [620_000n, 30_000_000n],
      [630_000n, 99_476_190n],
    ]);
  });

  it('fills no share of the book twice, and kills a FAK that finds nothing', () => {
    const venue = aVenue();
    post(venue, { sharesMicros: 130_000_000n });
    const second = post(venue, {}, NOW_MS + 300);
    expect(second.answer).toMatchObject({ status: 400, text: expect.stringContaining('no orders found to match') });
  });

  it('holds an order that would match for the taker delay', () => {
    const venue = aVenue();
    const order = anOrder({});
    expect(venue.submit(order, NOW_MS)).toEqual({ matchAtMs: NOW_MS + 150 });
    venue.advanceTo(NOW_MS + 149);
    expect(venue.ledger.trades).toEqual([]);
    venue.advanceTo(NOW_MS + 150);
    expect(venue.ledger.trades).toHaveLength(2);
  });

  it('rests a GTC, reserves its shares, and releases them when it is cancelled', () => {
    const venue = aVenue();
    post(venue, { sharesMicros: 30_000_000n, limitPriceMicros: 620_000n });
    const laterMs = NOW_MS + 10_000;
    const terms = { side: 'SELL', orderType: 'GTC', sharesMicros: 20_000_000n, limitPriceMicros: 900_000n } as const;
    const { order } = post(venue, terms, laterMs);
    expect(venue.restingOrders('wallet', UP_TOKEN_ID, laterMs)).toEqual([order.orderHash]);
    const sell = { side: 'SELL', sharesMicros: 30_000_000n, limitPriceMicros: 500_000n } as const;
    expect(post(venue, sell, laterMs).answer).toMatchObject({
      status: 400,
      text: expect.stringContaining('balance: 30000000, sum of active orders: 20000000'),
    });
    venue.cancelResting('wallet', UP_TOKEN_ID, laterMs);
    expect(post(venue, sell, laterMs).answer).toMatchObject({ status: 'done' });
  });

  it('refuses a post-only order that would match', () => {
    const { answer } = post(aVenue(), { orderType: 'GTC', postOnly: true, limitPriceMicros: 620_000n });
    expect(answer).toMatchObject({ status: 400, text: expect.stringContaining('crosses book') });
  });

  it('accepts an order once', () => {
    const venue = aVenue();
    const { order } = post(venue, {});
    expect(venue.submit(order, NOW_MS + 5_000)).toMatchObject({ text: expect.stringContaining('Duplicated') });
  });

  it.each([
    ['a price off the tick', { limitPriceMicros: 625_000n }, 'minimum tick size rule: 0.01'],
    ['a size of three decimals', { sharesMicros: 1_001_000n }, 'two decimals'],
    ['a resting order below the minimum', { orderType: 'GTC', sharesMicros: 4_000_000n }, 'lower than the minimum: 5'],
    ['a buy below one dollar', { sharesMicros: 1_000_000n }, 'min size: $1'],
  ] as const)('refuses %s', (_what, terms, text) => {
    expect(post(aVenue(), terms).answer).toMatchObject({ status: 400, text: expect.stringContaining(text) });
  });

  it('accepts no order once the market is over', () => {
    expect(post(aVenue(), {}, market.endsAtMs).answer).toMatchObject({ status: 404 });
  });
});

describe('settlement', () => {
  const sell = { side: 'SELL', sharesMicros: 30_000_000n, limitPriceMicros: 500_000n } as const;

  it('refuses a sell of shares that have not arrived, and accepts it when they have', () => {
    const venue = aVenue();
    const { trades } = post(venue, { sharesMicros: 30_000_000n });
    const minedAtMs = trades[0]?.minedAtMs ?? 0;
    expect(post(venue, sell, minedAtMs - 1).answer).toMatchObject({ text: expect.stringContaining('balance: 0,') });
    expect(post(venue, sell, minedAtMs).answer).toMatchObject({ status: 'done' });
  });

  it('keeps sold shares reserved until they have left', () => {
    const venue = aVenue();
    post(venue, { sharesMicros: 30_000_000n });
    post(venue, sell, NOW_MS + 20_000);
    const again = post(venue, sell, NOW_MS + 21_000).answer;
    expect(again).toMatchObject({ text: expect.stringContaining('sum of matched orders: 30000000') });
  });

  it('goes from MATCHED over MINED to CONFIRMED', () => {
    const [trade] = post(aVenue(), { sharesMicros: 30_000_000n }).trades;
    if (trade === undefined || trade.minedAtMs === null) throw new Error('The buy was not filled');
    expect(tradeStatusAt(trade, trade.matchedAtMs)).toBe('MATCHED');
    expect(tradeStatusAt(trade, trade.minedAtMs)).toBe('MINED');
    expect(tradeStatusAt(trade, trade.finalAtMs)).toBe('CONFIRMED');
  });

  it('of a ghost fill ends as FAILED, over RETRYING when the chain tried again, and moves nothing', () => {
    const venue = aVenue([
      { kind: 'ghost-fill', probability: 1 },
      { kind: 'retrying', probability: 1 },
    ]);
    const [trade] = post(venue, { sharesMicros: 30_000_000n }).trades;
    if (trade === undefined) throw new Error('The buy was not matched');
    expect(tradeStatusAt(trade, trade.finalAtMs)).toBe('FAILED');
    const balance = venue.balanceAt('wallet', UP_TOKEN_ID, trade.finalAtMs);
    expect(balance).toMatchObject({ balanceMicros: 0n, matchedMicros: 0n });
  });

  it('delivers fewer shares where the fee of a buy is kept in shares', () => {
    const [trade] = post(aVenue([{ kind: 'buy-fee-in-shares', probability: 1 }]), { sharesMicros: 30_000_000n }).trades;
    expect(trade).toMatchObject({ sharesMicros: 30_000_000n, feesMicros: 0n });
    expect(trade?.deliveredMicros).toBeLessThan(30_000_000n);
  });

  it('shows a stale balance until it is refreshed', () => {
    const venue = aVenue([{ kind: 'stale-cache', probability: 1, fromMs: NOW_MS - market.endsAtMs, untilMs: 0 }]);
    post(venue, { sharesMicros: 30_000_000n, limitPriceMicros: 620_000n });
    const laterMs = NOW_MS + 20_000;
    expect(venue.balanceAt('wallet', UP_TOKEN_ID, laterMs).balanceMicros).toBe(0n);
    venue.refreshBalance('wallet', UP_TOKEN_ID, laterMs);
    expect(venue.balanceAt('wallet', UP_TOKEN_ID, laterMs).balanceMicros).toBe(30_000_000n);
  });

  it.each([
    ['engine-restart', 425, 'restarting'],
    ['trading-disabled', 503, 'disabled'],
    ['cancel-only', 503, 'cancel-only'],
    ['market-not-ready', 400, 'not yet ready'],
    ['market-over', 404, 'No orderbook'],
  ] as const)('refuses while the venue is in %s', (kind, status, text) => {
    const venue = aVenue([{ kind, probability: 1, fromMs: -market.endsAtMs, untilMs: 0 }]);
    expect(post(venue, {}).answer).toMatchObject({ status, text: expect.stringContaining(text) });
  });

  it('accepts only post-only orders for two minutes after a restart', () => {
    const untilMs = NOW_MS - market.endsAtMs;
    const venue = aVenue([{ kind: 'engine-restart', probability: 1, fromMs: untilMs - 90_000, untilMs }]);
    expect(post(venue, {}).answer).toMatchObject({ status: 503, text: expect.stringContaining('post-only mode') });
    const resting = { orderType: 'GTC', postOnly: true, limitPriceMicros: 500_000n } as const;
    expect(venue.submit(anOrder(resting), NOW_MS)).toEqual({ matchAtMs: NOW_MS });
  });
});
