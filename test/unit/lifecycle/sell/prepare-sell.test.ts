import { describe, expect, it } from 'vitest';
import type { OrderBook } from '#lib/domain/market/market.ts';
import type { ExitingPosition, HoldingPosition } from '#lib/domain/position/position.ts';
import { InvariantError, UpstreamUnavailableError } from '#lib/errors/errors.ts';
import {
  assertOwnOrder,
  evidenceOfBook,
  floorOf,
  prepareSell,
  readBeforeSell,
  readBook,
  type SellReads,
  todaysBidOf,
} from '#lib/lifecycle/sell/prepare-sell.ts';
import { aBook, someLevels } from '#test/factories/a-book.ts';
import { DOWN_TOKEN_ID, UP_TOKEN_ID } from '#test/factories/a-market.ts';
import { aPosition } from '#test/factories/a-position.ts';
import { aBuyTrade } from '#test/factories/a-trade.ts';
import { anIntent } from '#test/factories/an-intent.ts';
import { createAskedVenue } from '#test/fakes/asked-venue.ts';

const holding = aPosition({ state: 'holding' });
const { exitDueAtMs: DUE_AT_MS, marketEndsAtMs: ENDS_AT_MS, policy } = holding;
const NOW_MS = DUE_AT_MS - 1_000;
const DOWN = new UpstreamUnavailableError('Not reached');
const HELD = { sharesMicros: 30_005_000n, otherSharesMicros: 0n, approved: true };
const book = aBook({ atMs: NOW_MS });
const bookOf = (bid: string | null, ask: string | null, overrides: Partial<OrderBook> = {}) => {
  const [bids, asks] = [bid, ask].map((price) => (price === null ? [] : someLevels([[price, '900']])));
  return aBook({ bids: bids ?? [], asks: asks ?? [], atMs: NOW_MS, ...overrides });
};

describe('the reads before a sell', () => {
  const read = async (answers: object, onlyIfHeld = false, nowMs = NOW_MS, hasChain = true) => {
    const venue = createAskedVenue(nowMs, holding, hasChain);
    Object.assign(venue.answers, answers);
    const reads = await venue.clock.run(readBeforeSell(venue.deps, holding, { postAtMs: DUE_AT_MS, onlyIfHeld }));
    return { ...venue, reads };
  };

  it('are made side by side, of the balance only where the shares have to be there', async () => {
    const { calls, reads } = await read({ book, holdings: HELD });
    expect(calls).toEqual([
      { call: 'getHoldings', about: UP_TOKEN_ID, deadlineAtMs: NOW_MS + 1_000 },
      { call: 'findBook', about: UP_TOKEN_ID, deadlineAtMs: NOW_MS + 1_500 },
    ]);
    expect(reads).toMatchObject({ book, balanceMicros: null });
    expect(reads.holdings()).toEqual(HELD);
    const both = await read({ balance: { balanceMicros: 5n, approved: null } }, true);
    expect(both.calls[2]).toEqual({ call: 'getBalance', about: UP_TOKEN_ID, deadlineAtMs: NOW_MS + 1_500 });
    expect(both.reads.balanceMicros).toBe(5n);
  });

  it('that fail leave their part out', async () => {
    const { reads } = await read({ book: DOWN, balance: DOWN, holdings: DOWN }, true);
    expect([reads.book, reads.balanceMicros, reads.holdings()]).toEqual([null, null, null]);
    expect((await read({}, false, NOW_MS, false)).reads.holdings()).toBeNull();
  });

  it.each<[string, number, number, number, object | null]>([
    ['is waited for while there is time', NOW_MS, 500, NOW_MS + 500, HELD],
    ['is not waited for once the intent has to be written', NOW_MS, 700, NOW_MS + 600, null],
    ['does not delay a sell that is late', DUE_AT_MS, 100, DUE_AT_MS, null],
  ])('of the chain %s', async (_, nowMs, chainAfterMs, endsAtMs, seen) => {
    const { reads, clock } = await read({ holdings: HELD, chainAfterMs }, false, nowMs);
    expect(clock.nowMs()).toBe(endsAtMs);
    expect(reads.holdings()).toEqual(seen);
    await clock.advanceBy(1_000);
    // Its answer is there once it arrives.
    expect(reads.holdings()).toEqual(HELD);
  });

  it('of a book give null where the venue has none', async () => {
    const venue = createAskedVenue(NOW_MS, holding);
    expect(await readBook(venue.deps, holding)).toBeNull();
  });
});

