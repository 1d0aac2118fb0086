import { describe, expect, it } from 'vitest';
import { findBookFlaw } from '#lib/domain/market/book-flaw.ts';
import { playGeneratedWindow } from '#lib/venue/books/generated-window.ts';
import { listMarket } from '#lib/venue/books/list-market.ts';
import { movePrices, type PriceMove } from '#lib/venue/books/moved-market.ts';

const startsAtMs = 1_773_307_800_000;
const market = listMarket({
  seed: 'moves',
  slug: 'btc-updown-5m-1773307800',
  asset: 'BTC',
  startsAtMs,
  endsAtMs: startsAtMs + 300_000,
});
const { UP, DOWN } = market.tokenIds;
const atMs = startsAtMs + 60_000;
const tokenMidAt = { outcome: 'DOWN', priceMicros: 600_000n, atMs } as const;
const plain = playGeneratedWindow({ market, seed: 'moves', tokenMidAt });
const play = (move: PriceMove) => movePrices(plain, [move]);
const bestBid = (playing: typeof plain, tokenId: string, ms: number) => playing.bookAt(tokenId, ms)?.bids[0];

describe('a moved price', () => {
  const levelMicros = 450_000n;

  it('passes every tick on its way within a second, and comes back', () => {
    const move = { kind: 'bid', outcome: 'DOWN', fromMs: atMs, untilMs: atMs + 1_000 } as const;
    const playing = play({ ...move, bidMicros: levelMicros, rampMs: 750 });
    const bids = [0, 250, 500, 750].map((ms) => bestBid(playing, DOWN, atMs + ms)?.priceMicros ?? 0n);
    expect(bids[0]).toBe(bestBid(plain, DOWN, atMs)?.priceMicros);
    expect(bids).toEqual(bids.toSorted((a, b) => Number(b - a)));
    expect(bids[3]).toBe(levelMicros);
    expect(bestBid(playing, DOWN, atMs + 1_000)).toEqual(bestBid(plain, DOWN, atMs + 1_000));
  });

  it('gaps through a level, with a book that shows no flaw and mirrors the other token', () => {
    const move = { kind: 'bid', outcome: 'DOWN', fromMs: atMs, untilMs: atMs + 400 } as const;
    const playing = play({ ...move, bidMicros: 300_000n, rampMs: 0 });
    expect(bestBid(playing, DOWN, atMs - 1)?.priceMicros).toBeGreaterThan(levelMicros);
    const book = playing.bookAt(DOWN, atMs);
    expect(book?.bids[0]?.priceMicros).toBe(300_000n);
    expect(book && findBookFlaw(book, atMs)).toBeNull();
    expect(playing.bookAt(UP, atMs)?.asks[0]?.priceMicros).toBe(700_000n);
  });

  it('makes books that are never older than the one before', () => {
    const move = { kind: 'bid', outcome: 'DOWN', fromMs: atMs + 130, untilMs: atMs + 870 } as const;
    const playing = play({ ...move, bidMicros: 300_000n, rampMs: 500 });
    const times = Array.from({ length: 200 }, (_, index) => playing.bookAt(UP, atMs + 10 * index)?.atMs ?? 0);
    expect(times).toEqual(times.toSorted((a, b) => a - b));
  });

  it.each([
    { bidMicros: 980_000n, isAlone: false },
    { bidMicros: 20_000n, isAlone: true },
  ])('shows a stray bid of few shares at $bidMicros', ({ bidMicros, isAlone }) => {
    const move = { kind: 'stray-bid', outcome: 'DOWN', fromMs: atMs, untilMs: atMs + 5_000 } as const;
    const book = play({ ...move, bidMicros, sharesMicros: 2_000_000n }).bookAt(DOWN, atMs);
    expect(book?.bids[0]).toEqual({ priceMicros: bidMicros, sharesMicros: 2_000_000n });
    expect(book?.bids.length === 1).toBe(isAlone);
    expect(book?.asks.every(({ priceMicros }) => priceMicros > bidMicros)).toBe(true);
  });

  it('empties the bids for a while', () => {
    const playing = play({ kind: 'no-bids', outcome: 'DOWN', fromMs: atMs, untilMs: atMs + 5_000 });
    expect(playing.bookAt(DOWN, atMs)?.bids).toEqual([]);
    expect(playing.bookAt(UP, atMs)?.asks).toEqual([]);
    expect(bestBid(playing, DOWN, atMs + 5_000)).toEqual(bestBid(plain, DOWN, atMs + 5_000));
  });
});
