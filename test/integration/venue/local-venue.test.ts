import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { HttpFault, LocalVenue } from '#infra/shared/local-venue.ts';
import type { LocalVenueOptions } from '#infra/venue/start-local-venue.ts';
import { startLocalVenue } from '#infra/venue/start-local-venue.ts';
import { createBinanceCandles } from '#lib/adapters/binance/binance-candles.ts';
import { createBinanceReferencePrice } from '#lib/adapters/binance/binance-reference-price.ts';
import { createPolymarketMarketData } from '#lib/adapters/polymarket/market-data/polymarket-market-data.ts';
import { marketSlug } from '#lib/domain/market/up-down-markets.ts';
import { InvalidInputError, UnexpectedReplyError, UpstreamUnavailableError } from '#lib/errors/errors.ts';
import { aRecordingText } from '#test/factories/a-recording.ts';
import { tradable } from '#test/fixtures/tradable-market.ts';

describe('startLocalVenue', () => {
  let folder: string;
  let running: LocalVenue[];
  const start = async (options: LocalVenueOptions = {}): Promise<LocalVenue> => {
    const venue = await startLocalVenue({ seed: 'local', ...options });
    running.push(venue);
    return venue;
  };
  const read = async (url: string): Promise<{ status: number; body: unknown }> => {
    const response = await fetch(url);
    return { status: response.status, body: await response.json() };
  };
  const marketDataOf = (venue: LocalVenue) =>
    createPolymarketMarketData({ clock: { nowMs: Date.now }, clobHost: venue.clobHost, gammaHost: venue.gammaHost });

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'tminus-venue-'));
    running = [];
  });
  afterEach(async () => {
    await Promise.all(running.map((venue) => venue.stop()));
    rmSync(folder, { recursive: true, force: true });
  });

  it('serves a market in Gamma’s format', async () => {
    // Prices change every second, so both reads must be at the same moment.
    const nowMs = Date.now();
    const venue = await start({ nowMs: () => nowMs });
    const slug = marketSlug('BTC', '5m', nowMs);
    const startsAtMs = Number(slug.split('-').at(-1)) * 1_000;
    const { status, body } = await read(`${venue.gammaHost}/markets/slug/${slug}`);
    expect(status).toBe(200);
    expect(body).toMatchObject({
      slug,
      outcomes: '["Up","Down"]',
      clobTokenIds: expect.stringMatching(/^\["\d+","\d+"\]$/),
      eventStartTime: new Date(startsAtMs).toISOString(),
      endDate: new Date(startsAtMs + 300_000).toISOString(),
      startDate: new Date(startsAtMs - 86_400_000).toISOString(),
      feeSchedule: { rate: 0.07, exponent: 1, takerOnly: true, rebateRate: 0.2 },
      orderPriceMinTickSize: 0.01,
      orderMinSize: 5,
    });
    expect((await read(`${venue.gammaHost}/markets?slug=${slug}`)).body).toEqual([body]);
    expect((await read(`${venue.gammaHost}/markets?slug=none`)).body).toEqual([]);
    expect(await read(`${venue.gammaHost}/markets/slug/none`)).toMatchObject({
      status: 404,
      body: { error: 'slug not found' },
    });
  });

  it('serves terms, books and time in the CLOB’s format, worst prices first', async () => {
    const venue = await start();
    const endsAtMs = Date.now() + 60_000;
    const tokenMidAt = { outcome: 'UP', priceMicros: 500_000n, atMs: endsAtMs - 61_000 } as const;
    const slug = venue.addMarket({ asset: 'BTC', window: '5m', endsAtMs, startsAtMs: endsAtMs - 120_000, tokenMidAt });
    const market = tradable(await marketDataOf(venue).findMarket(slug));
    const up = market.tokenIds.UP;
    expect((await read(`${venue.clobHost}/clob-markets/${market.conditionId}`)).body).toMatchObject({
      c: market.conditionId,
      t: [
        { t: up, o: 'Up' },
        { t: market.tokenIds.DOWN, o: 'Down' },
      ],
      mts: 0.01,
      mos: 5,
      nr: false,
      fd: { r: 0.07, e: 1, to: true },
      ao: true,
      itode: true,
    });
    const { body } = await read(`${venue.clobHost}/book?token_id=${up}`);
    const book = body as { bids: { price: string }[]; asks: { price: string }[] };
    expect(book).toMatchObject({ asset_id: up, tick_size: '0.01', min_order_size: '5', neg_risk: false });
    const prices = (levels: { price: string }[]): number[] => levels.map(({ price }) => Number(price));
    expect(prices(book.bids)).toEqual(prices(book.bids).sort((a, b) => a - b));
    expect(prices(book.asks)).toEqual(prices(book.asks).sort((a, b) => b - a));
    expect((await read(`${venue.clobHost}/time`)).body).toBeGreaterThan(1_700_000_000);
  });

  it('answers 404 with the venue’s text for an unknown market or token', async () => {
    const venue = await start();
    expect(await read(`${venue.clobHost}/book?token_id=1`)).toEqual({
      status: 404,
      body: { error: 'No orderbook exists for the requested token id' },
    });
    expect(await read(`${venue.clobHost}/clob-markets/0x1`)).toEqual({
      status: 404,
      body: { error: 'market not found' },
    });
    expect((await read(`${venue.clobHost}/book?token_id=abc`)).status).toBe(400);
  });

  it('shows the winner’s price as one once the market is resolved', async () => {
    const venue = await start();
    const endsAtMs = Date.now() - 60_000;
    const slug = venue.addMarket({ asset: 'ETH', window: '5m', endsAtMs });
    const { body } = await read(`${venue.gammaHost}/markets/slug/${slug}`);
    const { closed, outcomePrices } = body as { closed: boolean; outcomePrices: string };
    expect(closed).toBe(true);
    expect(['["1","0"]', '["0","1"]']).toContain(outcomePrices);
  });

  it('serves the underlying’s price as Binance does', async () => {
    const venue = await start();
    const price = createBinanceReferencePrice({ clock: { nowMs: Date.now }, binanceHost: venue.binanceHost });
    expect(await price.findPriceMicros('BTC', Date.now() + 5_000)).toBeGreaterThan(80_000_000_000n);
    expect(await price.findPriceMicros('ETH', Date.now() + 5_000)).toBeGreaterThan(2_000_000_000n);
    expect((await read(`${venue.binanceHost}/api/v3/ticker/price?symbol=HYPEUSDT`)).status).toBe(400);
  });

  it('serves the underlying’s past prices as Binance does', async () => {
    const venue = await start();
    const candles = createBinanceCandles({ clock: { nowMs: Date.now }, binanceHost: venue.binanceHost });
    const endsAtMs = Math.floor(Date.now() / 1_000) * 1_000;
    const deadlineAtMs = Date.now() + 60_000;
    const seconds = await candles.listUnderlying('BTC', { startsAtMs: endsAtMs - 60_000, endsAtMs }, deadlineAtMs);
    expect(seconds.map(({ atMs }) => atMs)).toEqual(
      Array.from({ length: 61 }, (_, index) => endsAtMs - 60_000 + index * 1_000 + 999),
    );
    const day = await candles.listUnderlying('BTC', { startsAtMs: endsAtMs - 86_400_000, endsAtMs }, deadlineAtMs);
    expect(day.length).toBeGreaterThanOrEqual(288);
    expect(day.every(({ priceMicros }) => priceMicros > 50_000_000_000n)).toBe(true);
    expect(await candles.listUnderlying('HYPE', { startsAtMs: 0, endsAtMs }, deadlineAtMs)).toEqual([]);
    expect((await read(`${venue.binanceHost}/api/v3/klines?symbol=BTCUSDT&interval=7s`)).status).toBe(400);
  });

  it('lists the same markets, added ones too, after a restart', async () => {
    const stateFile = join(folder, 'state', 'markets.json');
    const before = await start({ stateFile });
    const nowMs = Date.now();
    const tokenMidAt = { outcome: 'UP', priceMicros: 650_000n, atMs: nowMs } as const;
    const slug = before.addMarket({
      asset: 'BTC',
      window: '5m',
      startsAtMs: nowMs - 9_000,
      endsAtMs: nowMs + 99_000,
      tokenMidAt,
    });
    const regular = marketSlug('ETH', '15m', nowMs);
    const known = [await marketDataOf(before).findMarket(slug), await marketDataOf(before).findMarket(regular)];
    await before.stop();

    const after = await start({ stateFile });
    const tokenId = tradable(known[0]).tokenIds.UP;
    expect(await marketDataOf(after).findBook(tokenId, Date.now() + 5_000)).toBeDefined();
    expect([await marketDataOf(after).findMarket(slug), await marketDataOf(after).findMarket(regular)]).toEqual(known);
    expect(readdirSync(join(folder, 'state'))).toEqual(['markets.json']);
    expect(JSON.parse(readFileSync(stateFile, 'utf8'))).toMatchObject({ v: 1, markets: [{ slug }] });
  });

  it('gives markets that are added for the same second different slugs', async () => {
    const venue = await start();
    const endsAtMs = Date.now() + 60_000;
    const slugs = Array.from({ length: 50 }, () => venue.addMarket({ asset: 'BTC', window: '5m', endsAtMs }));
    expect(new Set(slugs).size).toBe(50);
    expect(await marketDataOf(venue).findMarket(slugs[49] ?? '')).toMatchObject({ endsAtMs });
  });

  it('plays recordings with their own timing, for either asset', async () => {
    writeFileSync(join(folder, 'btc-updown-5m-1776081600.jsonl.gz'), gzipSync(aRecordingText()));
    const venue = await start({ recordingsFolder: folder });
    const slug = venue.addMarket({ asset: 'ETH', window: '5m', endsAtMs: Date.now() + 100_000 });
    const market = tradable(await marketDataOf(venue).findMarket(slug));
    const book = await marketDataOf(venue).findBook(market.tokenIds.UP, Date.now() + 5_000);
    expect(book?.atMs).toBe(market.endsAtMs - 120_000);
    expect(book?.bids[0]).toEqual({ priceMicros: 640_000n, sharesMicros: 30_000_000n });
  });

  it('does not start with an invalid recording or state file, and names it', async () => {
    writeFileSync(join(folder, 'a.jsonl.gz'), gzipSync(aRecordingText()).subarray(0, 99));
    await expect(start({ recordingsFolder: folder })).rejects.toThrow('Recording a.jsonl.gz');
    const stateFile = join(folder, 'markets.json');
    writeFileSync(stateFile, '{"v":1,"markets":[{"slug":7}]}');
    await expect(start({ stateFile })).rejects.toThrow(InvalidInputError);
    writeFileSync(stateFile, '{"v":1,');
    await expect(start({ stateFile })).rejects.toThrow('delete it');
  });

  it.each<[HttpFault['kind'], number | undefined, new (message: string) => Error]>([
    ['html', undefined, UnexpectedReplyError],
    ['garbage', undefined, UnexpectedReplyError],
    ['empty', undefined, UnexpectedReplyError],
    ['half-body', undefined, UpstreamUnavailableError],
    ['hang', undefined, UpstreamUnavailableError],
    ['status', 500, UpstreamUnavailableError],
    ['status', 425, UpstreamUnavailableError],
    ['status', 429, UpstreamUnavailableError],
    ['status', 401, UnexpectedReplyError],
  ])('misbehaves as told: %s %s', async (kind, status, expected) => {
    const venue = await start();
    const market = tradable(await marketDataOf(venue).findMarket(marketSlug('BTC', '5m', Date.now())));
    venue.setFault({ path: '/book', kind, ...(status === undefined ? {} : { status }) });
    const readBook = (waitMs: number) => marketDataOf(venue).findBook(market.tokenIds.UP, Date.now() + waitMs);
    await expect(readBook(kind === 'hang' ? 150 : 10_000)).rejects.toThrow(expected);
    venue.clearFaults();
    await expect(marketDataOf(venue).findMarket(market.slug)).resolves.toBeDefined();
  });

  it('breaks only the given number of answers, and the reader recovers', async () => {
    const venue = await start();
    venue.setFault({ path: '/markets/slug', kind: 'half-body', count: 1 });
    expect(await marketDataOf(venue).findMarket(marketSlug('BTC', '5m', Date.now()))).toBeDefined();
  });
});
