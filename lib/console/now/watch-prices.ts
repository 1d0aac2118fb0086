import type { Look } from '#lib/domain/plan/sell-back.ts';
import { isClosed, type Position } from '#lib/domain/position/position.ts';
import type { MarketData } from '#lib/ports/venue/market-data.ts';
import { isBusy } from './plan-reads.ts';

/** Books that are read in one go: far below the venue's limit of 1,500 in ten seconds (venue §7). */
const BOOK_COUNT_MAX = 20;
const BOOK_DEADLINE_MS = 3_000;

export type PriceWatch = {
  /** The book that was read last for a token. */
  look(tokenId: string): Look | null;
  /** Reads the books of these positions, oldest first; says what kept it from it. */
  read(positions: readonly Position[], nowMs: number): Promise<string | null>;
};

/** Keeps the order books of the tokens that are held. `findBook` is the venue's public data, without a key. */
export function watchPrices(findBook: MarketData['findBook']): PriceWatch {
  const looks = new Map<string, Look>();
  return {
    look: (tokenId) => looks.get(tokenId) ?? null,
    async read(positions, nowMs) {
      const tokens = tokensToRead(positions, looks, nowMs);
      const read = await Promise.allSettled(
        tokens.map(async (tokenId) => {
          const book = await findBook(tokenId, nowMs + BOOK_DEADLINE_MS);
          looks.set(tokenId, { book: book ?? null, atMs: nowMs });
        }),
      );
      const held = new Set(positions.map(({ tokenId }) => tokenId));
      for (const tokenId of looks.keys()) if (!held.has(tokenId)) looks.delete(tokenId);
      const failedCount = read.filter(({ status }) => status === 'rejected').length;
      if (failedCount === 0) return null;
      return `The venue did not answer for ${failedCount} of ${tokens.length} books: prices may be old.`;
    },
  };
}

function tokensToRead(
  positions: readonly Position[],
  looks: ReadonlyMap<string, Look>,
  nowMs: number,
): readonly string[] {
  const trading = positions.filter((position) => !isClosed(position) && position.marketEndsAtMs > nowMs);
  const rank = (position: Position): number =>
    (looks.get(position.tokenId)?.atMs ?? 0) - (isBusy(position, nowMs) ? nowMs : 0);
  const tokens = trading.toSorted((one, other) => rank(one) - rank(other)).map(({ tokenId }) => tokenId);
  return [...new Set(tokens)].slice(0, BOOK_COUNT_MAX);
}