describe('what is seen in a book', () => {
  it('is its best bid, unless the book is not of today', () => {
    expect(todaysBidOf(book, NOW_MS)).toBe(600_000n);
    expect(todaysBidOf(book, NOW_MS + 60_001)).toBeNull();
    expect(todaysBidOf(bookOf(null, '0.60'), NOW_MS)).toBeNull();
    expect(todaysBidOf(null, NOW_MS)).toBeNull();
  });

  it('is evidence, with its flaw', () => {
    expect(evidenceOfBook(book, NOW_MS)).toEqual({ bookAtMs: NOW_MS, bestBidMicros: '600000', bidCount: 3 });
    expect(evidenceOfBook(book, NOW_MS + 60_001)).toMatchObject({ bookFlaw: 'stale', bestBidMicros: '600000' });
    expect(evidenceOfBook(null, NOW_MS)).toEqual({ bookAtMs: null, bestBidMicros: null, bidCount: null });
    expect(evidenceOfBook(bookOf(null, null), NOW_MS)).toEqual({ bookAtMs: NOW_MS, bestBidMicros: null, bidCount: 0 });
  });
});

describe('the order of a sell', () => {
  const plan = { sharesMicros: 36_000_000n, postAtMs: DUE_AT_MS, orderType: 'FAK', onlyIfHeld: false } as const;
  const prepare = (
    reads: Partial<SellReads> = {},
    position: HoldingPosition | ExitingPosition = holding,
    own: Partial<Parameters<typeof prepareSell>[2]> = {},
  ) => {
    const all = { book, balanceMicros: null, holdings: () => null, ...reads };
    return prepareSell(createAskedVenue(NOW_MS, position).deps, position, { ...plan, ...own }, all);
  };

  it('sells the shares of the position at the floor, as its next attempt', async () => {
    expect(await prepare()).toMatchObject({
      ...{ side: 'SELL', orderType: 'FAK', tokenId: UP_TOKEN_ID, negRisk: false, marketVersion: 'v1' },
      ...{ sharesMicros: 36_000_000n, limitPriceMicros: 580_000n, attemptNumber: 2 },
    });
  });

  it('sells what the chain shows, in steps of the venue', async () => {
    expect(await prepare({ holdings: () => HELD })).toMatchObject({ sharesMicros: 30_000_000n });
  });

  const resting = aPosition({ state: 'exiting', isPostOnly: true });
  const GTC = { orderType: 'GTC' } as const;

  it.each<[string, OrderBook | null, bigint]>([
    ['a tick above the best bid', book, 610_000n],
    ['at the floor while no book is read', null, 520_000n],
    ['at the floor of a book of another day', aBook({ atMs: NOW_MS - 70_000 }), 520_000n],
  ])('that rests stands %s', async (_, seen, limitPriceMicros) => {
    expect(await prepare({ book: seen }, resting, GTC)).toMatchObject({ orderType: 'GTC', limitPriceMicros });
  });

  it.each<[number, bigint, bigint]>([
    [0, 36_470_000n, 36_470_000n],
    [1, 36_470_000n, 36_000_000n],
    [2, 36_470_000n, 36_000_000n],
  ])('is rounded to even amounts after %i refusals of its size', async (count, sharesMicros, expected) => {
    const position = aPosition({ state: 'exiting', refusals: { 'order-size': count } });
    const seen = bookOf('0.59', '0.60');
    expect(await prepare({ book: seen }, position, { sharesMicros })).toMatchObject({
      ...{ limitPriceMicros: 570_000n, sharesMicros: expected },
    });
  });

  it("of a rest below the venue's steps is offered as it is", async () => {
    const thousandths = aPosition({ state: 'exiting', tickMicros: 100n });
    const seen = bookOf('0.0089', '0.0090', { tickMicros: 100n });
    expect(await prepare({ book: seen }, thousandths, { sharesMicros: 10_000n })).toMatchObject({
      ...{ limitPriceMicros: 8_700n, sharesMicros: 10_000n },
    });
  });

  it('is refused where the exchange prepared an order of another token', async () => {
    const { account, ...deps } = createAskedVenue(NOW_MS, holding).deps;
    const prepareOrder = async () => anIntent({ tokenId: DOWN_TOKEN_ID });
    const other = { ...deps, account: { ...account, exchange: { ...account.exchange, prepareOrder } } };
    const reads = { book, balanceMicros: null, holdings: () => null };
    await expect(prepareSell(other, holding, plan, reads)).rejects.toThrow(InvariantError);
  });
});

describe('an order that is to sell what was bought', () => {
  const check = (overrides: Parameters<typeof anIntent>[0]) => () => assertOwnOrder(holding, anIntent(overrides));

  it('passes', () => {
    expect(check({})).not.toThrow();
  });

  it.each<[string, Parameters<typeof anIntent>[0]]>([
    ['side', { side: 'BUY' }],
    ['token, outcome', { tokenId: DOWN_TOKEN_ID }],
    ['token', { tokenId: '7' }],
    ['market', { negRisk: true }],
    ['market version', { marketVersion: 'v2' }],
    ['side, market', { side: 'BUY', negRisk: true }],
  ])('is refused for another %s', (differing, overrides) => {
    expect(check(overrides)).toThrow(InvariantError);
    expect(check(overrides)).toThrow(expect.objectContaining({ context: { positionId: 'position-1', differing } }));
  });
});

