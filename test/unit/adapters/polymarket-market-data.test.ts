import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createBinanceCandles } from '#lib/adapters/binance/binance-candles.ts';
import { createBinanceReferencePrice } from '#lib/adapters/binance/binance-reference-price.ts';
import { createPolymarketMarketData } from '#lib/adapters/polymarket/market-data/polymarket-market-data.ts';
import { parseMicros } from '#lib/domain/market/money.ts';
import { TminusError, UnexpectedReplyError, UpstreamUnavailableError } from '#lib/errors/errors.ts';
import { V2_CONDITION_ID, V2_UP_ID } from '#test/factories/a-market.ts';
import type { CannedAnswer, CannedServer } from '#test/fixtures/canned-server.ts';
import { startCannedServer } from '#test/fixtures/canned-server.ts';
import {
  CLOB_BOOK,
  CLOB_MARKET,
  GAMMA_MARKET,
  SLUG,
  UP_TOKEN,
  V2_CLOB_MARKET,
  V2_GAMMA_MARKET,
} from '#test/fixtures/polymarket-replies.ts';

let server: CannedServer;
beforeAll(async () => {
  server = await startCannedServer();
});
afterAll(async () => {
  await server.stop();
});
beforeEach(() => {
  server.requests.length = 0;
});

const clock = { nowMs: Date.now };
const marketData = () => createPolymarketMarketData({ clock, clobHost: server.host, gammaHost: server.host });
const soonMs = (): number => Date.now() + 10_000;
const json = (value: unknown, status = 200): CannedAnswer => ({ status, body: JSON.stringify(value) });
const NO_BOOK = json({ error: 'No orderbook exists for the requested token id' }, 404);

