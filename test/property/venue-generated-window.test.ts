import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Outcome } from '#lib/domain/market/market.ts';
import { OUTCOMES } from '#lib/domain/market/market.ts';
import { walkBook } from '#lib/domain/market/walk-book.ts';
import { midMicros, mirrorSides } from '#lib/venue/books/book-sides.ts';
import type { MidPin } from '#lib/venue/books/generated-window.ts';
import { playGeneratedWindow } from '#lib/venue/books/generated-window.ts';
import { listMarket } from '#lib/venue/books/list-market.ts';

const ENDS_AT_MS = 1_773_307_500_000;

function playWindow(seed: string, windowMs: number, tokenMidAt?: MidPin) {
  const market = listMarket({
    seed,
    slug: 'btc-updown-5m-1773307200',
    asset: 'BTC',
    startsAtMs: ENDS_AT_MS - windowMs,
    endsAtMs: ENDS_AT_MS,
  });
  return playGeneratedWindow(tokenMidAt === undefined ? { market, seed } : { market, seed, tokenMidAt });
}

const seeds = fc.string({ maxLength: 12 });
const windows = fc.constantFrom(1_000, 12_000, 30_000, 300_000, 900_000);
const moments = fc.double({ min: -0.1, max: 0.9999, noNaN: true });

describe('playGeneratedWindow', () => {
  it('shows sorted, uncrossed books on the tick, the one token mirroring the other', () => {
    fc.assert(
      fc.property(seeds, windows, moments, (seed, windowMs, moment) => {
        const playing = playWindow(seed, windowMs);
        const atMs = ENDS_AT_MS - windowMs + Math.floor(moment * windowMs);
        const up = playing.bookAt(playing.market.tokenIds.UP, atMs);
        const down = playing.bookAt(playing.market.tokenIds.DOWN, atMs);
        if (up === undefined || down === undefined) throw new Error('no book before the end');
        expect(mirrorSides(up)).toEqual({ bids: down.bids, asks: down.asks });
        const prices = [
          ...up.bids.map((level) => level.priceMicros).reverse(),
          ...up.asks.map((level) => level.priceMicros),
        ];
        prices.forEach((price, index) => {
          expect(price % 10_000n).toBe(0n);
          expect(price > 0n && price < 1_000_000n).toBe(true);
          if (index > 0) expect(price).toBeGreaterThan(prices[index - 1] ?? 0n);
        });
        for (const level of [...up.bids, ...up.asks]) {
          expect(level.sharesMicros).toBeGreaterThan(0n);
          expect(level.sharesMicros % 10_000n).toBe(0n);
        }
        expect(up.atMs).toBeLessThan(ENDS_AT_MS);
      }),
    );
  });

  it('is the same window for the same seed', () => {
    fc.assert(
      fc.property(seeds, moments, (seed, moment) => {
        const atMs = ENDS_AT_MS - 300_000 + Math.floor(moment * 300_000);
        const [one, other] = [playWindow(seed, 300_000), playWindow(seed, 300_000)];
        expect(one.bookAt(one.market.tokenIds.UP, atMs)).toEqual(other.bookAt(other.market.tokenIds.UP, atMs));
        expect(one.winner).toBe(other.winner);
      }),
      { numRuns: 30 },
    );
  });

  it('ends at 0 or 1, on the side of the winner, with the underlying on that side of its start', () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const playing = playWindow(seed, 300_000);
        const atStart = playing.underlyingMicrosAt(ENDS_AT_MS - 300_000);
        const atEnd = playing.underlyingMicrosAt(ENDS_AT_MS + 60_000);
        expect(playing.winner === 'UP' ? atEnd >= atStart : atEnd <= atStart).toBe(true);
        for (const outcome of OUTCOMES) {
          expect(playing.bookAt(playing.market.tokenIds[outcome], ENDS_AT_MS)).toBeUndefined();
        }
      }),
    );
  });

  it('passes through the wanted mid, with depth for 25 dollars, and keeps bids until a fifth is left', () => {
    const pins = fc.constantFrom<[Outcome, bigint]>(
      ['UP', 650_000n],
      ['UP', 440_000n],
      ['DOWN', 550_000n],
      ['DOWN', 300_000n],
    );
    fc.assert(
      fc.property(seeds, pins, fc.constantFrom(20_000, 60_000, 300_000), (seed, [outcome, priceMicros], windowMs) => {
        const entryMs = ENDS_AT_MS - windowMs / 2;
        const playing = playWindow(seed, windowMs, { outcome, priceMicros, atMs: entryMs });
        const tokenId = playing.market.tokenIds[outcome];
        const entryBook = playing.bookAt(tokenId, entryMs);
        if (entryBook === undefined) throw new Error('no book at entry');
        expect(Math.abs(Number(midMicros(entryBook) - priceMicros))).toBeLessThan(25_000);
        const sharesMicros = (25_000_000n * 1_000_000n) / priceMicros;
        const slices = walkBook(entryBook, {
          side: 'BUY',
          orderType: 'GTC',
          sharesMicros,
          limitPriceMicros: priceMicros + 150_000n,
        });
        expect(slices.reduce((sum, slice) => sum + slice.sharesMicros, 0n)).toBe(sharesMicros);
        for (let atMs = entryMs; atMs <= ENDS_AT_MS - windowMs / 5; atMs += windowMs / 50) {
          expect(playing.bookAt(tokenId, atMs)?.bids.length).toBeGreaterThan(0);
        }
      }),
    );
  });
});
