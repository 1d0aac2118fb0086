import type { OrderBook, Window } from '#lib/domain/market.ts';
import { marketSlug, WINDOW_MS } from '#lib/domain/market.ts';
import { playGeneratedWindow } from './venue/generated-window.ts';
import { listMarket } from './venue/list-market.ts';
import type { PlayingMarket } from './venue/playing-market.ts';

/** Every life plays at the same hour: only what happens in it differs. */
export const WINDOW_STARTS_AT_MS = 1_773_307_800_000;

/**
 * Windows are shared between lives: their books take longer to make than a life does to play. So few, and with so few
 * books, that all of them stay in memory.
 */
const WINDOW_COUNTS = { '5m': 24, '15m': 4 } as const satisfies Record<Window, number>;
const BOOK_STEP_MS = 2_000;

const windows = new Map<string, PlayingMarket>();

/** One of a fixed number of generated windows; its books change every two seconds. */
export function playWindow(window: Window, draw: (endExclusive: number) => number): PlayingMarket {
  const name = `${window}|${draw(WINDOW_COUNTS[window])}`;
  const known = windows.get(name);
  if (known !== undefined) return known;
  const startsAtMs = WINDOW_STARTS_AT_MS;
  const slug = marketSlug('BTC', window, startsAtMs);
  const endsAtMs = startsAtMs + WINDOW_MS[window];
  const market = listMarket({ seed: name, slug, asset: 'BTC', startsAtMs, endsAtMs });
  const playing = playGeneratedWindow({ market, seed: name });
  const kept = { ...playing, bookAt: keepBooks(playing) };
  windows.set(name, kept);
  return kept;
}

/** Makes each book when it is first asked for. */
function keepBooks(playing: PlayingMarket): PlayingMarket['bookAt'] {
  const booksByToken = new Map<string, Map<number, OrderBook | undefined>>();
  return (tokenId, atMs) => {
    const stepAtMs = Math.floor(atMs / BOOK_STEP_MS) * BOOK_STEP_MS;
    const books = booksByToken.get(tokenId) ?? new Map<number, OrderBook | undefined>();
    if (books.size === 0) booksByToken.set(tokenId, books);
    if (!books.has(stepAtMs)) books.set(stepAtMs, playing.bookAt(tokenId, stepAtMs));
    return books.get(stepAtMs);
  };
}