describe('the floor of a sell', () => {
  it("is two ticks below the best bid, and by the book's own tick", () => {
    expect(floorOf(holding, book, DUE_AT_MS)).toBe(580_000n);
    expect(floorOf(holding, bookOf('0.60', '0.61', { tickMicros: 1_000n }), DUE_AT_MS)).toBe(590_000n);
  });

  it.each<[string, OrderBook | null]>([
    ['a book that could not be read', null],
    ['a book of another day', aBook({ atMs: DUE_AT_MS - 60_001 })],
    ['a crossed book', bookOf('0.60', '0.59')],
    ['a wide book', bookOf('0.10', '0.90')],
  ])('is a share of the entry price with %s', (_, seen) => {
    expect(floorOf(holding, seen, DUE_AT_MS)).toBe(520_000n);
  });

  it('follows the bid seen last where the cost is unknown, else the middle of all prices', () => {
    const unknown = {
      origin: 'guard',
      trades: [],
      found: { sharesMicros: 1n, costMicros: null, blockNumber: 1n },
    } as const;
    const seen = { priceMicros: 300_000n, atMs: NOW_MS, soldMicros: 0n };
    expect(floorOf(aPosition({ state: 'holding', ...unknown, lastBid: seen }), null, DUE_AT_MS)).toBe(240_000n);
    expect(floorOf(aPosition({ state: 'holding', ...unknown }), null, DUE_AT_MS)).toBe(400_000n);
  });

  it('falls with the time that is left, and with attempts without a buyer', () => {
    expect(floorOf(holding, book, ENDS_AT_MS - 90_000)).toBe(550_000n);
    expect(floorOf(aPosition({ state: 'exiting', noBuyerCount: 2 }), book, DUE_AT_MS)).toBe(550_000n);
    expect(floorOf(aPosition({ state: 'exiting', noBuyerCount: 1 }), book, DUE_AT_MS)).toBe(580_000n);
  });

  const fired = (rule: 'stop-loss' | 'take-profit', priceMicros: bigint) =>
    aPosition({ state: 'holding', firedRule: { rule, priceMicros, levelMicros: priceMicros, atMs: NOW_MS } });

  it('is five ticks below after a stop, which a take-profit is not', () => {
    expect(floorOf(fired('stop-loss', 590_000n), book, NOW_MS + 500)).toBe(550_000n);
    expect(floorOf(fired('take-profit', 590_000n), book, NOW_MS + 500)).toBe(580_000n);
  });

  const withdrawn = bookOf('0.45', '0.60');

  it.each<[string, number, OrderBook | null, bigint]>([
    ['stands for bids that are withdrawn', NOW_MS + 7_999, withdrawn, 490_000n],
    ['stands for eight seconds', NOW_MS + 8_000, withdrawn, 400_000n],
    ['counts for nothing beside a narrow book', NOW_MS + 500, bookOf('0.50', '0.60'), 450_000n],
    ['stands where nothing is offered', NOW_MS + 500, bookOf('0.75', null), 700_000n],
    ['counts for nothing without a bid', NOW_MS + 500, bookOf(null, '0.60'), 320_000n],
  ])('after a stop: the price of the looks %s', (_, atMs, seen, floorMicros) => {
    expect(floorOf(fired('stop-loss', 590_000n), seen, atMs)).toBe(floorMicros);
  });

  it('after a stop is never below a tick', () => {
    expect(floorOf(fired('stop-loss', 50_000n), bookOf('0.02', '0.30'), NOW_MS + 500)).toBe(10_000n);
  });

  it('is no lower than the request asks for, up to its own end, in whole ticks', () => {
    const exitRequest = { atMs: NOW_MS, minPriceMicros: 595_000n };
    const asked = aPosition({ state: 'exiting', exitRequest, policy });
    expect(floorOf(asked, book, NOW_MS)).toBe(600_000n);
    expect(floorOf(asked, null, NOW_MS)).toBe(600_000n);
    expect(floorOf(asked, bookOf('0.60', '0.61', { tickMicros: 1_000n }), NOW_MS)).toBe(595_000n);
    expect(floorOf(asked, book, DUE_AT_MS)).toBe(580_000n);
    const low = { ...asked, exitRequest: { ...exitRequest, minPriceMicros: 100_000n } };
    expect(floorOf(low, book, NOW_MS)).toBe(580_000n);
  });

  it('of an exit time that was given falls towards the end of its lead', () => {
    const given = aPosition({ state: 'holding', givenExitAtMs: NOW_MS - 100_000, trades: [aBuyTrade()] });
    expect(floorOf(given, book, NOW_MS)).toBe(500_000n);
  });
});
