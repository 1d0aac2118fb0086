import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Outcome } from '#lib/domain/market/market.ts';
import { OUTCOMES } from '#lib/domain/market/market.ts';
import { ASSETS, type Asset, marketSlug, WINDOWS, windowAt } from '#lib/domain/market/up-down-markets.ts';
import type { MarketData } from '#lib/ports/venue/market-data.ts';
import { tradable } from '#test/fixtures/tradable-market.ts';

/** A market data adapter and the world behind it, as the suite needs them. */
export type MarketDataUnderTest = {
  readonly marketData: MarketData;
  nowMs(): number;
  /** Lists a market that runs from `startsAtMs` to `endsAtMs`; returns its slug. */
  addMarket(market: {
    readonly asset: Asset;
    readonly window: '5m';
    readonly startsAtMs: number;
    readonly endsAtMs: number;
    readonly tokenMidAt?: { readonly outcome: Outcome; readonly priceMicros: bigint; readonly atMs: number };
  }): string;
  stop(): Promise<void>;
};

/** What every `MarketData` promises, whatever is behind it. */
export function describeMarketDataContract(name: string, create: () => Promise<MarketDataUnderTest>): void {
  describe(`MarketData: ${name}`, () => {
    let subject: MarketDataUnderTest;
    const soonMs = (): number => subject.nowMs() + 5_000;

    beforeAll(async () => {
      subject = await create();
    });
    afterAll(async () => {
      await subject.stop();
    });

    it('finds the running window of each asset and length by its slug', async () => {
      for (const asset of ASSETS) {
        for (const window of WINDOWS) {
          const nowMs = subject.nowMs();
          const slug = marketSlug(asset, window, nowMs);
          expect(await subject.marketData.findMarket(slug)).toMatchObject({ slug, asset, ...windowAt(window, nowMs) });
        }
      }
    });

    it('describes a running market with the terms that all of them have today', async () => {
      const market = tradable(await subject.marketData.findMarket(marketSlug('BTC', '15m', subject.nowMs())));
      expect(market).toMatchObject({
        version: 'v1',
        negRisk: false,
        closed: false,
        tickMicros: 10_000n,
        minOrderSharesMicros: 5_000_000n,
        feeRateMicros: 70_000n,
      });
      expect(market.conditionId).toMatch(/^0x[0-9a-f]{64}$/);
      expect(market.tokenIds.UP).not.toBe(market.tokenIds.DOWN);
    });

    it('knows the next window, and says the same of it each time', async () => {
      const slug = marketSlug('ETH', '5m', subject.nowMs() + 300_000);
      const market = await subject.marketData.findMarket(slug);
      expect(market).toBeDefined();
      expect(await subject.marketData.findMarket(slug)).toEqual(market);
    });

    it.each(['btc-updown-5m-1000000001', 'btc-updown-5m-99999999900', 'ada-updown-5m-1773307200', 'no-such-market'])(
      'knows no market %s',
      async (slug) => {
        expect(await subject.marketData.findMarket(slug)).toBeUndefined();
      },
    );

    it('keeps start and end of a market to the millisecond', async () => {
      const startsAtMs = subject.nowMs() - 60_001;
      const endsAtMs = subject.nowMs() + 61_003;
      const slug = subject.addMarket({ asset: 'BTC', window: '5m', startsAtMs, endsAtMs });
      expect(await subject.marketData.findMarket(slug)).toMatchObject({ startsAtMs, endsAtMs, acceptingOrders: true });
    });

    it('shows both books sorted, uncrossed and as mirror images of each other', async () => {
      const nowMs = subject.nowMs();
      const slug = subject.addMarket({
        asset: 'ETH',
        window: '5m',
        startsAtMs: nowMs - 30_000,
        // So long a window that its mid hardly moves while this test runs, however slow the machine.
        endsAtMs: nowMs + 3_000_000,
        tokenMidAt: { outcome: 'UP', priceMicros: 440_000n, atMs: nowMs },
      });
      const market = tradable(await subject.marketData.findMarket(slug));
      for (const outcome of OUTCOMES) {
        const tokenId = market.tokenIds[outcome];
        const book = await subject.marketData.findBook(tokenId, soonMs());
        if (book === undefined) throw new Error('a running market has a book');
        expect(book.tokenId).toBe(tokenId);
        expect(book.tickMicros).toBe(10_000n);
        expect(book.bids.length).toBeGreaterThan(0);
        expect(book.asks.length).toBeGreaterThan(0);
        const bids = book.bids.map((level) => level.priceMicros);
        const asks = book.asks.map((level) => level.priceMicros);
        expect(bids).toEqual([...bids].sort((a, b) => Number(b - a)));
        expect(asks).toEqual([...asks].sort((a, b) => Number(a - b)));
        expect(Number(bids[0])).toBeLessThan(Number(asks[0]));
        for (const level of [...book.bids, ...book.asks]) expect(level.sharesMicros).toBeGreaterThan(0n);
        expect(Math.abs(Number(bids[0]) - (outcome === 'UP' ? 440_000 : 560_000))).toBeLessThan(120_000);
      }
    });

    it('has no book for a token that nobody issued', async () => {
      expect(await subject.marketData.findBook('123456789', soonMs())).toBeUndefined();
    });

    it('has no book and takes no orders once the market is over, but still lists it', async () => {
      const nowMs = subject.nowMs();
      const slug = subject.addMarket({
        asset: 'BTC',
        window: '5m',
        startsAtMs: nowMs - 60_000,
        endsAtMs: nowMs - 1_000,
      });
      const market = tradable(await subject.marketData.findMarket(slug));
      expect(market).toMatchObject({ acceptingOrders: false, closed: false });
      expect(await subject.marketData.findBook(market.tokenIds.UP, soonMs())).toBeUndefined();
    });

    it('says that a market is closed once it is resolved', async () => {
      const nowMs = subject.nowMs();
      const slug = subject.addMarket({
        asset: 'BTC',
        window: '5m',
        startsAtMs: nowMs - 90_000,
        endsAtMs: nowMs - 60_000,
      });
      expect(await subject.marketData.findMarket(slug)).toMatchObject({ acceptingOrders: false, closed: true });
    });
  });
}