describe('createPolymarketMarketData', () => {
  it('asks Gamma for the market and the CLOB for its terms', async () => {
    server.answer((url) => json(url.startsWith('/markets/slug/') ? GAMMA_MARKET : CLOB_MARKET));
    expect(await marketData().findMarket(SLUG)).toMatchObject({ slug: SLUG, feeRateMicros: 70_000n });
    expect(server.requests).toEqual([`/markets/slug/${SLUG}`, `/clob-markets/${GAMMA_MARKET.conditionId}`]);
  });

  it('names the condition of version 2 to the CLOB by 32 bytes', async () => {
    const gamma = { ...GAMMA_MARKET, ...V2_GAMMA_MARKET };
    const clob = { ...CLOB_MARKET, ...V2_CLOB_MARKET };
    server.answer((url) => json(url.startsWith('/markets/slug/') ? gamma : clob));
    expect(await marketData().findMarket(SLUG)).toMatchObject({ version: 'v2', acceptingOrders: true });
    expect(server.requests).toEqual([`/markets/slug/${SLUG}`, `/clob-markets/${V2_CONDITION_ID}00`]);
  });

  it('does not ask the CLOB about a market that cannot be traded', async () => {
    server.answer(() => json({ ...GAMMA_MARKET, version: 'v3' }));
    const refusal = { code: 'market-version-unsupported', message: expect.stringMatching(/"v3"/) };
    expect(await marketData().findMarket(SLUG)).toEqual({ slug: SLUG, refusal });
    expect(server.requests).toEqual([`/markets/slug/${SLUG}`]);
  });

  it('takes a book of the token’s version only, where the book names one', async () => {
    const bookOf = (tokenId: string, version: unknown) => {
      server.answer(() => json({ ...CLOB_BOOK, asset_id: tokenId, version }));
      return marketData().findBook(tokenId, soonMs());
    };
    for (const version of ['v2', undefined, 2])
      expect(await bookOf(V2_UP_ID, version)).toMatchObject({ tokenId: V2_UP_ID });
    for (const version of ['v1', undefined, 2])
      expect(await bookOf(UP_TOKEN, version)).toMatchObject({ tokenId: UP_TOKEN });
    await expect(bookOf(V2_UP_ID, 'v1')).rejects.toThrow(UnexpectedReplyError);
    await expect(bookOf(UP_TOKEN, 'v2')).rejects.toThrow(UnexpectedReplyError);
  });

  it('requests nothing that is not a slug', async () => {
    expect(await marketData().findMarket('../secrets?x=1')).toBeUndefined();
    expect(server.requests).toEqual([]);
  });

  it('sorts both sides best first and drops empty levels, in whatever order they come', async () => {
    const bids = [...CLOB_BOOK.bids, { price: '0.63', size: '0' }];
    server.answer(() => json({ ...CLOB_BOOK, bids }));
    expect(await marketData().findBook(UP_TOKEN, soonMs())).toEqual({
      tokenId: UP_TOKEN,
      tickMicros: 10_000n,
      atMs: 1_773_307_381_250,
      bids: [
        { priceMicros: 640_000n, sharesMicros: 41_270_000n },
        { priceMicros: 620_000n, sharesMicros: 310_500_000n },
      ],
      asks: [
        { priceMicros: 650_000n, sharesMicros: 120_004_000n },
        { priceMicros: 670_000n, sharesMicros: 88_000_000n },
      ],
    });
  });

  it('accepts numbers, missing extras and an empty book', async () => {
    const book = {
      asset_id: UP_TOKEN,
      timestamp: 1_773_307_381_250,
      bids: [],
      asks: [{ price: 0.1, size: 30.1 }],
      tick_size: 0.01,
    };
    server.answer(() => json(book));
    const found = await marketData().findBook(UP_TOKEN, soonMs());
    expect(found?.bids).toEqual([]);
    expect(found?.asks).toEqual([{ priceMicros: 100_000n, sharesMicros: 30_100_000n }]);
  });

  it('leaves out levels at which nothing trades', async () => {
    const level = (price: string) => ({ price, size: '5' });
    const bids = [level('0'), level('0.48')];
    server.answer(() => json({ ...CLOB_BOOK, bids, asks: [level('0.52'), level('1')] }));
    const book = await marketData().findBook(UP_TOKEN, soonMs());
    expect(book?.bids.map(({ priceMicros }) => priceMicros)).toEqual([480_000n]);
    expect(book?.asks.map(({ priceMicros }) => priceMicros)).toEqual([520_000n]);
  });

  it('accepts a book without one side, time and tick', async () => {
    const beforeMs = Date.now();
    server.answer(() => json({ bids: [{ price: '0.62', size: '5' }] }));
    const found = await marketData().findBook(UP_TOKEN, soonMs());
    expect(found).toMatchObject({ tokenId: UP_TOKEN, asks: [], tickMicros: 10_000n });
    expect(found!.bids).toEqual([{ priceMicros: 620_000n, sharesMicros: 5_000_000n }]);
    expect(found!.atMs).toBeGreaterThanOrEqual(beforeMs);
  });

  it.each([
    ['0.62', 10_000n],
    ['0.625', 1_000n],
    ['0.6225', 100n],
  ])('derives a missing tick from the prices: %s', async (price, tickMicros) => {
    server.answer(() =>
      json({ asset_id: UP_TOKEN, timestamp: '1773307381', bids: [{ price, size: '5' }], asks: null }),
    );
    expect(await marketData().findBook(UP_TOKEN, soonMs())).toMatchObject({ tickMicros, atMs: 1_773_307_381_000 });
  });

  it.each(['2026-03-12T09:23:01.250Z', '1773307381250', 1_773_307_381_250, '1773307381250000'])(
    'reads the time of a book written as %s',
    async (timestamp) => {
      server.answer(() => json({ ...CLOB_BOOK, timestamp }));
      expect(await marketData().findBook(UP_TOKEN, soonMs())).toMatchObject({ atMs: 1_773_307_381_250 });
    },
  );

  it('keeps the prices when time or tick cannot be read', async () => {
    const bids = [{ price: '.62', size: '.5' }];
    server.answer(() => json({ ...CLOB_BOOK, bids, timestamp: 'now', tick_size: '' }));
    const found = await marketData().findBook(UP_TOKEN, soonMs());
    expect(found).toMatchObject({ tickMicros: 10_000n, bids: [{ priceMicros: 620_000n, sharesMicros: 500_000n }] });
  });

  it('reads the list for a market without an address of its own', async () => {
    server.answer((url) => {
      if (url.startsWith('/markets/slug/')) return { status: 404, body: '<html>no such page</html>' };
      return json(url.startsWith('/markets?') ? [{ slug: 'other' }, GAMMA_MARKET] : CLOB_MARKET);
    });
    expect(await marketData().findMarket(SLUG)).toMatchObject({ slug: SLUG, feeRateMicros: 70_000n });
    expect(server.requests.slice(0, 2)).toEqual([`/markets/slug/${SLUG}`, `/markets?slug=${SLUG}`]);
  });

  it.each<[string, CannedAnswer]>([
    ['an empty list', json([])],
    ['its own 404', json({ error: 'slug not found' }, 404)],
  ])('finds no market when the list answers with %s', async (_what, answer) => {
    server.answer((url) => (url.startsWith('/markets/slug/') ? json({ error: 'slug not found' }, 404) : answer));
    expect(await marketData().findMarket(SLUG)).toBeUndefined();
    // Lists without `closed` hold open markets only.
    expect(server.requests).toEqual([
      `/markets/slug/${SLUG}`,
      `/markets?slug=${SLUG}`,
      `/markets?slug=${SLUG}&closed=true`,
    ]);
  });

  it('finds a closed market in the list only when it asks for closed ones', async () => {
    const closed = { ...GAMMA_MARKET, closed: true };
    server.answer((url) => {
      if (url.startsWith('/markets/slug/')) return json({ error: 'slug not found' }, 404);
      if (url.startsWith('/markets?')) return json(url.includes('closed=true') ? [closed] : []);
      return json(CLOB_MARKET);
    });
    expect(await marketData().findMarket(SLUG)).toMatchObject({ slug: SLUG, closed: true });
  });

  it.each<[string, CannedAnswer]>([
    ['410', { status: 410, body: 'Gone' }],
    ['410 in JSON', json({ error: 'use /markets/keyset' }, 410)],
    ['a page with 404', { status: 404, body: '<html>no such page</html>' }],
    ['405', { status: 405, body: '' }],
    ['a redirect elsewhere', { status: 301, body: '', headers: { location: 'https://docs.polymarket.com/' } }],
  ])('reads the keyset list, a page with a cursor, when the older routes answer with %s', async (_what, gone) => {
    for (const name of ['markets', 'data']) {
      server.answer((url) => {
        if (url.startsWith('/markets/keyset'))
          return json({ [name]: [{ slug: 'other' }, GAMMA_MARKET], next_cursor: 'abc' });
        return url.startsWith('/markets') ? gone : json(CLOB_MARKET);
      });
      expect(await marketData().findMarket(SLUG)).toMatchObject({ slug: SLUG, feeRateMicros: 70_000n });
    }
    server.answer((url) => (url.startsWith('/markets/keyset') ? json({ markets: [], next_cursor: null }) : gone));
    expect(await marketData().findMarket(SLUG)).toBeUndefined();
  });

  it('says in a sentence that no known address of Gamma answers', async () => {
    server.answer(() => ({ status: 410, body: 'Gone' }));
    await expect(marketData().findMarket(SLUG)).rejects.toThrow(/^Gamma answers under none of the addresses/);
  });

  describe('findInSeries', () => {
    const SPAN = { startsAtMs: Date.parse('2026-11-01T06:00:00Z'), endsAtMs: Date.parse('2026-11-01T07:00:00Z') };
    const row = (slug: string, startsAtMs: number) => ({
      slug,
      eventStartTime: new Date(startsAtMs).toISOString(),
      endDate: new Date(startsAtMs + 3_600_000).toISOString(),
    });
    const EVENTS = [
      { markets: [row('first-hour', SPAN.startsAtMs - 3_600_000)] },
      { markets: [{ slug: 'no-times' }, row('second-hour', SPAN.startsAtMs)] },
      'nonsense',
    ];
    const find = () => marketData().findInSeries('btc-up-or-down-hourly', SPAN);

    it('finds the market with the window’s times, in the keyset list', async () => {
      server.answer(() => json({ events: EVENTS, next_cursor: 'abc' }));
      expect(await find()).toBe('second-hour');
      expect(server.requests).toHaveLength(1);
      expect(server.requests[0]).toMatch(/^\/events\/keyset\?series_slug=btc-up-or-down-hourly&closed=false&/);
    });

    it('reads the older list on a server without the new one', async () => {
      server.answer((url) => (url.startsWith('/events/keyset') ? { status: 404, body: '' } : json(EVENTS)));
      expect(await find()).toBe('second-hour');
    });

    it('finds nothing where nothing is listed, or nothing can be read', async () => {
      server.answer(() => json([]));
      expect(await find()).toBeUndefined();
      server.answer(() => ({ status: 500, body: '' }));
      expect(await find()).toBeUndefined();
    });
  });

  it('does not conclude from two foreign 404s that there is no market', async () => {
    server.answer(() => ({ status: 404, body: '<html>no such page</html>' }));
    await expect(marketData().findMarket(SLUG)).rejects.toThrow(UnexpectedReplyError);
  });

  it('follows redirects within the same server, with the same method and headers', async () => {
    server.answer((url) => {
      if (url.startsWith('/markets/slug/')) return { status: 307, body: '', headers: { location: '/moved' } };
      return json(url === '/moved' ? [GAMMA_MARKET] : CLOB_MARKET);
    });
    expect(await marketData().findMarket(SLUG)).toMatchObject({ slug: SLUG });
  });

  it('limits the number of redirects', async () => {
    server.answer(() => ({ status: 301, body: '', headers: { location: '/book' } }));
    await expect(marketData().findBook(UP_TOKEN, soonMs())).rejects.toThrow(/redirects/);
    // Two tries of one request and three redirects each.
    expect(server.requests).toHaveLength(8);
  });

  it('takes the venue’s own 404 for "no book", after one request', async () => {
    server.answer(() => NO_BOOK);
    expect(await marketData().findBook(UP_TOKEN, soonMs())).toBeUndefined();
    expect(server.requests).toHaveLength(1);
  });

  it('does not conclude from a foreign 404 that there is no book', async () => {
    server.answer(() => ({ status: 404, body: '<html>no such page</html>' }));
    await expect(marketData().findBook(UP_TOKEN, soonMs())).rejects.toThrow(UnexpectedReplyError);
  });

  it('reads once more after a failure, and not more often', async () => {
    server.answer(() => (server.requests.length === 1 ? { status: 502, body: 'bad gateway' } : json(CLOB_BOOK)));
    expect(await marketData().findBook(UP_TOKEN, soonMs())).toBeDefined();
    expect(server.requests).toHaveLength(2);

    server.answer(() => ({ status: 502, body: 'bad gateway' }));
    await expect(marketData().findBook(UP_TOKEN, soonMs())).rejects.toThrow(UpstreamUnavailableError);
    expect(server.requests).toHaveLength(4);
  });

  it('does not ask at all when the time is up', async () => {
    await expect(marketData().findBook(UP_TOKEN, Date.now() - 1)).rejects.toThrow(UpstreamUnavailableError);
    expect(server.requests).toEqual([]);
  });

  it('maps status 429 to an unavailable upstream and does not repeat the request', async () => {
    server.answer(() => ({ ...json({ error: 'Too Many Requests' }, 429), headers: { 'retry-after': '2' } }));
    await expect(marketData().findBook(UP_TOKEN, soonMs())).rejects.toMatchObject({
      name: 'UpstreamUnavailableError',
      context: { retryAfterMs: 2_000 },
    });
    expect(server.requests).toHaveLength(1);
  });

  it.each([
    ['locked', '0.6'],
    ['crossed', '0.55'],
  ])('returns a %s book as it is: its reader judges it', async (_what, price) => {
    server.answer(() => json({ ...CLOB_BOOK, bids: [{ price: '0.6', size: '1' }], asks: [{ price, size: '1' }] }));
    await expect(marketData().findBook(UP_TOKEN, soonMs())).resolves.toMatchObject({
      bids: [{ priceMicros: 600_000n }],
      asks: [{ priceMicros: parseMicros(price) }],
    });
  });

  it.each<[string, CannedAnswer]>([
    ['a proxy’s page', { body: `<!doctype html>${'x'.repeat(5_000)}` }],
    ['nothing', { body: '' }],
    ['a refusal as a success', json({ error: 'No orderbook exists for the requested token id' })],
    ['an empty object', json({})],
    ['another token’s book', json({ ...CLOB_BOOK, asset_id: '7' })],
    ['a price above one', json({ ...CLOB_BOOK, bids: [{ price: '1.2', size: '1' }] })],
    ['a size that is negative', json({ ...CLOB_BOOK, bids: [{ price: '0.2', size: '-1' }] })],
    ['a redirect', { status: 302, body: '', headers: { location: 'http://127.0.0.1:1/' } }],
    ['a refusal', json({ error: 'Invalid token id' }, 400)],
    ['an oversized answer', { body: `[${'0,'.repeat(1_500_000)}0]` }],
  ])('maps %s to an unexpected reply and quotes little of it', async (_what, answer) => {
    server.answer(() => answer);
    const error = await marketData()
      .findBook(UP_TOKEN, soonMs())
      .catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(UnexpectedReplyError);
    if (!(error instanceof TminusError)) throw new Error('not one of ours');
    for (const value of Object.values(error.context)) expect(String(value).length).toBeLessThanOrEqual(500);
    expect(String(error.context.start ?? '').length).toBeLessThanOrEqual(200);
  });

  it('throws only documented errors, whatever JSON comes back', async () => {
    const books = mutationsOf(CLOB_BOOK);
    const markets = mutationsOf(GAMMA_MARKET);
    const terms = mutationsOf(CLOB_MARKET);
    await fc.assert(
      fc.asyncProperty(books, markets, terms, async (book, market, clobMarket) => {
        server.answer((url) => json(url.startsWith('/book') ? book : url.startsWith('/markets') ? market : clobMarket));
        const reads = [marketData().findBook(UP_TOKEN, soonMs()), marketData().findMarket(SLUG)];
        for (const read of await Promise.allSettled(reads)) {
          if (read.status === 'rejected') expect(read.reason).toBeInstanceOf(UnexpectedReplyError);
        }
      }),
      { numRuns: 150 },
    );
  });
});

