import { createPaperExchange, type PaperExchangeDeps } from '#lib/adapters/paper/paper-exchange.ts';
import type { OrderBook } from '#lib/domain/market/market.ts';
import type { PositionTerms } from '#lib/domain/position/position.ts';
import type { IdSource } from '#lib/ports/id-source.ts';
import type { PaperLedger } from '#lib/ports/store/paper-ledger.ts';
import type { MarketData } from '#lib/ports/venue/market-data.ts';
import { createMemoryPaperLedger } from '#lib/simulation/world/memory-paper-ledger.ts';
import { aBook, someLevels } from '#test/factories/a-book.ts';
import { WINDOW_STARTS_AT_MS } from '#test/factories/a-market.ts';
import { somePositionTerms } from '#test/factories/a-position.ts';
import { createFakeClock, type FakeClock } from '#test/fakes/fake-clock.ts';
import type { ExchangeWorld } from './exchange.contract.ts';

export const SETTLEMENT_MS = 3_000;
/** The window is ten minutes longer than a real one: a test may let as much time pass as it likes. */
const MARKET_ENDS_AT_MS = WINDOW_STARTS_AT_MS + 900_000;

export type PaperWorld = ExchangeWorld & {
  readonly clock: FakeClock;
  readonly ledger: PaperLedger;
  /** Makes the next reads of the book fail with this error; undefined mends it. */
  failBook(error: Error | undefined): void;
  /** Gives the book another time of the venue's. */
  dateBook(atMs: number): void;
  bookReadAtMs(): readonly number[];
};

function countingIds(): IdSource {
  let count = 0;
  const next = (): string => {
    count += 1;
    return String(count).padStart(6, '0');
  };
  return { nextId: () => `id-${next()}`, nextSalt: next };
}

/** The paper exchange with a book and a clock that the test holds. */
export function createPaperWorld(
  overrides: Partial<PaperExchangeDeps> & { readonly terms?: Partial<PositionTerms> } = {},
): PaperWorld {
  const clock = createFakeClock(WINDOW_STARTS_AT_MS + 30_000);
  const ledger = overrides.ledger ?? createMemoryPaperLedger();
  let book: OrderBook | undefined = aBook({ atMs: clock.nowMs() });
  let failure: Error | undefined;
  const readAtMs: number[] = [];
  const marketData: Pick<MarketData, 'findBook'> = {
    async findBook() {
      readAtMs.push(clock.nowMs());
      if (failure !== undefined) throw failure;
      return book;
    },
  };
  const { terms, ...deps } = overrides;
  const settlement = { fixedMs: SETTLEMENT_MS };
  const exchange = createPaperExchange({ marketData, clock, ids: countingIds(), settlement, ...deps, ledger });
  return {
    exchange,
    clock,
    ledger,
    position: somePositionTerms({ marketEndsAtMs: MARKET_ENDS_AT_MS, ...terms }),
    nowMs: clock.nowMs,
    async setBook({ bids, asks }) {
      // Long enough for the book to count as refilled.
      await clock.advanceBy(2_000);
      book = aBook({ bids: someLevels(bids), asks: someLevels(asks), atMs: clock.nowMs() });
    },
    async removeBook() {
      book = undefined;
    },
    settle: () => clock.advanceBy(SETTLEMENT_MS),
    run: clock.run,
    failBook(error) {
      failure = error;
    },
    dateBook(atMs) {
      if (book !== undefined) book = { ...book, atMs };
    },
    bookReadAtMs: () => readAtMs,
  };
}
