import { MARKET_VERSIONS, type OrderBook } from '#lib/domain/market/market.ts';
import type { Window } from '#lib/domain/market/up-down-markets.ts';
import { marketSlug, WINDOW_MS } from '#lib/domain/market/up-down-markets.ts';
import { mirrorSides } from '#lib/venue/books/book-sides.ts';
import { playGeneratedWindow } from '#lib/venue/books/generated-window.ts';
import { listMarket } from '#lib/venue/books/list-market.ts';
import type { PlayingMarket } from '#lib/venue/books/playing-market.ts';

/** Every life plays at the same hour. */
export const WINDOW_STARTS_AT_MS = 1_773_307_800_000;

/** Shared between lives and kept in memory, because making their books takes longer than playing a life. */
const WINDOW_COUNTS = { '5m': 24, '15m': 4 } as const satisfies Partial<Record<Window, number>>;
const BOOK_STEP_MS = 2_000;

const windows = new Map<string, PlayingMarket>();

/** One of a fixed number of generated windows, in turn of both market versions; its books change every two seconds. */
export function playWindow(window: keyof typeof WINDOW_COUNTS, draw: (endExclusive: number) => number): PlayingMarket {
  const number = draw(WINDOW_COUNTS[window]);
  const name = `${window}|${number}`;
  const known = windows.get(name);
  if (known !== undefined) return known;
  const startsAtMs = WINDOW_STARTS_AT_MS;
  const slug = marketSlug('BTC', window, startsAtMs);
  const endsAtMs = startsAtMs + WINDOW_MS[window];
  const version = MARKET_VERSIONS[number % MARKET_VERSIONS.length] ?? 'v1';
  const market = listMarket({ version, seed: name, slug, asset: 'BTC', startsAtMs, endsAtMs });
  const playing = playGeneratedWindow({ market, seed: name });
  const kept = { ...playing, bookAt: keepBooks(playing) };
  windows.set(name, kept);
  return kept;
}

/** Keeps each book of UP, and the one of DOWN that mirrors it, from its first use on. */
function keepBooks({ market, bookAt }: PlayingMarket): PlayingMarket['bookAt'] {
  const { UP, DOWN } = market.tokenIds;
  const books = { UP: new Map<number, OrderBook | undefined>(), DOWN: new Map<number, OrderBook | undefined>() };
  const upAt = (atMs: number): OrderBook | undefined => {
    if (!books.UP.has(atMs)) books.UP.set(atMs, bookAt(UP, atMs));
    return books.UP.get(atMs);
  };
  const downAt = (atMs: number): OrderBook | undefined => {
    if (!books.DOWN.has(atMs)) {
      const up = upAt(atMs);
      books.DOWN.set(atMs, up === undefined ? undefined : { ...up, tokenId: DOWN, ...mirrorSides(up) });
    }
    return books.DOWN.get(atMs);
  };
  return (tokenId, atMs) => {
    const stepAtMs = Math.floor(atMs / BOOK_STEP_MS) * BOOK_STEP_MS;
    if (tokenId === UP) return upAt(stepAtMs);
    return tokenId === DOWN ? downAt(stepAtMs) : undefined;
  };
}