/** Any JSON at all, or the documented answer with one field replaced by any JSON. */
function mutationsOf(reply: Readonly<Record<string, unknown>>): fc.Arbitrary<unknown> {
  const odd = fc.oneof(
    fc.jsonValue({ maxDepth: 3 }),
    fc.double().map(String),
    fc.constantFrom('', '1e-7', '[]', '["Up"]', 1e300),
  );
  const mutated = fc
    .tuple(fc.constantFrom(...Object.keys(reply)), odd)
    .map(([key, value]) => ({ ...reply, [key]: value }));
  return fc.oneof({ weight: 1, arbitrary: fc.jsonValue() }, { weight: 4, arbitrary: mutated });
}

const NOW_MS_OF_BAN = 1_790_000_000_000;

describe('createBinanceReferencePrice', () => {
  const price = () => createBinanceReferencePrice({ clock, binanceHost: server.host });

  it.each([
    ['a 429 with a wait', 429, { 'retry-after': '7' }, '{}', 7_000],
    ['a ban until a time', 418, {}, `{"code":-1003,"msg":"IP banned until ${NOW_MS_OF_BAN + 9_000}."}`, 9_000],
    ['a 418 without a time', 418, {}, '', 60_000],
  ])('leaves Binance alone after %s', async (_how, status, headers, body, restMs) => {
    let nowMs = NOW_MS_OF_BAN;
    const limited = createBinanceReferencePrice({ clock: { nowMs: () => nowMs }, binanceHost: server.host });
    server.answer(() => ({ status, headers: { date: new Date(nowMs).toUTCString(), ...headers }, body }));
    expect(await limited.findPriceMicros('BTC', nowMs + 5_000)).toBeNull();
    server.answer(() => json({ symbol: 'BTCUSDT', price: '61035.86' }));
    nowMs += restMs - 1;
    expect(await limited.findPriceMicros('BTC', nowMs + 5_000)).toBeNull();
    nowMs += 1;
    expect(await limited.findPriceMicros('BTC', nowMs + 5_000)).toBe(61_035_860_000n);
  });

  it('reads a price that is a number', async () => {
    server.answer(() => json({ price: 61035.86, symbol: 'BTCUSDT' }));
    expect(await price().findPriceMicros('BTC', soonMs())).toBe(61_035_860_000n);
  });

  it('reads the ticker of the asset', async () => {
    server.answer(() => json({ symbol: 'BTCUSDT', price: '61035.86123456' }));
    expect(await price().findPriceMicros('BTC', soonMs())).toBe(61_035_861_234n);
    expect(server.requests).toEqual(['/api/v3/ticker/price?symbol=BTCUSDT']);
  });

  it.each<[string, CannedAnswer]>([
    ['another symbol', json({ symbol: 'ETHUSDT', price: '3000.00000000' })],
    ['no price', json({ symbol: 'BTCUSDT' })],
    ['a price of nothing', json({ symbol: 'BTCUSDT', price: '0.00000000' })],
    ['a word', json({ symbol: 'BTCUSDT', price: 'NaN' })],
    ['a refusal', json({ code: -1121, msg: 'Invalid symbol.' }, 400)],
    ['a legal notice', { status: 451, body: 'unavailable' }],
    ['a failure', { status: 500, body: '' }],
    ['a page', { body: '<html>' }],
    ['too many requests', { status: 429, body: '' }],
  ])('returns no price when the answer is %s', async (_what, answer) => {
    server.answer(() => answer);
    expect(await price().findPriceMicros('BTC', soonMs())).toBeNull();
  });

  it('returns no price after the deadline or without a server', async () => {
    expect(await price().findPriceMicros('BTC', Date.now() - 1)).toBeNull();
    const nobody = createBinanceReferencePrice({ clock, binanceHost: 'http://127.0.0.1:1' });
    expect(await nobody.findPriceMicros('ETH', soonMs())).toBeNull();
  });
});

describe('createBinanceCandles', () => {
  const candles = () => createBinanceCandles({ clock, binanceHost: server.host });
  const candle = (opensAtMs: number, close: unknown) => [
    opensAtMs,
    '1',
    '2',
    '0.5',
    close,
    '9',
    opensAtMs + 999,
    '1',
    3,
  ];
  const spanOf = (lengthMs: number) => ({ startsAtMs: 1_000_000, endsAtMs: 1_000_000 + lengthMs });

  it('reads closing prices, at the time at which each candle closed', async () => {
    server.answer(() => json([candle(0, '61035.86000000'), candle(1_000, 61036), candle(2_000, '0.00000000')]));
    expect(await candles().listUnderlying('BTC', spanOf(300_000), soonMs())).toEqual([
      { atMs: 999, priceMicros: 61_035_860_000n },
      { atMs: 1_999, priceMicros: 61_036_000_000n },
    ]);
    const query = 'symbol=BTCUSDT&interval=1s&startTime=1000000&endTime=1300000&limit=1000';
    expect(server.requests).toEqual([`/api/v3/klines?${query}`]);
  });

  it.each([
    [900_000, '1s'],
    [3_600_000, '1m'],
    [90_000_000, '5m'],
    [8_640_000_000_000, '1d'],
  ])('asks for the finest candles that one answer holds: %i ms by %s', async (lengthMs, interval) => {
    server.answer(() => json([]));
    expect(await candles().listUnderlying('ETH', spanOf(lengthMs), soonMs())).toEqual([]);
    expect(server.requests.at(-1)).toContain(`interval=${interval}&`);
  });

  it.each<[string, CannedAnswer]>([
    ['a refusal', json({ code: -1121, msg: 'Invalid symbol.' }, 400)],
    ['a candle without a price', json([candle(0, null)])],
    ['a short candle', json([[0, '1', '2', '0.5', '1']])],
    ['a legal notice', { status: 451, body: 'unavailable' }],
    ['too many requests', { status: 429, body: '' }],
  ])('reports %s', async (_what, answer) => {
    server.answer(() => answer);
    await expect(candles().listUnderlying('BTC', spanOf(300_000), soonMs())).rejects.toThrow(/candles/);
  });
});
